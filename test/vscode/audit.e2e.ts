import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { FrameLocator, Page } from "playwright-core";
import { auditedCode, auditedReport } from "../harness/audited.ts";
import { type Answer, events, says, startGemini } from "../harness/loopback-gemini.ts";
import { violations } from "./accessibility.ts";
import { poll } from "./processes.ts";
import { startSession, steps } from "./session.ts";
import type { Workbench } from "./workbench.ts";

const [change] = auditedReport.recommendations;

/** With something of a stranger in every corner. */
const report = {
  ...auditedReport,
  summary: "The first layer runs twice. [Click](command:evil) <img src=x onerror=alert(1)>",
  citations: [{ title: "A paper", uri: "https://arxiv.org/abs/2401.99999", supports: "30 %" }],
  criticalBugs: [{ line: 15, what: "Work for nothing", fix: "Call `wide` once.", edits: [] }],
};

const thought = (text: string) => ({
  candidates: [{ content: { role: "model", parts: [{ text, thought: true }] } }],
});

/** Streams a thought and then nothing, until it is let go. */
function heldBack(): { readonly answer: Answer; readonly begun: Promise<void>; release(): void } {
  let begin = (): void => undefined;
  let release = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    begun,
    release: () => release(),
    async answer(_, response) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify(thought("The first layer stands there twice."))}\r\n\r\n`);
      begin();
      await released;
      response.end(`data: ${JSON.stringify(says("Twice."))}\r\n\r\n`);
    },
  };
}

test("an audit: consent, the streamed trace, the report, a change, a question, history and comparison", async (context) => {
  process.env["XDG_STATE_HOME"] = mkdtempSync(join(tmpdir(), "state-"));
  const held = heldBack();
  const gemini = await startGemini([
    held.answer,
    events(says(JSON.stringify(report))),
    events(says("Because the result is multiplied by 0.")),
    events(says("Twice.")),
    events(says(JSON.stringify({ ...report, recommendations: [], criticalBugs: [] }))),
  ]);
  context.after(() => gemini.close());
  const session = await startSession(context, { settings: { "ecocompute.audit.baseUrl": gemini.url } });
  const { workbench, folder } = session;
  const { page } = workbench;
  writeFileSync(join(folder, "net.py"), auditedCode);
  await steps(context, session, async () => {
    await workbench.open("net.py");
    await page.locator(".codelens-decoration", { hasText: "Audit with Gemini" }).first().waitFor();
    await workbench.command("EcoCompute: Show Audits");
    const panel = workbench.report();
    await panel.getByRole("heading", { name: "Gemini needs a key of yours" }).waitFor();
    await workbench.screenshot("audit-no-key");
    await panel.getByRole("button", { name: "Set Gemini API Key" }).click();
    await page.locator(".quick-input-widget", { hasText: "Gemini API key" }).waitFor();
    await page.keyboard.type("secret-key");
    await page.keyboard.press("Enter");
    await panel.getByRole("button", { name: "Audit net.py" }).click();

    const dialog = page.locator(".monaco-dialog-box");
    await dialog.getByText("Send this text to Gemini").waitFor();
    await page.locator(".tab", { hasText: "what-would-be-sent" }).waitFor();
    await workbench.screenshot("audit-consent");
    assert.equal(gemini.connections(), 0, "nothing leaves before a yes");
    const asked = (await dialog.textContent()) ?? "";
    assert.match(asked, /can cost up to \$0\.\d+/);
    assert.match(asked, /Hugging Face token \(1\)/);
    await dialog.getByRole("button", { name: "Send", exact: true }).click();

    await held.begun;
    await panel.getByText("The first layer stands there twice.").waitFor();
    await panel.getByRole("status").getByText("Thinking").waitFor();
    await panel.getByRole("button", { name: "Cancel" }).focus();
    await workbench.screenshot("audit-streaming");
    assert.deepEqual(await violations(panel.locator("body")), [], "while it streams");
    held.release();

    await panel.getByRole("heading", { name: "Audit of net.py" }).waitFor();
    // What had the keyboard is gone: it is at the answer.
    await panel.locator("#audit-title:focus").waitFor();
    await panel
      .getByRole("status")
      .getByText(/saves \d+ % of the energy, computed/)
      .waitFor();
    const words = (await panel.locator("main").textContent()) ?? "";
    for (const shown of ["disagrees", "uncited", "Checked", "of a batch", "$0."])
      assert.ok(words.includes(shown), shown);
    assert.ok(words.includes("[Click](command:evil) <img src=x onerror=alert(1)>"), "inert, as it is");
    assert.equal(await panel.locator("main img, main a").count(), 0);
    await workbench.screenshot("audit-report");
    await panel.getByRole("heading", { name: /^Critical bugs/ }).scrollIntoViewIfNeeded();
    await workbench.screenshot("audit-report-changes");

    // What was typed survives a look at the findings.
    const question = panel.getByRole("textbox", { name: "Ask a follow-up question" });
    await question.fill("Why?");
    await panel.getByRole("radio", { name: "File" }).check();
    await panel.getByRole("radio", { name: "Audits" }).check();
    await panel.getByRole("button", { name: "line 15" }).click();
    await page.locator(".statusbar").getByText("Ln 15").waitFor();

    assert.equal(await question.inputValue(), "Why?");
    await panel.getByRole("button", { name: "Ask", exact: true }).click();
    await dialog.getByText("Send this text to Gemini").waitFor();
    await dialog.getByRole("button", { name: "Always Send in This Workspace" }).click();
    await panel.getByRole("heading", { name: "Why?" }).waitFor();
    const answer = panel.getByText("Because the result is multiplied by 0.");
    await poll("the answer in sight", async () => {
      const box = await answer.boundingBox();
      return box !== null && box.y > 0 && box.y < 860 ? true : undefined;
    });
    await workbench.screenshot("audit-question");
    assert.deepEqual(await violations(panel.locator("body")), [], "with a question");

    await panel.getByRole("button", { name: `Compare with file: ${change?.title}` }).click();
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
    assert.ok(!JSON.stringify(gemini.requests.map(({ body }) => body)).includes("hf_abc"));

    await workbench.command("EcoCompute: Show Audits");
    await panel.getByRole("button", { name: "Audit net.py" }).click();
    await panel.getByRole("heading", { name: "Audits of this workspace (2)" }).waitFor();
    for (const box of await panel.getByRole("checkbox").all()) await box.check();
    await panel.getByRole("button", { name: "Compare Two" }).click();
    await panel.getByRole("heading", { name: "Two audits side by side" }).waitFor();
    await panel.getByText("only in the older").first().waitFor();
    await workbench.screenshot("audit-comparison");
    assert.deepEqual(await violations(panel.locator("body")), [], "two side by side");

    const first = panel.getByRole("button", { name: /^Delete the audit of net\.py/ }).first();
    await first.click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await panel.getByRole("heading", { name: "Audits of this workspace (1)" }).waitFor();

    // What was kept is there when the editor starts again, and can be asked on.
    await page.reload();
    await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
    await workbench.command("EcoCompute: Show Audits");
    await panel.getByRole("heading", { name: "Audits of this workspace (1)" }).waitFor();
    await panel.getByRole("button", { name: /^Read the audit of net\.py/ }).click();
    await panel.locator("#audit-title:focus").waitFor();
    await panel.getByRole("textbox", { name: "Ask a follow-up question" }).waitFor();
  });
});

test("cancel in the panel closes the connection, and the panel says what happened", async (context) => {
  process.env["XDG_STATE_HOME"] = mkdtempSync(join(tmpdir(), "state-"));
  const held = heldBack();
  const gemini = await startGemini([held.answer]);
  context.after(() => gemini.close());
  const session = await startSession(context, { settings: { "ecocompute.audit.baseUrl": gemini.url } });
  const { workbench, folder } = session;
  writeFileSync(join(folder, "net.py"), auditedCode);
  await steps(context, session, async () => {
    await workbench.open("net.py");
    await startAudit(workbench, workbench.page);
    const panel: FrameLocator = workbench.report();
    await held.begun;
    await panel.getByRole("button", { name: "Cancel" }).click();
    await gemini.hungUp;
    await panel.getByText("The audit was cancelled").first().waitFor();
    await workbench.screenshot("audit-cancelled");
    await panel.getByRole("button", { name: "Dismiss" }).click();
    await panel.getByRole("button", { name: "Audit net.py" }).waitFor();
  });
});

/** By the link above the model, with a key and consent. */
async function startAudit(workbench: Workbench, page: Page): Promise<void> {
  await poll("the question for the key", async () => {
    await page.locator(".codelens-decoration a", { hasText: "Audit with Gemini" }).first().click();
    const question = page.locator(".quick-input-widget", { hasText: "Gemini API key" });
    return question.waitFor({ timeout: 15_000 }).then(
      () => true,
      () => undefined,
    );
  });
  await page.keyboard.type("secret-key");
  await page.keyboard.press("Enter");
  const dialog = page.locator(".monaco-dialog-box");
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  await workbench.report().getByRole("region", { name: "Running audit" }).waitFor();
}
