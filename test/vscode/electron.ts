/**
 * Runs the suite in a desktop VS Code: in the one named by `VSCODE_EXECUTABLE`, else in one that is downloaded for the
 * purpose. Where neither is possible, `npm run test:vscode` runs the same suite in VS Code for the browser.
 */
import { runTests } from "@vscode/test-electron";
import { buildSuite } from "./build-suite.ts";
import { root, workspaceTemplate } from "./paths.ts";
import { temporaryCopy } from "./vscode-server.ts";

const executable = process.env["VSCODE_EXECUTABLE"];
process.exitCode = await runTests({
  ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
  extensionDevelopmentPath: root,
  extensionTestsPath: await buildSuite(),
  launchArgs: [temporaryCopy(workspaceTemplate), "--disable-extensions", "--disable-workspace-trust"],
});
