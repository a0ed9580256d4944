import type { Expr } from "../syntax/ast.ts";

/** Whether an expression names a device as far as words tell: `device`, `x.device`, `"cuda:0"`, `torch.device(...)`. */
export function isDeviceLike(expr: Expr): boolean {
  switch (expr.kind) {
    case "Str":
      return /^(?:cuda|mps|xpu)(?::\d+)?$/.test(expr.value);
    case "Name":
      return /device/i.test(expr.id);
    case "Attribute":
      return /^_?device$|device$/i.test(expr.attr);
    case "Call":
      return (
        (expr.func.kind === "Attribute" && /device/i.test(expr.func.attr)) ||
        (expr.func.kind === "Name" && /device/i.test(expr.func.id))
      );
    default:
      return false;
  }
}
