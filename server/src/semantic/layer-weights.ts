import type { Call, ClassDef, Expr, FunctionDef } from "../syntax/ast.ts";
import { attributeValues } from "./attributes.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import { methodsOf, walkOwn } from "./structure.ts";

const weighted =
  /^torch\.nn\.(?:Lazy)?(?:Conv(?:Transpose)?[123]d|Linear|Bilinear|MultiheadAttention|Transformer\w*|LSTM|GRU|RNN|Embedding)$/;
const weightless =
  /^torch\.nn\.(?:Identity|(?:\w*ReLU6?)|Sigmoid|Tanh|GELU|SiLU|Hardswish|Hardsigmoid|Mish|Softplus|Softmax|\w*Dropout[123]?d?|\w*Pool[123]d|\w*Pad[123]d|\w*Norm[123]?d?|SyncBatchNorm|Upsample|Flatten|PixelShuffle)$/;

/** Constructors inside constructors followed before giving up. */
const maxDepth = 6;

/**
 * How many layers with a weight matrix or kernel a module expression builds: `nn.Sequential(nn.Conv2d(...), nn.ReLU())`
 * is 1. At least that many where a part is not understood; `undefined` when nothing is known of it.
 */
export function weightLayers(expr: Expr, module: Module, depth = maxDepth): number | undefined {
  if (depth === 0) return undefined;
  if (expr.kind === "IfExp") {
    const [body, orelse] = [expr.body, expr.orelse].map((each) => weightLayers(each, module, depth - 1));
    return body === undefined || orelse === undefined ? undefined : Math.min(body, orelse);
  }
  if (expr.kind !== "Call") return undefined;
  const name = qualifiedName(expr.func, module);
  if (name !== undefined) {
    if (weighted.test(name)) return 1;
    if (weightless.test(name)) return 0;
    if (name === "torch.nn.Sequential") return inSequential(expr, module, depth);
    if (/^torchvision\.ops\..*Conv\w*Activation$/.test(name)) return 1;
  }
  const local = definitionOf(expr.func, module)?.node;
  if (local?.kind === "FunctionDef") return ofReturn(local, module, depth);
  return local?.kind === "ClassDef" ? ofClass(local, module, depth) : undefined;
}

function inSequential(call: Call, module: Module, depth: number): number | undefined {
  if (call.args.some((arg) => arg.kind === "Starred")) return undefined;
  const parts = call.args.map((arg) => weightLayers(arg, module, depth - 1));
  const sum = parts.reduce<number>((total, part) => total + (part ?? 0), 0);
  return sum > 0 || parts.every((part) => part !== undefined) ? sum : undefined;
}

function ofReturn(fn: FunctionDef, module: Module, depth: number): number | undefined {
  const returned: (number | undefined)[] = [];
  walkOwn(fn.body, (node) => {
    if (node.kind === "Return" && node.value !== undefined)
      returned.push(weightLayers(node.value, module, depth - 1));
  });
  return returned.length === 1 ? returned[0] : undefined;
}

/** A subclass of `nn.Sequential`, or a module whose parts are known: the sum of what its `__init__` stores. */
function ofClass(cls: ClassDef, module: Module, depth: number): number | undefined {
  let sum = 0;
  for (const method of methodsOf(cls).values()) {
    if (method.name !== "__init__") continue;
    walkOwn(method.body, (node) => {
      if (node.kind === "Call" && node.parent?.kind === "Assign")
        sum += weightLayers(node, module, depth - 1) ?? 0;
    });
  }
  return sum > 0 ? sum : undefined;
}

/** The fewest weight layers that `self.attr` can hold, `undefined` when not known. */
export function weightLayersOf(cls: ClassDef, attr: string, module: Module): number | undefined {
  const counts = attributeValues(cls, attr).map((value) => weightLayers(value, module));
  if (counts.length === 0 || counts.some((count) => count === undefined)) return undefined;
  return Math.min(...counts.map((count) => count ?? 0));
}
