import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { GraphBuilder } from "../server/src/graph/builder.ts";
import { type Dim, symbol } from "../server/src/graph/dim.ts";
import type { DType } from "../server/src/graph/dtype.ts";
import { initialModes } from "../server/src/torch/_op.ts";
import { bool, float, int, list, none, string, tuple, type Value } from "../server/src/torch/_value.ts";
import { groups } from "../server/src/torch/registry.gen.ts";
import { allOps } from "../server/src/torch/registry.ts";
import { makeContext, runOp } from "../server/src/torch/run.ts";
import { evaluate, macsOf, savedBytes } from "./harness/op-eval.ts";

interface Case {
  readonly line: number;
  readonly expression: string;
  readonly expected: string;
  /** Only the result and the MACs are compared: torch runs other ops for it. */
  readonly isBrief: boolean;
}

/** torch's dispatched names for what is one op here as well, under a shorter name. */
const dispatched: Readonly<Record<string, string>> = {
  conv1d: "convolution",
  conv2d: "convolution",
  conv3d: "convolution",
  conv_transpose1d: "convolution",
  conv_transpose2d: "convolution",
  conv_transpose3d: "convolution",
  softmax: "_softmax",
  log_softmax: "_log_softmax",
  layer_norm: "native_layer_norm",
  group_norm: "native_group_norm",
  batch_norm: "native_batch_norm",
  max_pool2d: "max_pool2d_with_indices",
  max_pool3d: "max_pool3d_with_indices",
  adaptive_avg_pool2d: "_adaptive_avg_pool2d",
  adaptive_avg_pool3d: "_adaptive_avg_pool3d",
  embedding_bag: "_embedding_bag",
  max_pool1d: "max_pool2d_with_indices",
  avg_pool1d: "avg_pool2d",
  adaptive_avg_pool1d: "_adaptive_avg_pool2d",
  adaptive_max_pool1d: "adaptive_max_pool2d",
  max_unpool1d: "max_unpool2d",
  logsigmoid: "log_sigmoid_forward",
  linalg_det: "_linalg_det",
  linalg_eigvalsh: "_linalg_eigh",
  linalg_svdvals: "_linalg_svd",
  linalg_slogdet: "_linalg_slogdet",
  multilabel_margin_loss: "multilabel_margin_loss_forward",
  _weight_norm: "_weight_norm_interface",
  cdist: "_cdist_forward",
  nll_loss: "nll_loss_forward",
  nll_loss2d: "nll_loss2d_forward",
};

/** What the recorder leaves out: nothing runs on the device. */
const free = new Set(["empty", "tensor"]);

