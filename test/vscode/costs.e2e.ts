import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import type { Locator } from "playwright-core";
import { root } from "./paths.ts";
import { startSession, steps } from "./session.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const themes = {
  dark: "Default Dark Modern",
  light: "Default Light Modern",
  "high-contrast-dark": "Default High Contrast",
} as const;

for (const [name, theme] of Object.entries(themes)) {
  test(`a model shows what it costs, in its scenario, for everyone: ${name}`, async (context) => {
    const session = await startSession(context, {
      settings: {
        "workbench.colorTheme": theme,
        "ecocompute.energyHeat": true,
        "ecocompute.scenario": { accelerator: "h100", precision: "bf16", region: "SE1" },
      },
    });
    const { workbench, folder } = session;
    const { page } = workbench;
    writeFileSync(join(folder, "gqa.py"), readFileSync(join(root, "examples/llama_gqa.py"), "utf8"));
    await steps(context, session, async () => {
      await workbench.open("gqa.py");
      const lens = page.locator(".codelens-decoration", { hasText: "per million on H100" });
      await lens.first().waitFor();
      await page.locator(".glyph-margin-widgets .cgmr").first().waitFor();
      await workbench.screenshot(`costs-editor-${name}`);

      await workbench.command("EcoCompute: Open Report of File");
      const report = workbench.report();
      await report.getByRole("heading", { name: "Energy", exact: true }).waitFor();
      for (const part of [
        "Where the energy goes",
        "Optimizations",
        "Compare accelerators",
        "Assumptions and sources",
      ])
        await report.getByRole("button", { name: part }).click();
      const optimizations = report.getByRole("table", { name: "Optimizations of GroupedQueryAttention" });
      await optimizations.getByRole("rowheader", { name: "Fused attention" }).waitFor();
      await report.getByRole("heading", { name: "Energy", exact: true }).scrollIntoViewIfNeeded();
      await workbench.screenshot(`costs-report-${name}`);
      await optimizations.scrollIntoViewIfNeeded();
      await workbench.screenshot(`costs-optimizations-${name}`);
      assert.deepEqual(await violations(report.locator("body")), []);

      await report.getByRole("button", { name: "GeForce RTX 4090" }).click();
      await page.locator(".codelens-decoration", { hasText: "RTX 4090" }).first().waitFor();
      await report.getByText("On GeForce RTX 4090, bf16").waitFor();
      await workbench.command("EcoCompute: Choose Scenario");
      await page.locator(".quick-input-widget", { hasText: "Accelerator" }).waitFor();
      await workbench.screenshot(`costs-scenario-${name}`);
      await page.keyboard.press("Escape");
      await workbench.command("EcoCompute: Compare Accelerators");
      await page.locator(".quick-input-list .monaco-list-row").nth(3).waitFor();
      await workbench.screenshot(`costs-compare-${name}`);
    });
  });
}

/** What the accessibility checker objects to, as `rule: element`. */
async function violations(body: Locator): Promise<readonly string[]> {
  await body.evaluate(axe);
  return body.evaluate(`axe.run(document).then((result) =>
    result.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + node.html)))`);
}
