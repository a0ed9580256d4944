/**
 * `npm run new -- rule NAME` writes what a rule consists of: its file, with its page as the comment at the top, and its
 * fixture. Each hole is marked `SAY:`; tests fail until the last one is filled and the examples do what they claim.
 * `npm run new -- model-rule NAME` does the same for a rule that reads interpreted models.
 */
import { existsSync, writeFileSync } from "node:fs";
import { version } from "../src/base/version.ts";

const kinds = ["rule", "model-rule"] as const;
type Kind = (typeof kinds)[number];

/** Kebab-case, two words or more. The name tells the bad pattern: "allow NAME" must read well. */
const namePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;
const cure = /^(?:no|disallow|avoid|use|prefer|dont)-/;

/** @returns why there cannot be a rule of this name; `undefined` when there can. */
function refusal(name: string): string | undefined {
  if (!namePattern.test(name))
    return `\`${name}\` must be several words with dashes, such as item-in-training-loop`;
  if (cure.test(name))
    return `\`${name}\` names the cure: name the bad pattern, such as item-in-training-loop`;
  if (existsSync(`server/src/rules/${name}.ts`)) return `there is a rule \`${name}\` already`;
  return undefined;
}

const page = `/**
 * Checks for SAY: the pattern, in one line.
 *
 * ## Why is this bad?
 * SAY: what it costs, with a figure or a statement that the references support.
 *
 * ## Example
 * \`\`\`py
 * import torch
 * \`\`\`
 *
 * Use instead:
 * \`\`\`py
 * import torch
 * \`\`\`
 *
 * ## Fix safety
 * SAY: safe, or a suggestion and what it changes, or why there is no fix.
 *
 * ## When not to use it
 * SAY: where the pattern is right or costs nothing.
 *
 * ## References
 * - SAY: [a source](https://docs.pytorch.org/)
 */
`;

const facts = (topic: string): string => `  category: "performance",
  topic: "${topic}",
  severity: { certain: "warning", likely: "info", possible: "hint" },
  fix: "none",
  since: "${version}",
`;

const sources: Readonly<Record<Kind, string>> = {
  rule: `${page}import { defineRule } from "./_rule.ts";

export const rule = defineRule({
${facts("training")}  on: {
    Call(call, ctx) {
      if (ctx.qualified(call.func) !== "SAY: the qualified name") return;
      ctx.report({
        at: call,
        certainty: "certain",
        message: "SAY: what, why and what to do.",
      });
    },
  },
});
`,
  "model-rule": `${page}import { defineModelRule } from "./_rule.ts";

export const rule = defineModelRule({
${facts("layers")}  onModel({ graph, isComplete }, ctx) {
    if (!isComplete) return;
    for (const op of graph.ops) {
      if (op.name !== "SAY: the op" || op.site.place === undefined) continue;
      ctx.report({
        at: op.site.place,
        certainty: "certain",
        message: "SAY: what, why and what to do.",
      });
    }
  },
});
`,
};

const fixture = (name: string): string => `# ${name}

## SAY: what is reported

\`\`\`py
import torch  # expect: ${name}
\`\`\`

## SAY: the nearest thing that is fine

\`\`\`py
import torch
\`\`\`
`;

const [kind = "", name = ""] = process.argv.slice(2);
const known = kinds.find((each) => each === kind);
const why = known === undefined ? `the first word must be one of ${kinds.join(", ")}` : refusal(name);
if (known === undefined || why !== undefined) {
  console.error(`npm run new -- rule NAME: ${why}.`);
  process.exitCode = 2;
} else {
  const made = new Map([
    [`server/src/rules/${name}.ts`, sources[known]],
    [`test/rules/${name}.md`, fixture(name)],
  ]);
  for (const [path, text] of made) {
    writeFileSync(path, text, { flag: "wx" });
    console.info(path);
  }
  console.info(
    "Fill in what is marked SAY:, run `npm run gen` for the page, then `npm test`. CONTRIBUTING.md has the rest.",
  );
}
