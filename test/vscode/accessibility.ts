import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Locator } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What the accessibility checker objects to, as `rule: element`. */
export async function violations(body: Locator): Promise<readonly string[]> {
  await body.evaluate(axe);
  return body.evaluate(`axe.run(document).then((result) =>
    result.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + node.html)))`);
}
