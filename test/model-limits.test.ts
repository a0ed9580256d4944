import assert from "node:assert/strict";
import { test } from "node:test";
import { createInterpreter, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import type { Limits } from "../server/src/model/machine.ts";
import { syntax } from "./harness/syntax.ts";

const model = `
import enum
import torch
from torch import nn

def deep(x, n):
    return x if n == 0 else deep(x.relu(), n - 1)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 2)

    # ecocompute: input x = float32[2, 4]
    def forward(self, x):
        x = self.first(x)
        LOOP
        return self.second(x)
`;

const steps = "for _ in range(1_000_000):\n            pass";
const ops = "for _ in range(1_000_000):\n            x = x.relu()";

function estimate(
  text: string,
  limits: Partial<Limits>,
  now: () => number = () => 0,
): readonly ModelEstimate[] {
  const interpreter = createInterpreter({
    syntax,
    files: { isFile: () => false, readText: () => undefined },
    roots: [],
    limits: { ...defaultLimits, ...limits },
    now,
  });
  return estimateModels(interpreter, { file: "net.py", source: syntax.parse(text) });
}

/** Says what stopped it, keeps what was counted before, and is not taken for whole. */
function assertPartial([made, ...others]: readonly ModelEstimate[], why: RegExp): void {
  assert.ok(made);
  assert.equal(others.length, 0);
  assert.equal(made.complete, false);
  assert.equal(made.failure, undefined);
  const told = made.notCounted.find((each) => each.what === "the rest of the model");
  assert.match(told?.why ?? "", why);
  assert.equal(told?.where?.file, "net.py");
  assert.equal(made.graph.parameters.length, 4);
  assert.equal(
    made.graph.ops.filter((op) => op.work.macs === 2 * 4 * 4).length,
    1,
    "the first layer is counted",
  );
  assert.equal(made.output, undefined);
}

test("too many steps end in a partial result", () => {
  assertPartial(estimate(model.replace("LOOP", steps), { steps: 20_000 }), /^more than 20000 steps$/);
});

test("calls that are too deep end in a partial result", () => {
  const text = model.replace("LOOP", "x = deep(x, 1000)");
  assertPartial(estimate(text, { depth: 60 }), /^calls are nested deeper than 60$/);
});

test("too many ops end in a partial result", () => {
  assertPartial(estimate(model.replace("LOOP", ops), { ops: 100 }), /^more than 100 ops$/);
});

test("the time limit ends in a partial result", () => {
  let time = 0;
  // The clock stands still until the first layer has run, as far as steps tell.
  const looks = () => time++;
  assertPartial(
    estimate(model.replace("LOOP", steps), { milliseconds: 20 }, looks),
    /^it takes longer than 20 ms$/,
  );
});

const endless = `${model.replace("LOOP", "pass")}\nwhile True:\n    pass\n`;

test("a file whose own statements reach a limit says so instead of having no models", () => {
  const [made] = estimate(endless, { steps: 20_000 });
  assert.equal(made?.complete, false);
  assert.match(made.notCounted.map((each) => each.why).join("; "), /more than 20000 steps/);
});

test("an endless statement beside a model does not keep the model from being counted", () => {
  let time = 0;
  const [made] = estimate(endless, { milliseconds: 50 }, () => time++);
  assert.equal(made?.complete, true);
  assert.equal(made.graph.ops.filter((op) => op.work.macs !== 0).length, 2);
});

const items = /^more than 4194304 items at once$/;
/** Statements that would make something huge, look at everything in it, or try without an end. */
const hostile: readonly (readonly [code: string, why: RegExp])[] = [
  ["y = [1]; exec('for _ in range(60): y = y + y')", items],
  ["y = 'ab' * 10 ** 10", items],
  ["y = [0] * 10 ** 10", items],
  ["y = [[]] * 10 ** 8 + [1] * 10 ** 8", items],
  ["y = bytes(10 ** 10)", items],
  ["y = list(range(10 ** 10))", items],
  ["y = [i for i in range(10 ** 10)]", items],
  ["y = {i: i for i in range(10 ** 10)}", /^more than 20000000 steps$/],
  ["y = sum(range(10 ** 12))", /^more than 20000000 steps$/],
  ["y = 'a'.ljust(10 ** 10)", items],
  ["y = 'a\\tb'.expandtabs(10 ** 10)", items],
  ["y = f'{1:10000000000}'", items],
  ["y = '%10000000000d' % 1", items],
  ["y = ('ab' * 10 ** 6).join(['x'] * 10 ** 6)", items],
  ["y = ('a' * 10 ** 6).replace('a', 'b' * 10 ** 6)", items],
  ["y = torch.zeros(10 ** 8).unbind(0)", /^more than 1000000 ops$/],
  ["y = torch.zeros(10 ** 8).split(1)", /^more than 1000000 ops$/],
  ["y = torch.tensor([[0.0] * 10 ** 4] * 10 ** 5)", items],
  ["y = str(wide)", items],
  ["y = wide == wide_too", /^more than 20000000 steps$/],
  ["y = list(iter(int, 1))", items],
  ["y = enum.Enum('Y', {f'K{i}': i for i in range(10 ** 5)})", /^more than 20000000 steps$/],
  [
    "for _ in range(10 ** 6):\n            x = x.unsqueeze(0)",
    /^tensors of more than 500000 dimensions together$/,
  ],
];

const shared = `
wide, wide_too, keyed = [], [], ()
for _ in range(40):
    wide = [wide, wide]
    wide_too = [wide_too, wide_too]
    keyed = (keyed, keyed)
`;

for (const [code, why] of hostile)
  test(`it ends: ${code}`, () => {
    const text = model.replace("LOOP", code).replace("class Net", `${shared}\nclass Net`);
    assertPartial(estimate(text, { steps: 20_000_000 }), why);
  });

test("a generator that goes through itself fails as in Python", () => {
  const text = model
    .replace("LOOP", "x = self.second(x) if failed else x")
    .replace(
      "class Net",
      "def again():\n    yield from going\n\ngoing = again()\nfailed = False\ntry:\n    list(going)\nexcept ValueError as error:\n    failed = str(error) == 'generator already executing'\n\nclass Net",
    )
    .replace("return self.second(x)", "return x");
  const [made] = estimate(text, {});
  assert.equal(made?.complete, true);
  assert.equal(made.graph.ops.filter((op) => op.work.macs !== 0).length, 2);
});

test("a size that is made of itself again and again ends in a partial result", () => {
  const loop = "for _ in range(200):\n            x = torch.cat([x, x[:, : x.shape[1] // 2]], 1)";
  const [made] = estimate(model.replace("LOOP", loop), {});
  assert.equal(made?.complete, false);
  assert.match(made.notCounted.map(({ why }) => why).join("; "), /a value is too large$/);
});

test("a key that would be too long ends in a partial result", () => {
  const [made] = estimate(
    model.replace("LOOP", "y = {keyed: 1}").replace("class Net", `${shared}\nclass Net`),
    {},
  );
  assert.match(made?.notCounted[0]?.why ?? "", /^a key made of more than 4194304 characters$/);
});

test("lists longer than a stack is deep are still lists", () => {
  const text = model.replace(
    "LOOP",
    `y = [0] * 300_000
        y += y
        y.extend(y)
        y.sort()
        y[1:3] = [*y, 1]
        assert len(y) == 2_399_999 and len([*y]) == len(y) and max(y) == 1
        assert [len(s) for s in [y[:], y.copy(), list(y), y * 1]] == [len(y)] * 4
        many = []
        for i in range(200_000):
            many.append(i)`,
  );
  const [made] = estimate(text, {});
  assert.deepEqual(made?.notCounted, []);
  assert.equal(made.failure, undefined);
  assert.equal(made.complete, true);
});

test("an endless search for a text is given up, a long one that is not is made", () => {
  const search = (pattern: string, subject: string): string =>
    model
      .replace("LOOP", "pass")
      .replace("self.first", `self.found = re.search(r"${pattern}", ${subject})\n        self.first`)
      .replace("import torch", "import re, torch");
  const [slow] = estimate(search("(a+)+$", "'a' * 60 + 'b'"), {});
  assert.match(
    slow?.notCounted.map(({ why }) => why).join() ?? "",
    /the pattern \(a\+\)\+\$ may take too long/,
  );
  const [quick] = estimate(search("^(?:[a-z]+\\.)+weight$", "'layers.' * 20 + 'weight'"), {});
  assert.equal(quick?.complete, true);
});

test("the models of a file have a limit together", () => {
  let time = 0;
  const one = (i: number): string => model.replaceAll("Net", `Net${i}`).replace("LOOP", steps);
  const made = estimate(
    Array.from({ length: 12 }, (_, i) => one(i)).join("\n"),
    { milliseconds: 20 },
    () => time++,
  );
  assert.ok(made.length < 12);
  assert.match(made[0]?.notCounted.at(-1)?.why ?? "", /^it takes longer than 20 ms$/);
  const [left] = made.at(-1)?.notCounted ?? [];
  assert.match(left?.what ?? "", /^\d+ models from `Net\d+` on$/);
  assert.match(left?.why ?? "", /^the models of the file take longer than 100 ms; .* counts one alone$/);
});

test("what time cuts short in a library is read again", () => {
  const library = "wide = len([i for i in range(3000)]) - 2998\n";
  const files = new Map([["/packages/slow.py", library]]);
  const limit = { end: 5 };
  let time = 0;
  const interpreter = createInterpreter({
    syntax,
    files: { isFile: (path) => files.has(path), readText: (path) => files.get(path) },
    roots: ["/packages"],
    limits: { ...defaultLimits, milliseconds: 1 },
    // Time runs out in the first loop of the library, until nothing ends it.
    now: () => (++time > limit.end ? 10 : 0),
  });
  const text = model
    .replace("import torch", "import slow, torch")
    .replace("nn.Linear(4, 2)", "nn.Linear(4, slow.wide)")
    .replace("LOOP", "pass");
  const source = syntax.parse(text);
  const [first] = estimateModels(interpreter, { file: "net.py", source });
  assert.equal(first?.complete, false);
  limit.end = Number.POSITIVE_INFINITY;
  const [second] = estimateModels(interpreter, { file: "net.py", source });
  assert.deepEqual(second?.notCounted, []);
  assert.equal(second.complete, true);
});

const many = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `class Net${i}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, ${i + 1})\n    def forward(self, x):\n        return self.a(x)\n`,
  ).join("");

test("models that nobody waits for are told of together", () => {
  let time = 0;
  const text = `import torch\nfrom torch import nn\n# ecocompute: input x = float32[2, 4]\n${many(40)}`;
  const made = estimate(text, { milliseconds: 10 }, () => time++);
  const last = made.at(-1);
  assert.ok(made.length > 1 && made.length < 40, String(made.length));
  assert.ok(made.slice(0, -1).every((each) => each.complete));
  assert.equal(last?.complete, false);
  assert.equal(last?.graph.ops.length, 0);
  const [note] = last?.notCounted ?? [];
  assert.equal(note?.what, `${41 - made.length} models from \`Net${made.length - 1}\` on`);
  assert.match(note?.why ?? "", /^the models of the file take longer than 50 ms; .* counts one alone$/);
  assert.equal(text.slice(note?.where?.span.start).startsWith(`Net${made.length - 1}(`), true);
});
