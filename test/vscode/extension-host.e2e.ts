import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSuite } from "./build-suite.ts";
import { launchChromium } from "./chromium.ts";
import { installHost } from "./install-host.ts";
import { root, workspaceTemplate } from "./paths.ts";
import { exitOnSignals } from "./processes.ts";
import { startVsCode, temporaryCopy } from "./vscode-server.ts";

/** Milliseconds for all of the suite. */
const limit = 150_000;

test("the suite passes in the extension host of VS Code", { timeout: limit + 60_000 }, async (context) => {
  exitOnSignals();
  await installHost();
  const suite = await buildSuite();
  const server = await startVsCode({ smokeTestDriver: true });
  context.after(() => server.stop());
  const browser = await launchChromium();
  context.after(() => browser.close());

  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const lines: string[] = [];
  await page.exposeFunction("codeAutomationLog", (_kind: string, args: readonly unknown[]) => {
    lines.push(args.map(String).join(" "));
  });
  const ended = new Promise<number>((resolve) => {
    void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
  });
  const remote = (path: string): string => `vscode-remote://${server.authority}${path}`;
  await page.goto(
    server.url(temporaryCopy(workspaceTemplate), [
      ["skipWelcome", "true"],
      ["extensionDevelopmentPath", remote(root)],
      ["extensionTestsPath", remote(suite)],
    ]),
  );
  const late = new Promise<string>((resolve) => setTimeout(resolve, limit, "still running").unref());
  const outcome = await Promise.race([ended, late]);
  const log = lines.filter((line) => line.includes("[suite]")).join("\n");
  console.log(log);
  assert.equal(outcome, 0, `the suite ended with ${outcome}:\n${log}`);
});
