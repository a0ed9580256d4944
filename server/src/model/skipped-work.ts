import type * as ast from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import type { Machine } from "./machine.ts";

/** `print(...)`, `warnings.warn(...)`, `logger.info(...)`. */
export function isReport(node: ast.Expr): boolean {
  if (node.kind !== "Call") return false;
  const { func } = node;
  if (func.kind === "Name") return func.id === "print" || func.id === "warn";
  return (
    func.kind === "Attribute" &&
    func.value.kind === "Name" &&
    (func.value.id === "warnings" || isLogger(func.value.id))
  );
}

export const isLogger = (name: string): boolean => /^_?(?:logging|logger|log)$/i.test(name);

const debuggers: ReadonlySet<string> = new Set(["pdb", "ipdb", "IPython", "pudb"]);

/** `pdb.set_trace()`, `breakpoint()`: a person looks, the program does nothing. */
export const isDebugger = (node: ast.Expr): boolean =>
  node.kind === "Call" &&
  (node.func.kind === "Name"
    ? node.func.id === "breakpoint" || node.func.id === "set_trace" || node.func.id === "embed"
    : node.func.kind === "Attribute" && node.func.value.kind === "Name" && debuggers.has(node.func.value.id));

/** `import pdb`. */
export const importsDebugger = (node: ast.Stmt): boolean =>
  (node.kind === "Import" && node.names.every((name) => debuggers.has(name.name))) ||
  (node.kind === "ImportFrom" && debuggers.has(node.module));

/** `exit()`, `sys.exit(1)`, `os._exit(0)`. */
const isExit = (node: ast.Expr): boolean =>
  node.kind === "Call" &&
  (node.func.kind === "Name"
    ? node.func.id === "exit" || node.func.id === "quit"
    : node.func.kind === "Attribute" &&
      node.func.value.kind === "Name" &&
      ((node.func.value.id === "sys" && node.func.attr === "exit") ||
        (node.func.value.id === "os" && node.func.attr === "_exit")));

/** The program does not come back from there: what a run that ends well does is on the other side. */
export function endsProgram(body: readonly ast.Stmt[]): boolean {
  const last = body[body.length - 1];
  if (last === undefined) return false;
  if (last.kind === "If") return endsProgram(last.body) && endsProgram(last.orelse);
  return last.kind === "ExprStmt" && isExit(last.value);
}

/** Something other than making an empty tensor, or telling of it, is called. */
function calls(node: ast.Stmt | ast.Expr): boolean {
  let found = false;
  walk(node, (each) => {
    if (each.kind === "Call" && !isReport(each)) {
      const { func } = each;
      const name = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
      found ||= !/^(new_)?(zeros|empty|ones)(_like)?$|^(append|item|size)$/.test(name);
    }
    return !found;
  });
  return found;
}

/** The side that is left out because a class is taken to have rows does work of its own. */
export function noteSkipped(m: Machine, left: readonly (ast.Stmt | ast.Expr)[]): void {
  if (left.some(calls)) m.note("a branch", "what is done for a class without rows is not counted");
}
