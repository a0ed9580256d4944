import type { Call, Expr, Stmt } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import type { Entry } from "./entries.ts";
import { statementsIn } from "./main-block.ts";
import { moduleVariable } from "./module-attribute.ts";
import { isUnknown, type PyModule, type Value } from "./values.ts";

/**
 * Models that other files or packages define and this one builds and names, where building them could not be followed:
 * they are not passed over in silence.
 */
export function unbuiltModels(module: PyModule, source: SourceFile): readonly Entry[] {
  const { file } = module;
  if (file === undefined) return [];
  const found = new Map<string, Entry>();
  let used: ReadonlySet<string> | undefined;
  for (const { chunk, start } of source.chunks)
    for (const statement of chunk.body.flatMap(statementsIn)) {
      const made = unknownResult(statement, module);
      if (made === undefined) continue;
      const cls = classOf(made.call, module);
      if (cls === undefined) used ??= usedAsModels(module, source);
      const isModel = cls === undefined ? used?.has(made.name) : isForeign(cls, module);
      const name = cls?.name ?? made.name;
      if (isModel !== true || found.has(name)) continue;
      const span = { start: start + statement.start, end: start + statement.end };
      found.set(name, { name, expression: made.name, builtAt: { file, span } });
    }
  return [...found.values()];
}

/** `net = Net(...)`, `net = zoo.create("resnet").cuda()` without a known result. */
function unknownResult(statement: Stmt, module: PyModule): { name: string; call: Call } | undefined {
  if (statement.kind !== "Assign" || statement.targets.length !== 1 || statement.value.kind !== "Call")
    return undefined;
  const [target] = statement.targets;
  if (target?.kind !== "Name") return undefined;
  const made = module.vars.get(target.id);
  return made !== undefined && isUnknown(made) ? { name: target.id, call: statement.value } : undefined;
}

/** The class that is called: `Net(...)`, `zoo.Net(...)`, `Net.from_name(...)`, `Net(...).cuda().eval()`. */
function classOf({ func }: Call, module: PyModule): ModelClass | undefined {
  if (func.kind === "Attribute" && func.value.kind === "Call") return classOf(func.value, module);
  const called = named(func, module);
  const cls = called ?? (func.kind === "Attribute" ? named(func.value, module) : undefined);
  return typeof cls === "object" && cls.kind === "class" && cls.isModule ? cls : undefined;
}

type ModelClass = Extract<Value, { kind: "class" }>;

/** What a name stands for, or a name of a module: nothing runs for it. */
function named(expr: Expr, module: PyModule): Value | undefined {
  if (expr.kind === "Name") return moduleVariable(module, expr.id);
  const owner = expr.kind === "Attribute" ? named(expr.value, module) : undefined;
  return expr.kind === "Attribute" && typeof owner === "object" && owner.kind === "module"
    ? moduleVariable(owner, expr.attr)
    : undefined;
}

const isForeign = ({ code }: ModelClass, module: PyModule): boolean =>
  code?.file !== module.file && code?.prelude === false;

/** Methods that modules have, and hardly anything else that is called like one. */
const ofModules: ReadonlySet<string> = new Set([
  ...["eval", "parameters", "named_parameters", "named_modules", "requires_grad_"],
]);

/** Names that the file treats as models: their parameters are asked for, or a tensor goes in. */
function usedAsModels(module: PyModule, { chunks }: SourceFile): ReadonlySet<string> {
  const used = new Set<string>();
  const note = (call: Call): void => {
    const { func } = call;
    if (func.kind === "Attribute" && func.value.kind === "Name" && ofModules.has(func.attr))
      used.add(func.value.id);
    const isCalled = func.kind === "Name" && !/loss|criterion/i.test(func.id);
    if (isCalled && call.args.some((each) => isTensor(each, module))) used.add(func.id);
  };
  for (const { chunk } of chunks)
    for (const statement of chunk.body)
      walk(statement, (each) => {
        if (each.kind === "Call") note(each);
        return true;
      });
  return used;
}

/** A name that holds a tensor, or `torch.randn(...)`. */
function isTensor(expr: Expr, module: PyModule): boolean {
  if (expr.kind === "Call")
    return (
      expr.func.kind === "Attribute" && expr.func.value.kind === "Name" && expr.func.value.id === "torch"
    );
  const value = expr.kind === "Name" ? module.vars.get(expr.id) : undefined;
  return typeof value === "object" && value.kind === "tensor";
}