function casesOf(text: string): readonly Case[] {
  const cases: Case[] = [];
  const lines = text.split("\n");
  let inside = "";
  for (const [i, line] of lines.entries()) {
    if (line.startsWith("```")) inside = /^```(ops|results)$/.exec(line.trim())?.[1] ?? "";
    else if (inside !== "" && line !== "" && !line.startsWith(" "))
      cases.push({
        line: i + 1,
        expression: line,
        expected: (lines[i + 1] ?? "").trim(),
        isBrief: inside === "results",
      });
  }
  return cases;
}

/** `value; ops ...; macs n; saves n`, as the recorder writes it. */
function outcomeOf(expression: string, sizes: "numbers" | "symbols" = "numbers", isBrief = false): string {
  const { text, ops } = evaluate(expression, sizes);
  if (isBrief) return `${text}${macsOf(ops) === "0" ? "" : `; macs ${macsOf(ops)}`}`;
  if (/^\w+(?:Error|Exception): /.test(text)) return text;
  const moving = ops.filter((op) => !op.isView && !free.has(op.name));
  const names = moving.map((op) => dispatched[op.name] ?? op.name);
  const macs = macsOf(ops);
  const kept = /\bg(?:32|16)\[/.test(expression) ? savedBytes(ops) : "0";
  const saved = kept === "0" ? "" : `; saves ${kept}`;
  return `${text}${names.length === 0 ? "" : `; ops ${names.join(" ")}`}${macs === "0" ? "" : `; macs ${macs}`}${saved}`;
}

const dir = "test/ops";
const files = readdirSync(dir).filter((file) => file.endsWith(".md"));

for (const file of files) {
  const cases = casesOf(readFileSync(`${dir}/${file}`, "utf8"));
  test(`${file}: ${cases.length} calls do what torch does`, () => {
    const wrong = cases.flatMap(({ line, expression, expected, isBrief }) => {
      const wanted = expected.replace(/^by hand: /, "");
      let got: string;
      try {
        got = outcomeOf(expression, "numbers", isBrief);
      } catch (error) {
        got = `threw ${error instanceof Error ? error.message : String(error)}`;
      }
      return got === wanted
        ? []
        : [`${dir}/${file}:${line} ${expression}\n    want ${wanted}\n    got  ${got}`];
    });
    assert.equal(wrong.length, 0, `\n${wrong.join("\n")}`);
  });
}

test("symbolic sizes give the same at their hints", () => {
  const cases = files.flatMap((file) => casesOf(readFileSync(`${dir}/${file}`, "utf8")));
  const wrong = cases.flatMap(({ expression }) => {
    const [plain, symbolic] = [outcomeOf(expression), outcomeOf(expression, "symbols")];
    return plain === symbolic ? [] : [`${expression}\n    numbers ${plain}\n    symbols ${symbolic}`];
  });
  assert.ok(cases.length > 600);
  assert.equal(wrong.length, 0, `\n${wrong.join("\n")}`);
});

/** `T.view` of the census is `torch.Tensor.view`; classes of `nn.*` belong to the prelude. */
const qualified = (name: string): string =>
  name.replace(/^T\./, "torch.Tensor.").replace(/^F\./, "torch.nn.functional.");

test("the ops that model code calls most are modelled", () => {
  const ranked = readFileSync(`${dir}/ranked.txt`, "utf8").trim().split("\n");
  assert.ok(ranked.length > 500, "the census was not read");
  const known = ranked.filter((name) => allOps().has(qualified(name)));
  assert.ok(known.length >= 400, `only ${known.length} of ${ranked.length} resolve`);
  const functions = ranked.slice(0, 250).filter((name) => /^(?:T|F|torch)\.\w+$/.test(name));
  const notOps = new Set(["torch.no_grad", "torch._assert", "torch.device"]);
  const missing = functions.filter((name) => !allOps().has(qualified(name)) && !notOps.has(name));
  assert.deepEqual(missing, []);
});

test("no name is claimed twice", () => {
  const names = groups.flatMap((ops) => ops.flatMap((op) => op.names));
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  assert.ok(names.length > 1000);
  assert.deepEqual(twice, []);
});

/** What they return is no value that a fixture could print. */
const unprintable: readonly string[] = [
  // A dictionary.
  "einops.parse_shape",
  // Numbers that differ from run to run, and text that holds them.
  "torch.Tensor.data_ptr",
  "torch.Tensor.__hash__",
  "torch.Tensor.__repr__",
  // A handle and an iterator.
  "torch.Tensor.register_hook",
  "torch.Tensor.__iter__",
];

test("every op has a fixture", () => {
  const cases = files.flatMap((file) => casesOf(readFileSync(`${dir}/${file}`, "utf8")));
  const called = new Set(cases.flatMap(({ expression }) => [...evaluate(expression).called]));
  const silent = groups.flatMap((ops) => ops.filter((op) => !called.has(op)));
  assert.deepEqual(silent.map((op) => op.names[0] ?? "").sort(), [...unprintable].sort());
});

/** Arguments of every kind, wrong ones and unknown ones included; the same at each run. */
function* argumentLists(graph: GraphBuilder, count: number): Generator<readonly Value[]> {
  const why: Value = { kind: "unknown", why: "test", where: undefined };
  const tensor = (shape: Dim[], dtype: DType = "float32"): Value =>
    graph.tensor({ shape, dtype, role: "input" });
  const B = symbol("B", 2);
  const pool: readonly Value[] = [
    tensor([2, 3, 4, 4]),
    tensor([B, 3, 4, 4]),
    tensor([symbol("u9", undefined), 3]),
    tensor([3, 3]),
    tensor([0, 3]),
    tensor([]),
    tensor([4], "int64"),
    tensor([2, 3], "bool"),
    tensor([3], "complex64"),
    graph.tensor({ shape: { kind: "unknown", why: "no shape", where: undefined }, dtype: "float32" }),
    graph.tensor({ shape: [2, 2], dtype: "float32", data: [1, 2, 3, 4] }),
    int(0),
    int(2),
    int(-1),
    int(B),
    float(0.5),
    bool(true),
    none,
    string("mean"),
    string("b c -> c b"),
    list([]),
    list([int(1), int(2)]),
    list([tensor([2, 3]), tensor([2, 3])]),
    list([why, int(1)]),
    tuple([int(2), float(1)]),
    { kind: "dtype", dtype: "float16" },
    { kind: "ellipsis" },
    { kind: "slice", lower: none, upper: int(B), step: none },
    { kind: "opaque", typeName: "Module" },
    why,
  ];
  let state = 7;
  const next = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state;
  };
  for (let i = 0; i < count; i++)
    yield Array.from({ length: next() % 6 }, () => pool[Math.floor(next() / 65536) % pool.length] ?? none);
}

test("no arguments make an op throw anything but what torch raises", () => {
  const graph = new GraphBuilder(() => ({
    modulePath: "",
    place: undefined,
    stack: [],
    checkpoint: undefined,
  }));
  const ctx = makeContext(graph, initialModes());
  const lists = [...argumentLists(graph, 120)];
  const thrown = new Map<string, string>();
  let raised = 0;
  let returned = 0;
  for (const op of new Set(allOps().values()))
    for (const positional of lists)
      try {
        const made = runOp(op, positional, {}, ctx);
        if (made.kind === "mismatch") raised += 1;
        else returned += 1;
      } catch (error) {
        thrown.set(
          op.names[0] ?? "",
          error instanceof Error ? (error.stack ?? "").slice(0, 300) : String(error),
        );
      }
  assert.deepEqual([...thrown], []);
  assert.ok(raised > 1000 && returned > 1000, `${raised} raised, ${returned} returned`);
});
