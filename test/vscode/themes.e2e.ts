import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Locator } from "playwright-core";
import { startSession, steps } from "./session.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const themes = {
  dark: "Default Dark Modern",
  light: "Default Light Modern",
  "high-contrast-dark": "Default High Contrast",
  "high-contrast-light": "Default High Contrast Light",
};

for (const [name, theme] of Object.entries(themes)) {
  test(`the report can be read and operated by everyone: ${name}`, async (context) => {
    const session = await startSession(context, { settings: { "workbench.colorTheme": theme } });
    const { workbench } = session;
    await steps(context, session, async () => {
      await workbench.open("block.py");
      await workbench.squiggles("error").first().waitFor();
      await workbench.command("EcoCompute: Open Report of Workspace");
      const report = workbench.report();
      await report.locator("[role=treeitem]").nth(3).waitFor();
      await report.locator("[role=treeitem]").nth(1).focus();
      await workbench.screenshot(`theme-${name}`);
      assert.deepEqual(await violations(report.locator("body")), []);
    });
  });
}

/** What the accessibility checker objects to, as `rule: element`. */
async function violations(body: Locator): Promise<readonly string[]> {
  await body.evaluate(axe);
  return body.evaluate(`axe.run(document).then((result) =>
    result.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + node.html)))`);
}
