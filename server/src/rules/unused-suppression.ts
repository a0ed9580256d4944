/**
 * Checks for `# ecocompute: ignore[...]` comments that name rules which find nothing where the comment speaks.
 *
 * ## Why is this bad?
 * The code was fixed and its comment stayed. It tells readers of waste that is not there, and when the pattern comes back,
 * it hides it. Ruff and Pylint found the same check worth having for their own comments.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def total(losses):
 *     return torch.stack(losses).sum()  # ecocompute: ignore[manual-attention] until the port
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def total(losses):
 *     return torch.stack(losses).sum()
 * ```
 *
 * ## Fix safety
 * Safe: only the comment changes. Other remarks on the line stay.
 *
 * ## When not to use it
 * A comment without names (`# ecocompute: ignore`), names of rules that are switched off, and names of rules that read
 * interpreted models are never reported, nor is anything in a file that does not parse: there, silence proves nothing.
 *
 * ## References
 * - [Ruff: unused-noqa (RUF100)](https://docs.astral.sh/ruff/rules/unused-noqa/)
 */
import { defineRule } from "./_rule.ts";

/** What it reports is found by whoever applies the comments: no node is looked at. */
export const rule = defineRule({
  category: "bug",
  topic: "suppressions",
  severity: { certain: "info", likely: "off", possible: "off" },
  fix: "safe",
  since: "0.1.0",
  equivalents: [
    { tool: "ruff", rule: "RUF100", differs: "It reads `noqa` comments" },
    { tool: "pylint", rule: "useless-suppression", differs: "It reads `pylint: disable` comments" },
  ],
  unnecessary: true,
  on: {},
});
