import assert from "node:assert/strict";
import { createInterpreter, createSession, defaultLimits } from "../../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../../server/src/model/input-spec.ts";

const { syntax } = await createSession([], defaultLimits);

/** Estimates `model` of a program beside packages that are given as text by path. */
export function estimateWith(
  packages: Readonly<Record<string, string>>,
  program: string,
  input?: string,
): ModelEstimate {
  const files = new Map(Object.entries(packages).map(([path, text]) => [`/site/${path}`, text]));
  const interpreter = createInterpreter({
    syntax,
    files: {
      readText: (path) => files.get(path),
      isFile: (path) => files.has(path),
    },
    roots: ["/site"],
    limits: defaultLimits,
    now: () => performance.now(),
  });
  const inputs = input === undefined ? undefined : parseInputSpecs(input);
  const [made] = estimateModels(interpreter, {
    file: "/program.py",
    source: syntax.parse(program),
    entry: "model",
    ...(inputs === undefined ? {} : { inputs }),
  });
  assert.ok(made);
  return made;
}
