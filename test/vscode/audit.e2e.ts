import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { events, says, startGemini } from "../harness/loopback-gemini.ts";
import { poll } from "./processes.ts";
import { startSession, steps } from "./session.ts";

const model = `import torch
from torch import nn

TOKEN = "hf_abcdefghijklmnopqrstuvwx"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(1024, 4096)
        self.down = nn.Linear(4096, 1024)

    def forward(self, x):
        again = self.wide(x)
        return self.down(self.wide(x) + 0 * again)


model = Net()
y = model(torch.randn(256, 1024))
`;

const change = {
  title: "Run the first layer once",
  category: "architecture",
  why: "its result is multiplied by 0",
  gainPercent: 30,
  gainSource: "tool",
  citation: null,
  accuracyRisk: "none",
  accuracyDropPercent: null,
  changesParameters: false,
  changesOutput: false,
  edits: [
    {
      find: "        again = self.wide(x)\n        return self.down(self.wide(x) + 0 * again)",
      replace: "        return self.down(self.wide(x))",
    },
  ],
};

const report = {
  summary: "The first layer runs twice.",
  energyModel: "By the functions of the engine.",
  claims: {
    originalEnergyJoules: 1e6,
    optimizedEnergyJoules: null,
    savingPercent: null,
    savingPercentLow: null,
    savingPercentHigh: null,
    carbonSavedGrams: null,
    costSavedUsdPerMillion: null,
    parameters: 8_393_728,
    macs: null,
    latencySeconds: null,
  },
  assumptions: [],
  citations: [{ title: "A paper", uri: "https://arxiv.org/abs/2401.99999", supports: "30 %" }],
  breakdown: [],
  recommendations: [change],
  criticalBugs: [],
  benchmark: null,
};

test("an audit: consent with the exact text, the checked report, a change compared and applied", async (context) => {
  process.env["XDG_STATE_HOME"] = mkdtempSync(join(tmpdir(), "state-"));
  const gemini = await startGemini([events(says("Twice.")), events(says(JSON.stringify(report)))]);
  context.after(() => gemini.close());
  const session = await startSession(context, { settings: { "ecocompute.audit.baseUrl": gemini.url } });
  const { workbench, folder } = session;
  const { page } = workbench;
  writeFileSync(join(folder, "net.py"), model);
  await steps(context, session, async () => {
    await workbench.open("net.py");
    await poll("the question for the key", async () => {
      await workbench.command("EcoCompute: Audit This File with Gemini");
      const question = page.locator(".quick-input-widget", { hasText: "Gemini API key" });
      return question.waitFor({ timeout: 15_000 }).then(
        () => true,
        () => undefined,
      );
    });
    await page.keyboard.type("secret-key");
    await page.keyboard.press("Enter");

    const dialog = page.locator(".monaco-dialog-box");
    await dialog.getByText("Send this text to Gemini").waitFor();
    await page.locator(".tab", { hasText: "what-would-be-sent" }).waitFor();
    await workbench.screenshot("audit-consent");
    assert.equal(gemini.connections(), 0, "nothing leaves before a yes");
    const asked = (await dialog.textContent()) ?? "";
    assert.match(asked, /can cost up to \$0\.\d+/);
    assert.match(asked, /Hugging Face token \(1\)/);
    await dialog.getByRole("button", { name: "Send", exact: true }).click();

    const changes = page.locator(".quick-input-list .monaco-list-row", { hasText: change.title });
    await changes.waitFor();
    const preview = workbench.report();
    await preview.getByText("The first layer runs twice.").waitFor();
    await preview.getByText("disagrees").first().waitFor();
    await preview.getByText("uncited").first().waitFor();
    await workbench.screenshot("audit-report");

    await changes.click();
    await page.locator(".monaco-diff-editor").first().waitFor();
    await workbench.screenshot("audit-change");
    await page
      .locator(".notification-toast", { hasText: "apply" })
      .getByRole("button", { name: "Apply" })
      .click();
    await workbench.command("File: Save All Files");
    const saved = await poll("the change in the file", async () => {
      const text = readFileSync(join(folder, "net.py"), "utf8");
      return text.includes("return self.down(self.wide(x))") ? text : undefined;
    });
    assert.ok(saved.includes('TOKEN = "hf_abcdefghijklmnopqrstuvwx"'), "secrets stay in the file");

    const [sent] = gemini.requests;
    assert.equal(sent?.headers["x-goog-api-key"], "secret-key");
    assert.ok(!JSON.stringify(sent?.body).includes("hf_abc"));
    await workbench.command("EcoCompute: Show Audits");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "net.py" }).waitFor();
    await page.keyboard.press("Escape");
  });
});
