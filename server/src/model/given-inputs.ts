import type { Call } from "./entries.ts";
import type { InputSpec } from "./input-spec.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Value } from "./values.ts";

/** Tensors that somebody says the model is called with. */
export function fromSpecs(interpreter: Interpreter, specs: readonly InputSpec[]): Call {
  const { graph } = interpreter.run().context;
  const args: Value[] = [];
  const kwargs = new Map<string, Value>();
  for (const spec of specs) {
    const tensor = graph.tensor({
      shape: spec.shape,
      dtype: spec.dtype,
      role: "input",
      varies: true,
      name: spec.name ?? `input${args.length}`,
      data: spec.values,
    });
    if (spec.name === undefined) args.push(tensor);
    else kwargs.set(spec.name, tensor);
  }
  return { args, kwargs };
}
