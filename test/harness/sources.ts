import { readdirSync, readFileSync } from "node:fs";

const examples = new URL("../../examples/", import.meta.url);
const fixture = readFileSync(new URL("../syntax/tricky.md", import.meta.url), "utf8");

/** Python that is always there: real models, and every construct there is. */
export const pythonSources: readonly string[] = [
  ...readdirSync(examples)
    .filter((name) => name.endsWith(".py"))
    .map((name) => readFileSync(new URL(name, examples), "utf8")),
  [...fixture.matchAll(/```py\n([\s\S]*?)```/g)].map(([, code]) => code).join("\n"),
];
