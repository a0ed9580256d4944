import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { ModelView } from "../server/src/analysis/model-view.ts";
import { defaultRequest } from "../server/src/analysis/scenario.ts";
import { createModelRunner, type ModelRunner } from "../server/src/host/model-runner.ts";
import { built } from "./harness/built.ts";
import { mutate } from "./harness/mutate.ts";
import { packageFolder, seededRandom } from "./harness/real-files.ts";

/** `ECOCOMPUTE_EDITS=10000` takes about ten minutes of one processor. */
const edits = Number(process.env["ECOCOMPUTE_EDITS"] ?? 120);

const packages = dirname(packageFolder("torchvision"));
const files = [
  ...["resnet", "swin_transformer", "vision_transformer"].map(
    (name) => `${packages}/torchvision/models/${name}.py`,
  ),
  ...["gpt", "llama", "unet", "python_features"].map((name) => `test/models/${name}.py`),
].map((path) => ({ path: `/project/${path.replace(/^.*\//, "")}`, text: readFileSync(path, "utf8") }));

let script: URL;
before(() => {
  script = pathToFileURL(join(dirname(built("server.cjs")), "model-worker.cjs"));
});

async function withThread(work: (runner: ModelRunner) => Promise<void>): Promise<void> {
  const faults: string[] = [];
  const runner = createModelRunner(script, (fault) => faults.push(fault));
  try {
    await work(runner);
  } finally {
    runner.dispose();
  }
  assert.deepEqual(faults, []);
}

const estimate = (
  runner: ModelRunner,
  path: string,
  text: string,
): Promise<readonly ModelView[] | undefined> =>
  runner.estimate(
    {
      path,
      text,
      roots: ["/project", packages],
      milliseconds: 20_000,
      request: { ...defaultRequest, accelerator: "h100" },
    },
    () => undefined,
  );

const isHonest = ({ estimate: { complete, notCounted, failure } }: ModelView): boolean =>
  complete ? notCounted.length === 0 && failure === null : notCounted.length > 0 || failure !== null;

test(`${edits} broken edits through the thread: it answers each, without a fault, and says what it leaves out`, async () => {
  await withThread(async (runner) => {
    const random = seededRandom(20_261_122);
    let models = 0;
    for (let i = 0; i < edits; i++) {
      const file = files[i % files.length];
      assert.ok(file);
      const views = await estimate(runner, file.path, mutate(file.text, random));
      assert.ok(views, `edit ${i} of ${file.path} has no answer`);
      for (const view of views)
        assert.ok(isHonest(view), `edit ${i} of ${file.path}: ${view.estimate.entry}`);
      models += views.length;
    }
    assert.ok(models > edits / 5, `only ${models} models in ${edits} texts`);
  });
});

test("an operation that does not end costs one answer and the thread, not the server", async () => {
  const faults: string[] = [];
  const runner = createModelRunner(script, (fault) => faults.push(fault), 5000);
  const file = files.at(-2);
  assert.ok(file);
  try {
    const endless = `${file.text}\nimport re\nre.findall(r"\\s+$", " " * 99_999 + "x")\n`;
    assert.equal(await estimate(runner, file.path, endless), undefined);
    assert.match(faults.join(), /was given up: an operation does not end/);
    const views = await estimate(runner, file.path, file.text);
    assert.ok(views?.every(({ estimate: { complete } }) => complete));
  } finally {
    runner.dispose();
  }
});

/** Edits as they follow each other: names, numbers, lines put in and taken out, undone every now and then. */
function* session(text: string, random: () => number, count: number): Generator<string> {
  let current = text;
  for (let i = 0; i < count; i++) {
    const lines = current.split("\n");
    const at = Math.floor(random() * lines.length);
    const line = lines[at] ?? "";
    const indentation = /^ */.exec(line)?.[0] ?? "";
    switch (Math.floor(random() * 5)) {
      case 0:
        lines.splice(at, 0, `${indentation}# a remark`);
        break;
      case 1:
        lines.splice(at, 0, `${indentation}unused = ${i}`);
        break;
      case 2:
        lines[at] = line.replace(/\b(\d+)\b/, (digits) => String(Number(digits) + 1));
        break;
      case 3:
        lines.splice(at, 1);
        break;
      default:
        current = text;
        yield current;
        continue;
    }
    current = lines.join("\n");
    yield current;
  }
}

test("after edits that follow each other, the thread says what a new one says", async () => {
  await withThread(async (runner) => {
    const random = seededRandom(20_261_121);
    for (const { path, text } of files.slice(-4)) {
      let last = text;
      let views: readonly ModelView[] | undefined;
      for (const next of session(text, random, 25)) {
        views = await estimate(runner, path, next);
        last = next;
      }
      await withThread(async (fresh) => assert.deepEqual(views, await estimate(fresh, path, last), path));
    }
  });
});

