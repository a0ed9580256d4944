import type { Expr, Stmt } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { Entry } from "./entries.ts";
import { statementsIn } from "./main-block.ts";
import { moduleVariable } from "./module-attribute.ts";
import { isUnknown, type PyClass, type PyModule } from "./values.ts";

/**
 * Models of imported classes that the file builds and names, where building them could not be followed: they are not
 * passed over in silence.
 */
export function unbuiltModels(module: PyModule, { chunks }: SourceFile): readonly Entry[] {
  const file = module.file;
  if (file === undefined) return [];
  const found = new Map<string, Entry>();
  for (const { chunk, start } of chunks)
    for (const statement of chunk.body.flatMap(statementsIn)) {
      const named = nameAndClass(statement, module);
      if (named === undefined || found.has(named.cls.name)) continue;
      const { name, cls } = named;
      const span = { start: start + statement.start, end: start + statement.end };
      found.set(cls.name, { name: cls.name, expression: name, builtAt: { file, span } });
    }
  return [...found.values()];
}

/** `net = Net(...)`, `net = Net(...).cuda().eval()` of a class that another file defines, without a known result. */
function nameAndClass(statement: Stmt, module: PyModule): { name: string; cls: PyClass } | undefined {
  if (statement.kind !== "Assign" || statement.targets.length !== 1) return undefined;
  const [target] = statement.targets;
  if (target?.kind !== "Name") return undefined;
  const made = module.vars.get(target.id);
  const cls = made !== undefined && isUnknown(made) ? classOf(statement.value, module) : undefined;
  return cls === undefined || cls.code?.file === module.file || cls.code?.prelude !== false
    ? undefined
    : { name: target.id, cls };
}

function classOf(made: Expr, module: PyModule): PyClass | undefined {
  if (made.kind !== "Call") return undefined;
  const { func } = made;
  if (func.kind === "Attribute") return classOf(func.value, module);
  const cls = func.kind === "Name" ? moduleVariable(module, func.id) : undefined;
  return typeof cls === "object" && cls.kind === "class" && cls.isModule ? cls : undefined;
}
