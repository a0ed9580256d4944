/**
 * Checks for datasets that read the same file, or load the same thing, for every single item.
 *
 * ## Why is this bad?
 * `__getitem__` runs once per item and epoch. A table that is parsed in it is parsed as often as it has rows, in every worker, while the GPU waits.
 *
 * ## Example
 * ```py
 * import pandas as pd
 * from torch.utils.data import Dataset
 *
 *
 * class Table(Dataset):
 *     def __init__(self, path):
 *         self.path = path
 *
 *     def __getitem__(self, index):
 *         return pd.read_csv(self.path).iloc[index]
 * ```
 *
 * Use instead:
 * ```py
 * import pandas as pd
 * from torch.utils.data import Dataset
 *
 *
 * class Table(Dataset):
 *     def __init__(self, path):
 *         self.rows = pd.read_csv(path)
 *
 *     def __getitem__(self, index):
 *         return self.rows.iloc[index]
 * ```
 *
 * Reading a file that depends on the index is how datasets work, and is not reported; neither is opening a file once, under `if self.file is None`, which is what
 * HDF5 wants in workers.
 *
 * ## Fix safety
 * There is no automatic fix: what is read once has to fit into memory, or be opened lazily.
 *
 * ## When not to use it
 * When the file changes while the program runs.
 *
 * ## References
 * - [torch.utils.data](https://docs.pytorch.org/docs/stable/data.html)
 */
import { isConditionalWithin } from "../semantic/loops.ts";
import { lastName, namesIn, rootName } from "../semantic/paths.ts";
import { callsIn, enclosingClass, walkOwn } from "../semantic/structure.ts";
import type { Call, Expr, FunctionDef } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    FunctionDef(def, ctx) {
      if (def.name !== "__getitem__" || ctx.isTestFile || !isOfDataset(def, ctx)) return;
      const [, index] = def.params;
      if (index === undefined) return;
      const varying = namesFrom(def, index.name);
      for (const call of callsIn(def.body)) {
        if (!isHeavy(call, ctx) || isConditionalWithin(call, def) || mentions(call, varying)) continue;
        ctx.report({
          at: call,
          certainty: "likely",
          message: `\`${ctx.text(call.func)}\` does not depend on \`${index.name}\`: the same is read again for every item. Read it once, in \`__init__\` or at the first item.`,
          manual: "Read it in `__init__`, or under `if self.data is None:` when workers cannot share it.",
        });
      }
    },
  },
});

const isOfDataset = (def: FunctionDef, ctx: RuleContext): boolean =>
  enclosingClass(def)?.bases.some((base) =>
    /Dataset$|VisionDataset$/.test(ctx.qualified(base) ?? lastName(base) ?? ""),
  ) === true;

const heavy =
  /^(?:pandas\.read_(?:csv|parquet|excel|pickle|json|feather|hdf)|h5py\.File|json\.load|pickle\.load|torch\.load|numpy\.(?:load|loadtxt|genfromtxt)|scipy\.io\.loadmat|yaml\.(?:safe_)?load)$/;

const isHeavy = (call: Call, ctx: RuleContext): boolean => {
  const name = ctx.qualified(call.func);
  if (name === undefined) return false;
  if (name === "numpy.load" && call.keywords.some((each) => each.name === "mmap_mode")) return false;
  return heavy.test(name) || /^transformers\..*\.from_pretrained$/.test(name);
};

/** The index and all names that are given something made with it, in order of the text. */
function namesFrom(def: FunctionDef, index: string): ReadonlySet<string> {
  const found = new Set([index]);
  const add = (targets: readonly Expr[], from: Expr): void => {
    if (!mentions(from, found)) return;
    for (const target of targets) {
      for (const name of namesIn(target)) found.add(name);
      const root = target.kind === "Name" ? undefined : rootName(target);
      if (root !== undefined && root !== "self") found.add(root);
    }
  };
  walkOwn(def.body, (node) => {
    if (node.kind === "Assign") add(node.targets, node.value);
    else if (node.kind === "AugAssign") add([node.target], node.value);
    else if (node.kind === "For" || node.kind === "Comprehension") add([node.target], node.iter);
    else if (node.kind === "WithItem" && node.target !== undefined) add([node.target], node.context);
    else if (node.kind === "NamedExpr") add([node.target], node.value);
  });
  return found;
}

function mentions(expr: Expr, names: ReadonlySet<string>): boolean {
  let found = false;
  walk(expr, (node) => {
    found ||= node.kind === "Name" && names.has(node.id);
    return !found;
  });
  return found;
}
