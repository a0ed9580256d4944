import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backwardWork } from "../server/src/graph/backward.ts";
import { GraphBuilder } from "../server/src/graph/builder.ts";
import {
  add,
  type Dim,
  evaluate,
  exactDiv,
  floorDiv,
  hintOf,
  mod,
  mul,
  printDim,
  product,
  sub,
  symbol,
  ZeroDivision,
} from "../server/src/graph/dim.ts";
import { promote, resultType } from "../server/src/graph/dtype.ts";
import { compare, type Guard } from "../server/src/graph/guard.ts";
import type { Site } from "../server/src/graph/ir.ts";
import { memoryOf } from "../server/src/graph/memory.ts";
import { printAmount, printBytes, printPolynomial } from "../server/src/graph/print.ts";
import { settleRouting } from "../server/src/graph/settle-routing.ts";
import { refOf, Tensor } from "../server/src/graph/tensor.ts";
import { elementCount, workByModule, workByPlace } from "../server/src/graph/work.ts";
import { initialModes } from "../server/src/torch/_op.ts";
import { int, type Value } from "../server/src/torch/_value.ts";
import { makeContext } from "../server/src/torch/run.ts";

const B = symbol("B", 2);
const T = symbol("T", 16);
const sink = (): { guards: Guard[]; guard: (g: Guard) => void } => {
  const guards: Guard[] = [];
  return { guards, guard: (g) => guards.push(g) };
};

test("polynomials print as they are spoken", () => {
  assert.equal(
    printDim(add(mul(84934656, mul(B, T)), mul(18432, mul(B, mul(T, T))))),
    "84934656*B*T + 18432*B*T^2",
  );
  assert.equal(printDim(sub(mul(B, T), 3)), "B*T - 3");
  assert.equal(printDim(floorDiv(add(T, 1), 2)), "((T + 1) // 2)");
  assert.equal(printDim(sub(mul(2, T), mul(T, 2))), "0");
  assert.equal(printPolynomial(mul(512, mul(B, T))), "512*B*T = 16.4 k");
  assert.equal(printAmount(4089184256, "MACs"), "4.09 GMACs");
  assert.equal(printAmount(512, "MACs"), "512 MACs");
  assert.equal(printAmount(999_999, "FLOPs"), "1 MFLOPs");
  assert.equal(printBytes(1536), "1.5 KiB");
  assert.equal(printBytes(1024), "1 KiB");
  assert.equal(printBytes(1000), "1000 B");
});

test("division is exact where the symbols allow it", () => {
  assert.equal(exactDiv(mul(B, mul(T, 64)), T) === undefined, false);
  assert.equal(printDim(floorDiv(mul(B, mul(T, 64)), mul(T, 8))), "8*B");
  assert.equal(floorDiv(mul(add(T, 1), 3), add(T, 1)), 3);
  assert.equal(mod(mul(T, 4), 2), 0);
  assert.equal(mod(add(mul(T, 4), 3), 2), 1);
  assert.equal(printDim(floorDiv(add(mul(T, 4), 3), 2)), "2*T + 1");
  assert.throws(() => floorDiv(T, 0), ZeroDivision);
});

/** Random expressions over two symbols, with the same computed on numbers. */
interface Both {
  readonly dim: Dim;
  readonly of: (b: number, t: number) => number;
}
const expression: fc.Arbitrary<Both> = fc.letrec<{ tree: Both }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -3, max: 9 }).map((n): Both => ({ dim: n, of: () => n })),
    fc.constant<Both>({ dim: B, of: (b) => b }),
    fc.constant<Both>({ dim: T, of: (_, t) => t }),
    fc
      .tuple(tie("tree"), tie("tree"))
      .map(([x, y]): Both => ({ dim: add(x.dim, y.dim), of: (b, t) => x.of(b, t) + y.of(b, t) })),
    fc
      .tuple(tie("tree"), tie("tree"))
      .map(([x, y]): Both => ({ dim: mul(x.dim, y.dim), of: (b, t) => x.of(b, t) * y.of(b, t) })),
    fc
      .tuple(tie("tree"), fc.integer({ min: 1, max: 5 }))
      .map(([x, n]): Both => ({ dim: floorDiv(x.dim, n), of: (b, t) => Math.floor(x.of(b, t) / n) })),
    fc
      .tuple(tie("tree"), fc.integer({ min: 1, max: 5 }))
      .map(([x, n]): Both => ({ dim: mod(x.dim, n), of: (b, t) => ((x.of(b, t) % n) + n) % n })),
  ),
})).tree;

