import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { auditedCode } from "../harness/audited.ts";
import { type Answer, refusal, startGemini } from "../harness/loopback-gemini.ts";
import { startSession, steps } from "./session.ts";

const counted: Answer = (_, response) =>
  void response.writeHead(200, { "content-type": "application/json" }).end('{"totalTokens": 2}');

test("a question is answered on this machine; a key is tested, with no code sent", async (context) => {
  process.env["XDG_STATE_HOME"] = mkdtempSync(join(tmpdir(), "state-"));
  const gemini = await startGemini([counted, refusal(401)]);
  context.after(() => gemini.close());
  const session = await startSession(context, { settings: { "ecocompute.audit.baseUrl": gemini.url } });
  const { workbench, folder } = session;
  const { page } = workbench;
  writeFileSync(join(folder, "net.py"), auditedCode);
  const toast = (text: string) => page.locator(".notification-toast", { hasText: text });
  await steps(context, session, async () => {
    await workbench.open("net.py");
    await page.locator(".codelens-decoration", { hasText: "Audit with Gemini" }).first().waitFor();
    await workbench.command("EcoCompute: Ask About This File");
    await page.locator(".quick-input-widget", { hasText: "Ask about this file" }).waitFor();
    await page.keyboard.type("How many parameters are there?");
    await page.keyboard.press("Enter");
    await toast("the engine counts parameters itself, at no cost").waitFor();
    await workbench.report().getByText("8,393,728").waitFor();
    await workbench.screenshot("audit-answered-here");
    assert.equal(gemini.connections(), 0, "no key, no network, no socket");

    await workbench.command("EcoCompute: Test Gemini API Key");
    await page.locator(".quick-input-widget", { hasText: "Gemini API key" }).waitFor();
    await page.keyboard.type("secret-key");
    await page.keyboard.press("Enter");
    const dialog = page.locator(".monaco-dialog-box", { hasText: "Send your key to 127.0.0.1" });
    await dialog.getByRole("button", { name: "Send the Key" }).click();
    await toast("Gemini can be used").waitFor();
    const [asked] = gemini.requests;
    assert.match(asked?.path ?? "", /:countTokens$/);
    assert.equal(asked?.headers["x-goog-api-key"], "secret-key");
    assert.ok(!JSON.stringify(asked?.body).includes("nn."));

    await workbench.command("EcoCompute: Test Gemini API Key");
    await dialog.getByRole("button", { name: "Send the Key" }).click();
    // Where toasts are many, the editor may keep a further one in its list.
    await workbench.command("Notifications: Show Notifications");
    await page.locator(".notifications-center", { hasText: "does not accept the key" }).waitFor();
    await workbench.screenshot("audit-key-refused");
  });
});
