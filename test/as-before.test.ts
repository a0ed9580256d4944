import assert from "node:assert/strict";
import { test } from "node:test";
import { lineFinder } from "../server/src/analysis/estimate-report.ts";
import { type ModelView, modelView } from "../server/src/analysis/model-view.ts";
import type { Asked } from "../server/src/analysis/run-model-rules.ts";
import { difference } from "../server/src/host/difference.ts";
import { createLastRuns, type LastRuns, placesMoved } from "../server/src/host/last-runs.ts";
import { createInterpreter, createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { createCallMemory } from "../server/src/model/call-memory.ts";
import { estimateEach } from "../server/src/model/estimate-model.ts";
import type { Interpreter } from "../server/src/model/interpreter.ts";
import { followPasses } from "../server/src/model/watch.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import type { SourceFile } from "../server/src/syntax/chunk.ts";
import { seededRandom } from "./harness/real-files.ts";

const { syntax } = await createSession([], defaultLimits);
const library = `import torch
WIDTHS = {"out": 16}
class Settings:
    scale = 2
settings = Settings()
NESTED = {"more": [[1], (2,)]}
seen = set()
def widen(x):
    return x.repeat(1, settings.scale * len(NESTED["more"][0]))
def out(x):
    return x[:, :WIDTHS["out"]]
`;
const files = {
  isFile: (path: string) => path === "/project/lib.py",
  readText: (path: string) => (path === "/project/lib.py" ? library : undefined),
};
const path = "/project/net.py";

const newInterpreter = (): Interpreter =>
  createInterpreter({
    syntax,
    files,
    roots: ["/project"],
    limits: defaultLimits,
    now: () => 0,
  });

/** One file as the editor's thread follows it. */
interface Thread {
  readonly interpreter: Interpreter;
  readonly runs: LastRuns;
  source: SourceFile | undefined;
}

const newThread = (): Thread => ({
  interpreter: newInterpreter(),
  runs: createLastRuns((before, after) => difference(before, after)[0]),
  source: undefined,
});

interface Answer {
  readonly views: readonly ModelView[];
  readonly how: "same" | "kept" | "ran";
}

function answer(thread: Thread, text: string): Answer {
  const { interpreter, runs } = thread;
  const source =
    thread.source === undefined
      ? syntax.parse(text)
      : syntax.update(thread.source, difference(thread.source.text, text));
  thread.source = source;
  const basis = [interpreter];
  const again = runs.again(path, source, basis);
  if (again !== undefined) return { views: again, how: "same" };
  const known = runs.known(path, source, basis);
  const { entered } = interpreter.machine.state;
  entered.clear();
  const run = (isFollowed: boolean): Answer => {
    const isGone = known?.isGone ?? (() => false);
    const { passes, watch } = followPasses(
      isFollowed ? (known?.passes ?? new Map()) : new Map(),
      known?.isMoved ?? (() => false),
      isGone,
    );
    const calls = createCallMemory(
      interpreter.run,
      known?.calls,
      text,
      (before) => placesMoved(path, difference(before, text)[0]),
      isGone,
    );
    interpreter.machine.state.calls = calls;
    const made = estimateEach(interpreter, { file: path, source, watch });
    interpreter.machine.state.calls = undefined;
    const moved = made.includes(undefined) ? known?.moved() : undefined;
    if (made.some((each, i) => each === undefined && moved?.[i] === undefined)) return run(false);
    const asked: Asked[] = moved === undefined ? [] : [...(known?.asked ?? [])];
    const lines = lineFinder((file) => (file === path ? text : files.readText(file)));
    const ofRules = {
      rules,
      accelerator: undefined,
      onCrash: (_: unknown, error: unknown) => assert.fail(String(error)),
      onAsked: (each: Asked) => asked.push(each),
    };
    const views = made.flatMap((each, i) =>
      each === undefined ? (moved?.[i] ?? []) : modelView(each, path, text, lines, ofRules),
    );
    const all = new Set([...entered, ...[...passes.values()].flatMap((pass) => [...pass.entered])]);
    runs.keep(path, { source, basis, entered: all, views, passes, asked, calls: calls.remembered() });
    return { views, how: made.includes(undefined) ? "kept" : "ran" };
  };
  return run(true);
}

const fresh = (text: string): readonly ModelView[] => answer(newThread(), text).views;

const program = `import torch
import torch.nn.functional as F
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import NamedTuple
from torch import nn
from lib import settings, widen, out, WIDTHS, seen as lib_seen

WIDTH = 8
UNUSED = 1
table = {"gain": 2.0, "parts": [1, 2]}

class Mode(Enum):
    PLAIN = 1
    TWICE = 2

class Spec(NamedTuple):
    repeat: int = 1
    other: int = 3

@dataclass
class Config:
    width: int = WIDTH
    depth: int = 2
    mode: Mode = Mode.PLAIN

def scaled(x, by=1):
    return x.repeat(1, by)[:, : x.shape[1]]

def never(x):
    return x + 1

def make(times):
    def inner(x):
        for _ in range(times):
            x = F.relu(x)
        return x
    return inner

class Other:
    value = 3

class Block(nn.Module):
    factor = 1

    def __init__(self, config):
        super().__init__()
        self.a = nn.Linear(config.width, config.width)
        self.act = make(1)
        self.spec = Spec()
        self.drop = partial(F.dropout, p=0.1)

    def helper(self, x):
        return scaled(x, by=self.factor)

    def forward(self, x):
        y = self.act(self.a(x))
        y = self.helper(y)
        for _ in range(self.spec.repeat):
            y = torch.tanh(y)
        return x + y

class Net(nn.Module):
    def __init__(self, config=Config()):
        super().__init__()
        self.config = config
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.unused = nn.Linear(1, 1)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        if self.config.mode is Mode.TWICE:
            x = x.abs()
        for _ in table["parts"]:
            x = x.sigmoid()
        return out(widen(x * table["gain"]))

    def extra(self):
        return self.blocks

model = Net()
model(torch.randn(4, WIDTH))
`;

const at = (old: string, by: string, text = program): string => {
  assert.ok(text.includes(old), old);
  return text.replace(old, () => by);
};

/** An edit, and whether the forward pass may be left out after it. */
const edits: readonly (readonly [what: string, text: string, how: Answer["how"] | "any"])[] = [
  ["a class that nobody reads", at("value = 3", "value = 4"), "kept"],
  ["a name that nobody reads", at("UNUSED = 1", "UNUSED = 2"), "kept"],
  ["a name that is not bound, above the model", at("class Other:", "odd\nclass Other:"), "kept"],
  ["lines above the model", at("class Other:", "first = 1\nsecond = 2\n\nclass Other:"), "kept"],
  [
    "code that builds and builds the same",
    at("        self.config = config", "        pass\n        self.config = config"),
    "kept",
  ],
  ["a method that is not called", at("return self.blocks", "return len(self.blocks)"), "same"],
  ["a width", at("WIDTH = 8", "WIDTH = 12"), "ran"],
  ["a global that is read while it runs", at('"gain": 2.0', '"gain": 2'), "ran"],
  ["a list inside of a global", at('"parts": [1, 2]', '"parts": [1, 2, 3]'), "ran"],
  ["an attribute of a class", at("factor = 1", "factor = 2"), "ran"],
  ["a default", at("by=1", "by=3"), "any"],
  ["a function that runs", at("return x.repeat(1, by)", "return x.repeat(2, by)[:4]"), "ran"],
  ["a method that runs", at("return scaled(x, by=self.factor)", "return scaled(scaled(x))"), "ran"],
  ["a variable of a closure", at("make(1)", "make(2)"), "ran"],
  ["a default of a named tuple", at("repeat: int = 1", "repeat: int = 2"), "ran"],
  ["a default of a dataclass", at("depth: int = 2", "depth: int = 3"), "ran"],
  ["a member of an enumeration", at("mode: Mode = Mode.PLAIN", "mode: Mode = Mode.TWICE"), "ran"],
  ["a partial function", at("p=0.1", "p=0.2"), "ran"],
  ["the input", at("torch.randn(4, WIDTH)", "torch.randn(6, WIDTH)"), "ran"],
  ["its dtype", at("torch.randn(4, WIDTH)", "torch.randn(4, WIDTH).requires_grad_()"), "ran"],
  ["a library's object", at("UNUSED = 1", "UNUSED = 1\nsettings.scale = 3"), "ran"],
  ["a library's dictionary", at("UNUSED = 1", 'UNUSED = 1\nWIDTHS["out"] = 8'), "ran"],
  [
    "a library's list inside of a dictionary",
    at("UNUSED = 1", "import lib\nlib.NESTED['more'][0].append(3)\nlib.settings.own = {}"),
    "any",
  ],
  [
    "a library's set, in the pass",
    at("x = x.sigmoid()", "lib_seen.add(1); x = x.repeat(1, len(lib_seen))"),
    "any",
  ],
  ["a function of torch", at("UNUSED = 1", "UNUSED = 1\nF.relu = F.gelu"), "ran"],
  ["a class of torch", at("UNUSED = 1", "UNUSED = 1\nnn.Linear.forward = lambda self, x: x"), "ran"],
  [
    "a method bound later",
    at("model = Net()", "Block.helper = lambda self, x: x.abs()\nmodel = Net()"),
    "ran",
  ],
  ["a layer replaced", at("model = Net()", "model = Net()\nmodel.blocks[0].a = nn.Identity()"), "ran"],
  [
    "weights tied",
    at("model = Net()", "model = Net()\nmodel.blocks[0].a.weight = model.blocks[1].a.weight"),
    "ran",
  ],
  [
    "a hook",
    at("model = Net()", "model = Net()\nmodel.blocks[0].register_forward_hook(lambda m, i, o: o.abs())"),
    "ran",
  ],
  ["another mode", at("model = Net()", "model = Net()\ntorch.set_grad_enabled(False)"), "any"],
  ["a name shadowed", at("class Other:", "def widen(x):\n    return x\n\nclass Other:"), "ran"],
  [
    "an import from elsewhere",
    at("from lib import settings, widen,", "from lib import settings, out as widen,"),
    "ran",
  ],
  [
    "a layer on another line",
    at(
      "self.a = nn.Linear(config.width, config.width)",
      "pass\n        self.a = nn.Linear(config.width, config.width)",
    ),
    "any",
  ],
  ["what a rule asks the text", at("class Other:", "class Other:\n    unused = None\n"), "any"],
  ["a model more", `${program}second = Block(Config())\nsecond(torch.randn(2, WIDTH))\n`, "any"],
];

/** What a program does to torch lasts as long as an interpreter: the editor's thread makes a new one. */
const isLasting = (what: string): boolean => /torch/.test(what);

for (const [what, edited, how] of edits)
  test(`after an edit of ${what} the thread tells what a new one tells`, () => {
    const thread = newThread();
    for (const text of [
      program,
      at("UNUSED = 1", "UNUSED = 3"),
      program,
      at("UNUSED = 1", "UNUSED = 5"),
      program,
    ])
      answer(thread, text);
    const made = answer(thread, edited);
    assert.deepEqual(made.views, fresh(edited));
    if (how !== "any") assert.equal(made.how, how);
    if (!isLasting(what)) assert.deepEqual(answer(thread, program).views, fresh(program));
  });

for (const [what, read] of [
  ["by its name", "UNUSED"],
  ["among all names", 'globals()["UNUSED"]'],
] as const)
  test(`a name counts from when it is read ${what}`, () => {
    const reading = (value: number): string =>
      at("x = x.sigmoid()", `x = x.repeat(${read}, 1)`, at("UNUSED = 1", `UNUSED = ${value}`));
    const thread = newThread();
    for (const text of [program, at("UNUSED = 1", "UNUSED = 3"), program]) answer(thread, text);
    for (const value of [1, 2, 3, 3, 2, 1])
      assert.deepEqual(answer(thread, reading(value)).views, fresh(reading(value)), String(value));
  });

test("the program is complete", () => {
  assert.deepEqual(
    fresh(program).map(({ estimate }) => [estimate.name, estimate.complete, estimate.notCounted]),
    [["Net", true, []]],
  );
});

test("after random edits one upon the other the thread tells what a new one tells", () => {
  const random = seededRandom(11);
  const pick = <T>(from: readonly T[]): T =>
    from[Math.floor(random() * from.length)] ?? assert.fail("nothing");
  const swaps = edits.flatMap(([what, text]) => (isLasting(what) ? [] : difference(program, text)));
  const thread = newThread();
  const counts = { same: 0, kept: 0, ran: 0 };
  let current = program;
  for (let i = 0; i < 150; i++) {
    if (random() < 0.15) current = program;
    else if (random() < 0.5) {
      const { span, text } = pick(swaps);
      const old = program.slice(Math.max(0, span.start - 12), span.end + 12);
      const by =
        program.slice(Math.max(0, span.start - 12), span.start) +
        text +
        program.slice(span.end, span.end + 12);
      current = random() < 0.7 ? current.replace(old, () => by) : current.replace(by, () => old);
    } else {
      const lines = current.split("\n");
      const line = Math.floor(random() * lines.length);
      const indentation = /^ */.exec(lines[line] ?? "")?.[0] ?? "";
      lines.splice(line, 0, indentation + pick(["# a remark", "spare = 1", "pass", ""]));
      current = lines.join("\n");
    }
    const made = answer(thread, current);
    counts[made.how]++;
    assert.deepEqual(made.views, fresh(current), `edit ${i}`);
  }
  assert.ok(counts.same > 10 && counts.kept > 10 && counts.ran > 20, JSON.stringify(counts));
});