test("symbolic arithmetic agrees with numbers, at the hints and elsewhere", () => {
  fc.assert(
    fc.property(
      expression,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 40 }),
      ({ dim, of }, b, t) => {
        const sizes = new Map([
          ["B", b],
          ["T", t],
        ]);
        assert.equal(hintOf(dim) === of(2, 16), true, `hint of ${printDim(dim)}`);
        assert.equal(evaluate(dim, sizes) === of(b, t), true, `${printDim(dim)} at ${b}, ${t}`);
      },
    ),
    { numRuns: 300 },
  );
});

test("comparisons decide by the hint and say so", () => {
  const s = sink();
  assert.equal(compare(T, "<=", 1024, s), true);
  assert.equal(compare(add(T, 1), ">", T, s), true);
  assert.equal(compare(symbol("u0", undefined), "==", 3, s), undefined);
  assert.deepEqual(
    s.guards.map((g) => `${printDim(g.left)} ${g.relation} ${printDim(g.right)} ${g.holds}`),
    ["T <= 1024 true"],
  );
});

test("dtypes promote as torch documents", () => {
  assert.equal(promote("float16", "bfloat16"), "float32");
  assert.equal(promote("uint8", "int8"), "int16");
  assert.equal(promote("int64", "float16"), "float16");
  assert.equal(promote("complex64", "float64"), "complex128");
  assert.equal(
    resultType([
      { dtype: "int32", rank: "tensor" },
      { dtype: "int64", rank: "scalar" },
    ]),
    "int32",
  );
  assert.equal(
    resultType([
      { dtype: "int32", rank: "tensor" },
      { dtype: "float32", rank: "scalar" },
    ]),
    "float32",
  );
  assert.equal(
    resultType([
      { dtype: "float16", rank: "tensor" },
      { dtype: "float32", rank: "zero-dim" },
    ]),
    "float16",
  );
});

const site = (modulePath: string, line: number, checkpoint?: number): Site => {
  const place = { file: "model.py", span: { start: line, end: line + 1 } };
  const caller = { file: "model.py", span: { start: 0, end: 1 } };
  return { modulePath, place, stack: [caller, place], checkpoint };
};

interface Bench {
  readonly graph: GraphBuilder;
  readonly at: (site: Site) => void;
  readonly call: (name: string, ...args: readonly Value[]) => Tensor;
  readonly ctx: ReturnType<typeof makeContext>;
}

function bench(): Bench {
  let current = site("", 0);
  const graph = new GraphBuilder(() => current);
  const ctx = makeContext(graph, initialModes());
  return {
    graph,
    ctx,
    at: (next) => {
      current = next;
    },
    call: (name, ...args) => {
      const made = ctx.call(name, args);
      assert.ok(made instanceof Tensor, name);
      return made;
    },
  };
}

/** Two linear layers with a ReLU between them; the first layer's weight is tied as the second's. */
function perceptron(checkpoint?: number) {
  const { graph, at, call } = bench();
  const x = graph.tensor({ shape: [B, 8], dtype: "float32", role: "input", varies: true });
  const weight = graph.tensor({ shape: [8, 8], dtype: "float32", role: "parameter", requiresGrad: true });
  at(site("fc1", 10, checkpoint));
  const hidden = call("torch.nn.functional.linear", x, weight);
  at(site("act", 20, checkpoint));
  const active = call("torch.relu", hidden);
  at(site("fc2", 30));
  const out = call("torch.nn.functional.linear", active, weight);
  const state = {
    tensor: refOf(weight),
    role: "parameter" as const,
    names: ["fc1.weight", "fc2.weight"],
    persistent: true,
    place: site("", 5).place,
  };
  return graph.graph([state], [refOf(x)], [refOf(out)]);
}

