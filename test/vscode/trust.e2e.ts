import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { auditedCode } from "../harness/audited.ts";
import { startSession, steps } from "./session.ts";

test("in Restricted Mode findings and report work", async (context) => {
  const session = await startSession(context, {
    workspaceTrust: true,
    settings: { "security.workspace.trust.enabled": true },
  });
  const { workbench, folder } = session;
  await steps(context, session, async () => {
    mkdirSync(join(folder, ".vscode"));
    writeFileSync(join(folder, "net.py"), auditedCode);
    writeFileSync(join(folder, "silent.toml"), 'ignore = ["functional-dropout-always-on"]\n');
    writeFileSync(
      join(folder, ".vscode/settings.json"),
      JSON.stringify({ "ecocompute.configuration": "silent.toml" }),
    );
    await workbench.page.locator(".part.banner", { hasText: "Restricted Mode" }).waitFor();
    await workbench.open("net.py");
    await workbench.page.locator(".codelens-decoration", { hasText: "8.39 M params" }).first().waitFor();
    assert.equal(await workbench.page.getByText("Audit with Gemini").count(), 0);
    await workbench.open("block.py");
    await workbench.squiggles("error").first().waitFor();
    await workbench.command("EcoCompute: Open Report of File");
    await workbench.report().getByRole("status").getByText("block.py").waitFor();
    await workbench.screenshot("restricted-mode");
    await workbench.command("EcoCompute: Show Audits");
    await workbench.report().getByRole("heading", { name: "Audits are off in Restricted Mode" }).waitFor();
    await workbench.screenshot("restricted-audits");

    // A configuration file that the workspace's settings name counts once the folder is trusted.
    await workbench.command("Workspaces: Manage Workspace Trust");
    await workbench.page
      .locator(".workspace-trust-editor")
      .getByRole("button", { name: /^Trust/ })
      .first()
      .click();
    await workbench.squiggleCount(0, "error");
    assert.equal(await workbench.squiggles("error").count(), 0);
  });
});
