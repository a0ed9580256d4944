import type { GraphBuilder } from "../graph/builder.ts";
import { dictFrom } from "./dicts.ts";
import type { Call } from "./entries.ts";
import type { GivenValue, InputSpec } from "./input-spec.ts";
import type { Interpreter } from "./interpreter.ts";
import { float, list, none, tuple, type Value } from "./values.ts";

/** What somebody says the model is called with. */
export function callWith(interpreter: Interpreter, inputs: readonly InputSpec[]): Call {
  const { graph } = interpreter.run().context;
  const args: Value[] = [];
  const kwargs = new Map<string, Value>();
  for (const { name, value } of inputs) {
    const made = valueGiven(graph, value, name ?? `input${args.length}`);
    if (name === undefined) args.push(made);
    else kwargs.set(name, made);
  }
  return { args, kwargs };
}

/** @param name of the tensors in it. */
function valueGiven(graph: GraphBuilder, given: GivenValue, name: string): Value {
  switch (given.kind) {
    case "tensor": {
      const { dtype, shape, values } = given.spec;
      return graph.tensor({ shape, dtype, role: "input", varies: true, name, data: values });
    }
    case "float":
      return float(given.value);
    case "int":
    case "bool":
    case "str":
      return given.value;
    case "none":
      return none;
    case "list":
    case "tuple": {
      const items = given.items.map((each, i) => valueGiven(graph, each, `${name}[${i}]`));
      return given.kind === "list" ? list(items) : tuple(items);
    }
    case "dict":
      return dictFrom(
        [...given.entries].map(([key, each]) => [key, valueGiven(graph, each, `${name}["${key}"]`)] as const),
      );
  }
}