test("costs fold by place and by module, tied weights count once", () => {
  const graph = perceptron();
  assert.equal(elementCount(graph.parameters), 64);
  assert.deepEqual(
    workByModule(graph).map((c) => [c.path, printDim(c.self.macs), printDim(c.total.macs), c.ownParameters]),
    [
      ["", "0", "128*B", 0],
      ["fc1", "64*B", "64*B", 64],
      ["act", "0", "0", 0],
      ["fc2", "64*B", "64*B", 0],
    ],
  );
  const costs = workByPlace(graph, ({ span }) => String(span.start));
  const root = costs.find((c) => c.place.span.start === 0);
  assert.equal(printDim(root?.total.macs ?? 0), "128*B");
  assert.equal(printDim(root?.self.macs ?? 0), "0");
});

test("backward does one product for each factor that needs a gradient", () => {
  const products = perceptron().ops.filter((op) => op.work.macs !== 0);
  assert.deepEqual(
    products.map((op) => printDim(backwardWork(op).macs)),
    ["64*B", "128*B"],
  );
});

test("peak memory follows liveness and what backward keeps", () => {
  const sizes = new Map([["B", 4]]);
  const plain = memoryOf(perceptron(), sizes);
  assert.equal(plain.parameters, 256);
  assert.equal(plain.optimizer, 512);
  // Input, hidden and active alive together: three tensors of 4 x 8 floats.
  assert.equal(plain.inferenceActivations, 3 * 128);
  // The input (for the first weight's gradient) and the ReLU's result.
  assert.equal(plain.savedActivations, 2 * 128);
  const checkpointed = memoryOf(perceptron(1), sizes);
  assert.equal(checkpointed.savedActivations, 2 * 128);
  assert.equal(checkpointed.recomputed, 128);
  assert.equal(plain.unsized, 0);
});

test("autocast casts by torch's lists, a parameter once", () => {
  const { graph, ctx, call } = bench();
  const x = graph.tensor({ shape: [B, 8], dtype: "float32", role: "input", varies: true });
  const weight = graph.tensor({ shape: [8, 8], dtype: "float32", role: "parameter", requiresGrad: true });
  ctx.modes.autocast = { device: "cuda", dtype: "float16", cache: new Map() };
  const once = call("torch.nn.functional.linear", x, weight);
  const twice = call("torch.nn.functional.linear", once, weight);
  const normed = call("torch.softmax", twice, int(-1));
  assert.deepEqual([once.dtype, twice.dtype, normed.dtype], ["float16", "float16", "float32"]);
  const names = graph
    .graph([], [], [])
    .ops.filter((op) => !op.isView)
    .map((op) => op.name);
  assert.deepEqual(names, ["_to_copy", "_to_copy", "mm", "mm", "softmax"]);
});

test("a size that only the run knows is told, and work over it stays a polynomial", () => {
  const { graph, call } = bench();
  const x = graph.tensor({ shape: [10, 8], dtype: "float32", role: "input", varies: true });
  const mask = graph.tensor({ shape: [10], dtype: "bool", role: "input", varies: true });
  const weight = graph.tensor({ shape: [4, 8], dtype: "float32", role: "parameter" });
  const chosen = call("torch.Tensor.__getitem__", x, mask);
  call("torch.nn.functional.linear", chosen, weight);
  const built = graph.graph([], [], []);
  assert.equal(
    printDim(product(built.ops.filter((op) => op.name === "mm").map((op) => op.work.macs))),
    "32*u0",
  );
  assert.deepEqual(built.unknowns, []);
  const settled = settleRouting(built);
  assert.deepEqual(
    settled.doubts.map(({ what }) => what),
    ["x[mask]"],
  );
  assert.deepEqual(
    settled.graph.ops.filter((op) => op.work.macs !== 0),
    [],
  );
});
