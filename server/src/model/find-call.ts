import type { Built, Call } from "./entries.ts";
import { callWith } from "./given-inputs.ts";
import { corrected, inferInputs, requiredParameters } from "./infer-inputs.ts";
import type { InputOrigin, InputSource } from "./input-origin.ts";
import { tensorInput } from "./input-spec.ts";
import type { Interpreter } from "./interpreter.ts";
import { tensorsIn } from "./output.ts";
import type { RunRequest } from "./run-request.ts";
import type { Value } from "./values.ts";
import { noKwargs, type PyInstance } from "./values.ts";

/** What a model is called with, and who says so. */
export interface FoundCall {
  readonly call: Call;
  readonly source: InputSource;
  readonly origins?: readonly InputOrigin[];
  readonly guesses?: number;
}

/** `undefined` when nothing tells the shapes of its inputs. */
export function callOf(
  interpreter: Interpreter,
  model: PyInstance,
  { call: observed, source = "call", origins: caller }: Built,
  request: RunRequest,
  assumptions: string[],
  guess: number,
  complaint: string | undefined,
): FoundCall | undefined {
  if (request.inputs !== undefined) {
    const given = callWith(interpreter, request.inputs);
    return { call: fromTheStart(model, given, request, assumptions), source: "given" };
  }
  if (observed !== undefined)
    return {
      call: { args: observed.args.map((each) => asInput(each)), kwargs: observed.kwargs },
      source,
      ...(caller === undefined ? {} : { origins: caller }),
    };
  const all = inferInputs(model, request.source.text, request.callers?.hints);
  const told = all[guess];
  const inferred = complaint === undefined || told === undefined ? told : corrected(model, told, complaint);
  if (inferred === undefined)
    return requiredParameters(model)?.length === 0
      ? { call: { args: [], kwargs: noKwargs }, source: "none" }
      : undefined;
  assumptions.push(inferred.assumption);
  const { source: from, origins } = inferred;
  return {
    call: callWith(interpreter, inferred.inputs.map(tensorInput)),
    source: from,
    origins,
    guesses: all.length,
  };
}

/** Llama's code takes the position of the first token as a plain number, which no input spec can say. */
function fromTheStart(model: PyInstance, call: Call, { serving }: RunRequest, assumptions: string[]): Call {
  const required = requiredParameters(model)?.findIndex((param) => param.name === "start_pos") ?? -1;
  if (serving !== undefined || required < call.args.length || call.kwargs.has("start_pos")) return call;
  assumptions.push("`start_pos` is taken to be 0");
  return { args: call.args, kwargs: new Map([...call.kwargs, ["start_pos", 0]]) };
}

/** Tensors that the file itself makes count as inputs. */
function asInput(value: Value): Value {
  for (const tensor of tensorsIn(value))
    if (tensor.meta.role !== "parameter") tensor.become({ role: "input", varies: true });
  return value;
}
