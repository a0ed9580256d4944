import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostNode } from "./install-host.ts";
import { codeServer } from "./paths.ts";
import { poll, run, startGroup } from "./processes.ts";

/** Settings that keep VS Code from doing anything but what a test asks for. */
const quietSettings = {
  "chat.disableAIFeatures": true,
  "editor.accessibilitySupport": "off",
  "editor.cursorBlinking": "solid",
  "editor.hover.delay": 100,
  "editor.minimap.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "git.enabled": false,
  "npm.fetchOnlinePackageInfo": false,
  "security.workspace.trust.banner": "always",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.dialogStyle": "custom",
  "workbench.editor.useModal": "off",
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

export interface ServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Installed before the start. */
  readonly vsix?: string;
  /** Without it every folder is trusted. */
  readonly workspaceTrust?: boolean;
  /** Lets the address name a suite to run in the extension host; it also keeps notifications away. */
  readonly smokeTestDriver?: boolean;
  readonly port?: number;
}

export interface VsCodeServer {
  readonly authority: string;
  /** Address of the workbench on a folder, with what else it should know. */
  url(folder: string, payload?: readonly (readonly [string, string])[]): string;
  /** Where installed extensions lie: what runs from there is this server's own. */
  readonly extensions: string;
  log(): string;
  stop(): Promise<void>;
}

/** Starts VS Code for the browser on a data folder of its own, on the loopback interface. */
export async function startVsCode(options: ServerOptions = {}): Promise<VsCodeServer> {
  const data = mkdtempSync(join(tmpdir(), "ecocompute-vscode-"));
  const userData = join(data, "user-data");
  const extensions = join(data, "extensions");
  mkdirSync(join(userData, "User"), { recursive: true });
  writeFileSync(
    join(userData, "User/settings.json"),
    JSON.stringify({ ...quietSettings, ...options.settings }),
  );

  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("VSCODE_") && name !== "NODE_OPTIONS"),
  );
  Object.assign(env, { HOME: data, XDG_CONFIG_HOME: data, XDG_DATA_HOME: data, EXTENSIONS_GALLERY: "{}" });
  const folders = [
    "--server-data-dir",
    join(data, "server"),
    "--user-data-dir",
    userData,
    "--extensions-dir",
    extensions,
  ];
  const main = join(codeServer, "out/server-main.js");
  const quiet = ["--accept-server-license-terms", "--disable-telemetry", "--disable-experiments"];
  if (options.vsix !== undefined) {
    await run(hostNode(), [main, ...folders, ...quiet, "--install-extension", options.vsix], {
      env,
      stdio: "ignore",
    });
  }

  const port = options.port ?? (await freePort());
  const logFile = join(data, "server.log");
  const out = openSync(logFile, "w");
  const group = startGroup(
    hostNode(),
    [
      main,
      ...folders,
      ...quiet,
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--without-connection-token",
      "--disable-getting-started-override",
      ...(options.workspaceTrust === true ? [] : ["--disable-workspace-trust"]),
      ...(options.smokeTestDriver === true ? ["--enable-smoke-test-driver"] : []),
    ],
    { env, stdio: ["ignore", out, out] },
  );
  closeSync(out);
  const log = (): string => readFileSync(logFile, "utf8");
  const clean = (): void => rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", clean);

  const base = `http://127.0.0.1:${port}`;
  await poll("VS Code to answer", async () => {
    if (group.child.exitCode !== null) throw new Error(`VS Code did not start:\n${log()}`);
    return fetch(`${base}/version`).then(
      (answer) => (answer.ok ? true : undefined),
      () => undefined,
    );
  });
  return {
    authority: `127.0.0.1:${port}`,
    url: (folder, payload) => {
      const query = new URLSearchParams({ folder });
      if (payload !== undefined) query.set("payload", JSON.stringify(payload));
      return `${base}/?${query}`;
    },
    extensions,
    log,
    stop: async () => {
      await group.stop();
      process.off("exit", clean);
      clean();
    },
  };
}

/** A copy of a folder that a test may change. */
export function temporaryCopy(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), "ecocompute-workspace-"));
  cpSync(folder, copy, { recursive: true });
  process.once("exit", () => rmSync(copy, { recursive: true, force: true }));
  return copy;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("the system gave no port"));
      });
    });
  });
