/**
 * Opens VS Code with the extension on `examples/`: the desktop `code` if there is one, else VS Code for the browser.
 * `--browser` asks for the latter, `--port N` for a fixed port.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installHost } from "./install-host.ts";
import { root } from "./paths.ts";
import { exitOnSignals, run } from "./processes.ts";
import { packagedExtension } from "./session.ts";
import { startVsCode } from "./vscode-server.ts";

const { values } = parseArgs({ options: { browser: { type: "boolean" }, port: { type: "string" } } });
const windows = process.platform === "win32";
const examples = join(root, "examples");

if (
  values.browser !== true &&
  spawnSync("code", ["--version"], { stdio: "ignore", shell: windows }).status === 0
) {
  await run("npm", ["run", "--silent", "build"], { cwd: root, shell: windows });
  await run("code", ["--new-window", `--extensionDevelopmentPath=${root}`, examples], { shell: windows });
  console.log("VS Code opens on examples/. EcoCompute works there and in no other window.");
} else {
  exitOnSignals();
  await installHost();
  await run("npm", ["run", "--silent", "package"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const server = await startVsCode({
    vsix: packagedExtension(),
    settings: { "telemetry.telemetryLevel": "off" },
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  });
  console.log(`\nOpen ${server.url(examples)}\n\nCtrl-C ends it.`);
  await new Promise(() => setInterval(() => undefined, 60_000));
}
