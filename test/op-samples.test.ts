import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hintOf } from "../server/src/graph/dim.ts";
import { isContiguous, isKnownShape, type Tensor } from "../server/src/graph/tensor.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { exceptionLine } from "../server/src/model/exception-line.ts";
import { Raised } from "../server/src/model/machine.ts";
import type { Value } from "../server/src/model/values.ts";

/** Calls that differ, and why that is left so. */
const different: readonly (readonly [start: string, why: string])[] = [
  ["E((5, 5, 5), torch.float32).__getitem__([slice(", "indices in a list, given to the method itself"],
  ["E((1,), torch.float32).addbmm_(", "this version makes the tensor larger"],
  ["torch.nn.functional.batch_norm(E((0,),", "an empty tensor without channels"],
  ["torch.special.round(E((20, 20), torch.int64))", "later versions round whole numbers"],
];

const prelude = `import torch
def E(size, dtype, strides=None):
    if strides is None:
        return torch.empty(size, dtype=dtype)
    return torch.empty_strided(size, strides, dtype=dtype)
`;

const { interpreter, syntax } = await createSession([], { ...defaultLimits, milliseconds: 600_000 });
const { machine } = interpreter;

/** As server/tools/record-op-samples.py prints it; `undefined` when it is not known. */
function describe(value: Value): string | undefined {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return String(value);
  if (value.kind === "tensor") return describeTensor(value);
  if (value.kind === "none") return "None";
  if (value.kind === "dtype") return `torch.${value.dtype}`;
  if (value.kind !== "tuple" && value.kind !== "list") return undefined;
  const items = value.items.map(describe);
  const isSize = value.kind === "tuple" && value.cls?.name === "Size";
  if (items.includes(undefined)) return undefined;
  return isSize ? `[${items.join(", ")}]` : `(${items.join(", ")})`;
}

function describeTensor({ meta }: Tensor): string | undefined {
  if (!isKnownShape(meta.shape)) return undefined;
  const sizes = meta.shape.map(hintOf);
  if (sizes.includes(undefined)) return undefined;
  const text = `${meta.dtype}[${sizes.join(", ")}]`;
  if (isContiguous(meta) || sizes.includes(0)) return text;
  const strides = (meta.strides ?? []).map(hintOf).filter((_, i) => sizes[i] !== 1);
  return `${text} strides [${strides.join(", ")}]`;
}

interpreter.reset();
const module = interpreter.modules.run("__main__", "main.py", syntax.parse(prelude));

/** What the call gives, `!` and the exception it raises, or `undefined`. */
function outcome(call: string): string | undefined {
  const run = interpreter.reset();
  run.context.modes.gradEnabled = false;
  const statement = interpreter.parse(call).chunks.flatMap(({ chunk }) => chunk.body)[0];
  assert.ok(statement?.kind === "ExprStmt", call);
  const frame = interpreter.frameOf(module);
  machine.state.frame = frame;
  try {
    const made = describe(machine.evaluate(statement.value, frame));
    return run.notes.length > 0 ? undefined : made;
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return run.notes.length > 0 ? undefined : `!${exceptionLine(machine, error.exception)}`;
  } finally {
    machine.state.frame = undefined;
  }
}

test("calls that PyTorch tests its ops and layers with give what they give there, or are unknown", () => {
  const lines = readFileSync("test/ops/samples.txt", "utf8").trim().split("\n");
  assert.ok(lines.length > 5000, "the samples are too few to prove anything");
  const wrong: string[] = [];
  let unknown = 0;
  for (const line of lines) {
    const [call = "", wanted = ""] = line.split("\t");
    const got = outcome(call);
    if (got === undefined) unknown += 1;
    else if (got !== wanted && !(wanted.startsWith("!") && got.startsWith("!")))
      wrong.push(`${call}\n    want ${wanted}\n    got  ${got}`);
  }
  const unexpected = wrong.filter((each) => !different.some(([start]) => each.startsWith(start)));
  assert.equal(unexpected.length, 0, `\n${unexpected.join("\n")}`);
  assert.ok(unknown < lines.length * 0.02, `${unknown} of ${lines.length} are unknown`);
});
