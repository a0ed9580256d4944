import type { Entry } from "./entries.ts";
import type { ModelEstimate } from "./estimate-model.ts";
import type { Interpreter } from "./interpreter.ts";
import { moduleVariable } from "./module-attribute.ts";
import type { PyModule } from "./values.ts";

/** The models that nobody waits for: the first of them speaks for all. */
export function leftOut(
  interpreter: Interpreter,
  module: PyModule | undefined,
  first: Entry,
  count: number,
  why: string,
): ModelEstimate {
  const { context } = interpreter.reset();
  const cls = module === undefined ? undefined : moduleVariable(module, first.name);
  const isClass = typeof cls === "object" && cls.kind === "class" && cls.code?.module === module;
  const at = isClass && cls.code !== undefined ? cls.code.start + cls.nameStart : undefined;
  const place =
    at === undefined || module?.file === undefined
      ? undefined
      : { file: module.file, span: { start: at, end: at } };
  const what = count === 1 ? `\`${first.name}\`` : `${count} models from \`${first.name}\` on`;
  return {
    name: first.label ?? first.name,
    entry: first.expression,
    isBuilt: false,
    isStateWhole: false,
    builtAt: undefined,
    place,
    madeAt: first.builtAt,
    graph: context.graph.graph([], [], []),
    inputs: [],
    inputSource: "none",
    inputOrigins: [],
    output: undefined,
    complete: false,
    notCounted: [{ what, why, where: first.builtAt ?? place }],
    failure: undefined,
    assumptions: [],
    bindings: [],
    missingInputs: [],
    missingArguments: [],
    served: undefined,
  };
}
