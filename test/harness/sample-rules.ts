import { defineRule, type NamedRule } from "../../server/src/rules/_rule.ts";

/** Rules that do one thing each, so that what is around rules can be tested whatever the real ones do. */

const named = (id: string, rule: ReturnType<typeof defineRule>): NamedRule => ({
  ...rule,
  id,
  docs: `Checks for \`${id}\` in tests.\n\n## Why is this bad?\nIt is not.\n\n## References\n- [A page](https://example.org/a)`,
});

const always = { certain: "warning", likely: "warning", possible: "info" } as const;

/** `old_name` becomes `new_name`: a safe fix that leaves nothing to find. */
const oldName = defineRule({
  category: "bug",
  topic: "layers",
  severity: always,
  fix: "safe",
  since: "0.0.0",
  unnecessary: true,
  on: {
    Name(node, ctx) {
      if (node.id !== "old_name") return;
      ctx.report({
        at: node,
        certainty: "certain",
        message: "`old_name` is old.",
        fixes: [{ title: "Use new_name", safety: "safe", edits: [{ span: node, text: "new_name" }] }],
        related: [{ chunk: ctx.chunk, span: node, message: "the name" }],
      });
    },
  },
});

/** `first_step` becomes `old_name`, which has a fix of its own. */
const firstStep = defineRule({
  category: "energy",
  topic: "layers",
  severity: always,
  fix: "safe",
  since: "0.0.0",
  on: {
    Name(node, ctx) {
      if (node.id !== "first_step") return;
      ctx.report({
        at: node,
        certainty: "certain",
        message: "`first_step` is a step.",
        fixes: [{ title: "Use old_name", safety: "safe", edits: [{ span: node, text: "old_name" }] }],
      });
    },
  },
});

/** Two fixes for one place: only one of them can be applied. */
const overlapping = defineRule({
  category: "bug",
  topic: "layers",
  severity: always,
  fix: "safe",
  since: "0.0.0",
  on: {
    Call(node, ctx) {
      if (ctx.text(node.func) !== "overlapping") return;
      for (const text of ["one()", "two()"])
        ctx.report({
          at: node,
          certainty: "certain",
          message: `It could be \`${text}\`.`,
          fixes: [{ title: `Use ${text}`, safety: "safe", edits: [{ span: node, text }] }],
        });
    },
  },
});

/** Can only be fixed by hand. */
const byHand = defineRule({
  category: "memory",
  topic: "layers",
  severity: always,
  fix: "none",
  since: "0.0.0",
  on: {
    Name(node, ctx) {
      if (node.id !== "by_hand") return;
      ctx.report({
        at: node,
        certainty: "certain",
        message: "`by_hand` needs a person.",
        manual: "Only you know what it means.",
      });
    },
  },
});

/** A rule with a fault. */
const throwing = defineRule({
  category: "bug",
  topic: "layers",
  severity: always,
  fix: "none",
  since: "0.0.0",
  on: {
    Name(node) {
      if (node.id === "make_it_throw") throw new Error("planted fault");
    },
  },
});

export const rules: readonly NamedRule[] = [
  named("by-hand", byHand),
  named("first-step", firstStep),
  named("old-name", oldName),
  named("overlapping-fixes", overlapping),
  named("throwing-rule", throwing),
];
