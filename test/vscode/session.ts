import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { launchChromium } from "./chromium.ts";
import { installHost } from "./install-host.ts";
import { root, workspaceTemplate } from "./paths.ts";
import { exitOnSignals } from "./processes.ts";
import { type ServerOptions, startVsCode, temporaryCopy, type VsCodeServer } from "./vscode-server.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

export interface Session {
  readonly workbench: Workbench;
  readonly server: VsCodeServer;
  /** The folder that is open: a copy of the template, the test's own. */
  readonly folder: string;
}

/** The packaged extension that `npm run package` left at the root. */
export function packagedExtension(): string {
  const found = readdirSync(root).filter((name) => name.endsWith(".vsix"));
  const [vsix, ...others] = found;
  if (vsix === undefined || others.length > 0) {
    throw new Error(`want one packaged extension at the root, found ${found.length}: run npm run package`);
  }
  return join(root, vsix);
}

/**
 * VS Code with the packaged extension on a copy of the workspace, in a browser. It ends with the test, and leaves a
 * screenshot when the test failed.
 */
export async function startSession(context: TestContext, options: ServerOptions = {}): Promise<Session> {
  exitOnSignals();
  await installHost();
  const folder = temporaryCopy(workspaceTemplate);
  const server = await startVsCode({ vsix: packagedExtension(), ...options });
  context.after(() => server.stop());
  const browser = await launchChromium();
  context.after(() => browser.close());
  const workbench = await openWorkbench(browser, server, folder);
  return { workbench, server, folder };
}

/** Runs the steps of a test; a failing one leaves a screenshot behind. */
export async function steps(
  context: TestContext,
  { workbench }: Session,
  play: () => Promise<void>,
): Promise<void> {
  try {
    await play();
  } catch (error) {
    await workbench.screenshot(`failed ${context.name}`.replaceAll(" ", "-"));
    throw error;
  }
}
