/**
 * Checks for tensors that numpy makes up first: random numbers, zeros, ones and the like.
 *
 * ## Why is this bad?
 * numpy makes the values in float64 on one core of the host, and torch copies them, converts them and moves them. torch makes the same in one step, in
 * float32, and on the device it is told. creedengo's [GCI104](https://github.com/green-code-initiative/creedengo-rules-specifications) reports about half of
 * the training time of a small network; take that as the upper end.
 *
 * ## Example
 * ```py
 * import numpy as np
 * import torch
 *
 *
 * def noise(n, m):
 *     return torch.tensor(np.random.rand(n, m))
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def noise(n, m):
 *     return torch.rand(n, m)
 * ```
 *
 * ## Fix safety
 * Suggestion: torch gives float32 where numpy gave float64, unless the call names a type, and random numbers come from torch's generator. Offered for
 * shapes that both take the same way.
 *
 * ## When not to use it
 * When results must follow the seed of numpy, or need float64.
 *
 * ## References
 * - [Creation ops](https://docs.pytorch.org/docs/stable/torch.html#creation-ops)
 */
import { lastName } from "../semantic/paths.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const makers =
  /^torch\.(?:cuda\.)?(?:tensor|as_tensor|from_numpy|(?:Float|Double|Half|Int|Long|Bool|Byte)?Tensor)$/;

/** What torch makes by the same name from the same shape. */
const creators: Readonly<Record<string, string>> = {
  "numpy.random.rand": "rand",
  "numpy.random.randn": "randn",
  "numpy.zeros": "zeros",
  "numpy.ones": "ones",
  "numpy.eye": "eye",
};

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    { tool: "creedengo", rule: "GCI104" },
    { tool: "GreenPyData", rule: "P5" },
  ],
  on: {
    Call(call, ctx) {
      const last = lastName(call.func);
      if (last === undefined || !/ensor$|^from_numpy$/.test(last) || ctx.isTestFile) return;
      const maker = ctx.qualified(call.func) ?? "";
      if (!makers.test(maker)) return;
      const data = argumentOf(call, "data", 0);
      if (data === undefined || data === "unknown" || data.kind !== "Call") return;
      const creator = creators[ctx.qualified(data.func) ?? ""];
      if (creator === undefined) return;
      const text = replacement(call, data, maker, creator, ctx);
      ctx.report({
        at: call,
        certainty: "certain",
        message: `numpy makes these values on the host${namesType(data, creator) ? "" : ", in float64,"} for torch to copy and convert. \`torch.${creator}\` makes them in one step, on the device it is told.`,
        ...(text === undefined
          ? { manual: `Make them with \`torch.${creator}\`, with the type and device they are needed in.` }
          : {
              fixes: [
                {
                  title: `Make them with torch.${creator} (float32${creator.startsWith("rand") ? ", torch's random numbers" : ""})`,
                  safety: "suggestion",
                  edits: [{ span: call, text }],
                },
              ],
            }),
      });
    },
  },
});

/** Something in the call may ask numpy for another type than float64: random numbers have no other. */
const namesType = (made: Call, creator: string): boolean =>
  !creator.startsWith("rand") && (made.keywords.length > 0 || made.args.length > 1);

const types: Readonly<Record<string, string>> = {
  "torch.DoubleTensor": "float64",
  "torch.HalfTensor": "float16",
  "torch.IntTensor": "int32",
  "torch.LongTensor": "int64",
};

/** Only where shape and options mean the same to both. */
function replacement(
  call: Call,
  data: Call,
  maker: string,
  creator: string,
  ctx: RuleContext,
): string | undefined {
  const isPlain = ctx.module
    .bindings("torch")
    .some(({ binding }) => binding.kind === "import" && binding.qualified === "torch");
  if (!isPlain || maker.startsWith("torch.cuda.") || data.args.length === 0) return undefined;
  if (data.keywords.length > 0 || data.args.some((arg) => arg.kind === "Starred")) return undefined;
  // A second positional argument of `zeros` and `ones` is their type in numpy.
  if ((creator === "zeros" || creator === "ones") && data.args.length > 1) return undefined;
  if (creator === "eye" && data.args.length > 1) return undefined;
  if (
    call.keywords.some(
      (each) =>
        each.name !== "dtype" &&
        each.name !== "device" &&
        each.name !== "requires_grad" &&
        each.name !== "data",
    )
  )
    return undefined;
  const type = types[maker];
  const options = [
    ...(type === undefined ? [] : [`dtype=torch.${type}`]),
    ...call.keywords.filter((each) => each.name !== "data").map((each) => ctx.text(each)),
  ];
  if (type !== undefined && (creator.startsWith("rand") || options.length > 1)) return undefined;
  return `torch.${creator}(${[...data.args.map((arg) => ctx.text(arg)), ...options].join(", ")})`;
}
