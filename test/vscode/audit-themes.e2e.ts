import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { auditedCode, auditedReport } from "../harness/audited.ts";
import { events, says, startGemini } from "../harness/loopback-gemini.ts";
import { violations } from "./accessibility.ts";
import { poll } from "./processes.ts";
import { startSession, steps } from "./session.ts";

const themes = {
  dark: "Default Dark Modern",
  light: "Default Light Modern",
  "high-contrast-dark": "Default High Contrast",
  "high-contrast-light": "Default High Contrast Light",
};

const part = (name: string, value: unknown) => ({
  candidates: [{ content: { role: "model", parts: [{ [name]: value }] } }],
});

/** Something of every kind: thoughts, code, a bug with a line, a change that holds and one that does not, no source. */
const thinking = events(
  { candidates: [{ content: { role: "model", parts: [{ text: "Is it twice?", thought: true }] } }] },
  part("executableCode", { language: "PYTHON", code: "print(2 * 1024 * 4096)" }),
  part("codeExecutionResult", { outcome: "OUTCOME_OK", output: "8388608" }),
  says("Twice."),
);
const [change] = auditedReport.recommendations;
const report = {
  ...auditedReport,
  assumptions: ["a batch of 256"],
  citations: [{ title: "A paper", uri: "https://arxiv.org/abs/2401.99999", supports: "30 %" }],
  criticalBugs: [{ line: 15, what: "Work for nothing", fix: "Call `wide` once.", edits: [] }],
  breakdown: [{ component: "wide", sharePercent: 60, comment: "runs twice" }],
  benchmark: { name: "MLPerf", figure: "1 s", citation: null },
  claims: { ...auditedReport.claims, parameters: 8_393_728, savingPercent: 90 },
  recommendations: [
    change,
    {
      ...change,
      title: "Make it wider",
      gainPercent: 12,
      gainSource: "own",
      accuracyRisk: "high",
      accuracyDropPercent: 2,
      edits: [{ find: "self.wide = nn.Linear(1024, 4096)", replace: "self.wide = nn.Linear(1024, 8192)" }],
    },
  ],
};

test("audits can be read and operated by everyone, in every theme", async (context) => {
  process.env["XDG_STATE_HOME"] = mkdtempSync(join(tmpdir(), "state-"));
  const gemini = await startGemini([thinking, events(says(JSON.stringify(report)))]);
  context.after(() => gemini.close());
  const session = await startSession(context, { settings: { "ecocompute.audit.baseUrl": gemini.url } });
  const { workbench, folder } = session;
  const { page } = workbench;
  writeFileSync(join(folder, "net.py"), auditedCode);
  mkdirSync(join(folder, ".vscode"));
  const panel = workbench.report();
  const inTheme = async (name: string, theme: string): Promise<void> => {
    writeFileSync(join(folder, ".vscode/settings.json"), JSON.stringify({ "workbench.colorTheme": theme }));
    const id = { dark: "vscode-dark", light: "vscode-light" }[name] ?? "vscode-high-contrast";
    await poll(`the theme ${name}`, async () => {
      const classes = (await panel.locator("body").getAttribute("class")) ?? "";
      return classes.includes(id) && classes.includes("light") === name.includes("light") ? true : undefined;
    });
  };
  const look = async (name: string): Promise<void> => {
    await workbench.screenshot(name);
    assert.deepEqual(await violations(panel.locator("body")), [], name);
  };
  await steps(context, session, async () => {
    await workbench.open("net.py");
    await page.locator(".codelens-decoration", { hasText: "Audit with Gemini" }).first().waitFor();
    await workbench.command("EcoCompute: Show Audits");
    const setKey = panel.getByRole("button", { name: "Set Gemini API Key" });
    await setKey.waitFor();
    for (const [name, theme] of Object.entries(themes)) {
      await inTheme(name, theme);
      await look(`audit-no-key-${name}`);
    }
    await setKey.click();
    await page.locator(".quick-input-widget", { hasText: "Gemini API key" }).waitFor();
    await page.keyboard.type("secret-key");
    await page.keyboard.press("Enter");
    await panel.getByRole("button", { name: "Audit net.py" }).click();
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Send", exact: true }).click();
    await panel.getByRole("heading", { name: "Audit of net.py" }).waitFor();
    await workbench.command("View: Close Other Editors in Group");
    await page.locator(".tab", { hasText: "EcoCompute Report" }).click();
    await workbench.command("View: Maximize Editor Group");
    await panel.locator("summary").first().click();
    await panel.getByRole("table", { name: /^What the model says of the parts/ }).waitFor();
    for (const [name, theme] of Object.entries(themes)) {
      await inTheme(name, theme);
      await panel.getByRole("heading", { name: "Audit of net.py" }).scrollIntoViewIfNeeded();
      await look(`audit-${name}`);
      await panel.getByRole("heading", { name: "What the model claimed" }).scrollIntoViewIfNeeded();
      await workbench.screenshot(`audit-${name}-claims`);
      await panel.getByRole("heading", { name: "What audits cost" }).scrollIntoViewIfNeeded();
      await workbench.screenshot(`audit-${name}-end`);
    }
  });
});
