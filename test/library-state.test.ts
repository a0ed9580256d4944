import assert from "node:assert/strict";
import { test } from "node:test";
import { createInterpreter, createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { syntax } = await createSession([], defaultLimits);
const files: ReadonlyMap<string, string> = new Map([
  [
    "/project/config.py",
    `class Config:
    width = 8
    def __init__(self):
        self.depth = 1
        self.parts = {"more": [1]}
config = Config()
registry = {}
names = ["a"]
known = {1}
`,
  ],
  ["/project/plugin.py", `from config import registry\nregistry["width"] = 4\nready = True\n`],
]);

const newInterpreter = (): ReturnType<typeof createInterpreter> =>
  createInterpreter({
    syntax,
    files: { isFile: (path) => files.has(path), readText: (path) => files.get(path) },
    roots: ["/project"],
    limits: defaultLimits,
    now: () => 0,
  });

const textOf = (line: string): string => `import torch
from torch import nn
from config import config, known, names, registry
import config as module
import plugin
${line}
plugin.ready
depth = config.depth * len(config.parts["more"]) * len(names) * len(known)
model = nn.Sequential(*(nn.Linear(registry.get("width", 1), registry.get("width", 1)) for _ in range(depth)))
model(torch.randn(2, registry.get("width", 1)))
`;

/** Shapes of the parameters, or why there is no count. */
const told = (interpreter: ReturnType<typeof newInterpreter>, line: string): readonly unknown[] =>
  estimateModels(interpreter, { file: "/project/net.py", source: syntax.parse(textOf(line)) }).map(
    ({ graph, notCounted, complete }) => [
      graph.parameters.map(({ tensor }) => tensor.meta.shape),
      complete,
      notCounted,
    ],
  );

const lines: readonly string[] = [
  "pass",
  "config.depth = 3",
  "config.other = 1; del config.depth; config.depth = 2",
  'config.parts["more"].append(2)',
  'config.parts = {"more": [1, 2, 3]}',
  "names += ['b', 'c']",
  "names.clear(); names.extend('xyz')",
  "known.add(2)",
  "known.discard(1); known.update([5, 6])",
  'plugin.ready; registry["height"] = 2; registry["width"] = 16',
  "module.config.depth = 4",
  "plugin.ready; registry.clear()",
];

for (const line of lines)
  test(`what a program does to objects of other files goes with the line: ${line}`, () => {
    const interpreter = newInterpreter();
    for (const each of ["pass", line, "pass", line, line, "pass"])
      assert.deepEqual(told(interpreter, each), told(newInterpreter(), each), each);
    if (line !== "pass") assert.notDeepEqual(told(newInterpreter(), line), told(newInterpreter(), "pass"));
  });
