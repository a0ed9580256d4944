import assert from "node:assert/strict";
import { test } from "node:test";
import { violations } from "./accessibility.ts";
import { startSession, steps } from "./session.ts";

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
