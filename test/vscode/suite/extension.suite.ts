import assert from "node:assert/strict";
import { suite, teardown, test } from "mocha";
import * as vscode from "vscode";
import {
  actionsAt,
  diagnosticsOf,
  openFile,
  replaceText,
  serverProcesses,
  setting,
  until,
} from "./helpers.ts";

const extension = (): vscode.Extension<unknown> => {
  const found = vscode.extensions.getExtension("ecocompute.ecocompute");
  assert.ok(found !== undefined, "the extension is not installed");
  return found;
};

const sin = [
  "import torch.nn as nn",
  "import torch.nn.functional as F",
  "",
  "",
  "class Head(nn.Module):",
  "    def forward(self, x):",
  "        return F.dropout(x, p=0.1)",
  "",
].join("\n");
const rule = "functional-dropout-always-on";

teardown(async () => {
  await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
});

suite("activation", () => {
  test("other languages leave it asleep, Python wakes it", async () => {
    await openFile("notes.txt");
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(extension().isActive, false, "active before any Python file was opened");
    const { document } = await openFile("models/block.py");
    await until("the extension to be active", () => extension().isActive);
    const active = Date.now();
    await diagnosticsOf(document, (all) => all.length > 0);
    console.log(`[suite] first findings ${Date.now() - active} ms after activation`);
  });
});

suite("in the editor", () => {
  test("every command of the manifest is there", async () => {
    const manifest: { readonly contributes: { readonly commands: readonly { readonly command: string }[] } } =
      extension().packageJSON;
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !registered.has(command));
    assert.ok(manifest.contributes.commands.length >= 6);
    assert.deepEqual(missing, []);
  });

  test("a finding has severity, source, and a link to the page of its rule", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    const [found, ...others] = await diagnosticsOf(document, (all) => all.length > 0);
    assert.equal(others.length, 0);
    assert.equal(found?.source, "EcoCompute");
    assert.equal(found?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(document.getText(found?.range), "F.dropout(x, p=0.1)");
    assert.ok(typeof found?.code === "object", "the code carries no link");
    assert.equal(found.code.value, rule);
    assert.match(found.code.target.toString(), new RegExp(`^https://.*${rule}`));
  });

  test("a quick fix changes the text and the finding goes", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    const [found] = await diagnosticsOf(document, (all) => all.length > 0);
    assert.ok(found !== undefined);
    const actions = await actionsAt(document, found.range, vscode.CodeActionKind.QuickFix);
    const fix = actions.find((action) => action.title.includes("training=self.training"));
    assert.ok(fix?.edit !== undefined, actions.map((action) => action.title).join(" | "));
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /F\.dropout\(x, p=0\.1, training=self\.training\)/);
    await diagnosticsOf(document, (all) => all.length === 0);
  });

  test("safe fixes are applied on save when the user asks for it", async () => {
    const { document } = await openFile("losses.py");
    await diagnosticsOf(document, (all) => all.length === 2);
    await setting("editor.codeActionsOnSave", { "source.fixAll.ecocompute": "explicit" }, async () => {
      await vscode.window.showTextDocument(document);
      await replaceText(document, `${document.getText()}\n`);
      await vscode.commands.executeCommand("workbench.action.files.save");
      await until("the fixes on save", () => !document.getText().includes("log_softmax"));
    });
    await diagnosticsOf(document, (all) => all.length === 0);
  });

  test("a hover explains the finding", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    const [found] = await diagnosticsOf(document, (all) => all.length > 0);
    assert.ok(found !== undefined);
    const hovers = await vscode.commands.executeCommand<readonly vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      found.range.start,
    );
    const text = hovers
      .flatMap((hover) => hover.contents)
      .map((content) => (typeof content === "string" ? content : content.value))
      .join("\n");
    assert.match(text, /functional-dropout-always-on/);
    assert.match(text, /self\.training/);
  });

  test("settings switch a rule off and on without a restart", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    await diagnosticsOf(document, (all) => all.length === 1);
    await setting("ecocompute.rules", { [rule]: "off" }, () =>
      diagnosticsOf(document, (all) => all.length === 0),
    );
    await diagnosticsOf(document, (all) => all.length === 1);
    await setting("ecocompute.rules", { [rule]: "hint" }, () =>
      diagnosticsOf(document, ([first]) => first?.severity === vscode.DiagnosticSeverity.Hint),
    );
    await setting("ecocompute.enable", false, () => diagnosticsOf(document, (all) => all.length === 0));
    await diagnosticsOf(document, (all) => all.length === 1);
  });

  test("configuration in pyproject.toml is followed when it changes", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    await diagnosticsOf(document, (all) => all.length === 1);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder !== undefined);
    const config = vscode.Uri.joinPath(folder, "pyproject.toml");
    await vscode.workspace.fs.writeFile(config, Buffer.from(`[tool.ecocompute]\nignore = ["${rule}"]\n`));
    await diagnosticsOf(document, (all) => all.length === 0);
    await vscode.workspace.fs.delete(config);
    await diagnosticsOf(document, (all) => all.length === 1);
  });

  test("an unsaved file is checked", async () => {
    const document = await vscode.workspace.openTextDocument({ language: "python", content: sin });
    await vscode.window.showTextDocument(document);
    await diagnosticsOf(document, (all) => all.length === 1);
    await replaceText(document, "");
  });

  test("the server is started again after a crash and after a restart", async function () {
    this.timeout(40_000);
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    await diagnosticsOf(document, (all) => all.length === 1);
    const [first] = await serverProcesses();
    assert.ok(first !== undefined, "no server process found");
    process.kill(first, "SIGKILL");
    await until("a new server", async () => (await serverProcesses()).some((pid) => pid !== first));
    await replaceText(document, sin.replace("p=0.1", "p=0.2"));
    await diagnosticsOf(document, (all) => all.some(({ range }) => document.getText(range).includes("0.2")));

    const [second] = await serverProcesses();
    await vscode.commands.executeCommand("ecocompute.restart");
    await until("one new server", async () => {
      const pids = await serverProcesses();
      return pids.length === 1 && pids[0] !== second;
    });
    await replaceText(document, sin.replace("p=0.1", "p=0.3"));
    await diagnosticsOf(document, (all) => all.some(({ range }) => document.getText(range).includes("0.3")));
  });

  test("a server that hangs is replaced, and does not stay behind", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    await diagnosticsOf(document, (all) => all.length === 1);
    const [hung] = await serverProcesses();
    assert.ok(hung !== undefined, "no server process found");
    process.kill(hung, "SIGSTOP");
    await vscode.commands.executeCommand("ecocompute.restart");
    await until("one new server", async () => {
      const pids = await serverProcesses();
      return pids.length === 1 && pids[0] !== hung;
    });
    await replaceText(document, sin.replace("p=0.1", "p=0.4"));
    await diagnosticsOf(document, (all) => all.some(({ range }) => document.getText(range).includes("0.4")));
  });

  test("debug information names versions and holds no source text", async () => {
    const { document } = await openFile("head.py");
    await replaceText(document, sin);
    await diagnosticsOf(document, (all) => all.length === 1);
    await vscode.commands.executeCommand("ecocompute.printDebugInformation");
    const text = vscode.window.activeTextEditor?.document.getText() ?? "";
    assert.match(text, /^EcoCompute: \d+\.\d+\.\d+$/m);
    assert.match(text, /^VS Code: /m);
    assert.ok(!text.includes("F.dropout(x"), text);
    assert.ok(!/^Server: no answer/m.test(text), text);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  });
});