/** A program that sets something on torch in its third line. */
const patching = (patch: string, width: number): string => `import torch
from torch import nn
${patch}
model = nn.Sequential(nn.Linear(8, ${width}), nn.ReLU(), nn.Linear(${width}, 8))
model(torch.randn(2, 8))
`;

for (const [what, patch] of Object.entries({
  "wraps a method": "whole = nn.Linear.forward; nn.Linear.forward = lambda self, x: whole(self, x).abs()",
  "replaces a function": "torch.relu = nn.functional.relu = lambda x: x.sigmoid().tanh()",
  "deletes a method": "del nn.Linear.forward",
  "sets a number": "nn.Linear.bias_of_all = 3",
}))
  test(`what a program does to torch ends with it: one that ${what}`, async () => {
    const [path, other] = ["/project/patch.py", "/project/other.py"];
    const steps = [
      [path, patching(patch, 16)],
      [path, patching(patch, 24)],
      [other, patching("pass", 24)],
      [path, patching(patch, 32)],
      [path, patching("pass", 32)],
      [path, patching("if hasattr(nn.Linear, 'bias_of_all'): nn.ReLU = nn.Tanh", 32)],
    ] as const;
    await withThread(async (runner) => {
      for (const [i, [file, text]] of steps.entries()) {
        const views = await estimate(runner, file, text);
        await withThread(async (fresh) =>
          assert.deepEqual(views, await estimate(fresh, file, text), `step ${i}`),
        );
      }
    });
  });

const byMode = (extra: string, aux = 8, own = 8): string => `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(8, 8)
        self.drop = nn.Dropout(0.5)

    def aux(self, x):
        return x @ torch.ones(8, ${aux})

    def own(self, x):
        return x @ torch.ones(8, ${own})

    def forward(self, x):
        x = self.drop(self.a(x))
        return self.aux(x) if self.training else self.own(x)

Net()(torch.randn(2, 8))${extra}
`;

test("going back and forth between training and inference tells what a new thread says, edits in between", async () => {
  const path = "/project/mode.py";
  const asked = async (runner: ModelRunner, text: string, mode: "train" | "infer"): Promise<unknown> => {
    const views = await runner.estimate(
      {
        path,
        text,
        roots: ["/project"],
        milliseconds: 20_000,
        request: { ...defaultRequest, accelerator: "h100", mode },
      },
      () => undefined,
    );
    // What is being tried with it is told sooner or later.
    return views?.map((view) => ({ ...view, cost: view.cost?.cost }));
  };
  await withThread(async (runner) => {
    for (const [i, [text, mode]] of (
      [
        [byMode(""), "infer"],
        [byMode(""), "train"],
        [byMode(""), "infer"],
        [byMode("", 8, 16), "infer"],
        [byMode("", 8, 16), "train"],
        [byMode("", 8, 16), "infer"],
        [byMode("", 24, 16), "infer"],
        [byMode("", 24, 16), "train"],
        [byMode("\n# a remark", 24, 16), "train"],
        [byMode("\n# a remark", 24, 16), "infer"],
      ] as const
    ).entries()) {
      const views = await asked(runner, text, mode);
      await withThread(async (fresh) => assert.deepEqual(views, await asked(fresh, text, mode), `step ${i}`));
    }
  });
});

test("models of a long file are told of before all are known", async () => {
  const text = `import torch\nfrom torch import nn\nx = torch.randn(2, 4)\n${Array.from(
    { length: 300 },
    (_, i) => `nn.Linear(4, ${i + 1})(x)\n`,
  ).join("")}`;
  await withThread(async (runner) => {
    const parts: (readonly string[])[] = [];
    const views = await runner.estimate(
      {
        path: "/project/long.py",
        text,
        roots: [],
        milliseconds: 20_000,
        request: { ...defaultRequest, accelerator: "h100" },
      },
      (some, kind) => {
        if (kind === "part") parts.push(some.map((each) => each.estimate.name));
      },
    );
    const all = views?.map((each) => each.estimate.name) ?? [];
    assert.equal(all.length, 300);
    assert.ok(parts.length > 0);
    for (const each of parts) assert.deepEqual(each, all.slice(0, each.length));
  });
});

test("the thread's program holds no letter that makes its text take twice the memory", () => {
  assert.doesNotMatch(readFileSync(script, "utf8"), /[^\0-\xff]/);
});

test("a newer text takes the place of one that is being estimated", async () => {
  await withThread(async (runner) => {
    const [file] = files;
    assert.ok(file);
    const first = estimate(runner, file.path, file.text);
    const second = estimate(runner, file.path, `${file.text}\n`);
    const third = estimate(runner, file.path, `${file.text}\n\n`);
    assert.equal(await second, undefined);
    assert.ok(await third);
    assert.equal(await first, undefined);
  });
});
