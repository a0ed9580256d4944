import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { codeServer, hostFolder, manifestFolder } from "./paths.ts";
import { run } from "./processes.ts";

/** The Node that runs the host: code-server needs its own version. */
export function hostNode(): string {
  const path = join(hostFolder, `node_modules/node-linux-${process.arch}/bin/node`);
  if (existsSync(path)) return path;
  throw new Error(
    `the browser VS Code needs Linux on x64 or arm64, and this is ${process.platform} on ${process.arch}`,
  );
}

const done = join(hostFolder, "installed");
const lock = join(manifestFolder, "package-lock.json");

/** Installs VS Code for the browser from the npm registry, once for each change of its lock file. About a minute. */
export async function installHost(): Promise<void> {
  if (existsSync(done) && readFileSync(done, "utf8") === readFileSync(lock, "utf8")) return;
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new Error(
      `the browser VS Code needs Linux on x64 or arm64, and this is ${process.platform} on ${process.arch}`,
    );
  }
  console.log("Installing VS Code for the browser from the npm registry (about a minute, 820 MB) ...");
  rmSync(hostFolder, { recursive: true, force: true });
  mkdirSync(hostFolder);
  for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
    cpSync(join(manifestFolder, file), join(hostFolder, file));
  }
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["ci", ...quiet], { cwd: hostFolder });
  // code-server ships VS Code without its dependencies; they are installed where its own install script puts them.
  const env = { ...process.env, PATH: `${dirname(hostNode())}${delimiter}${process.env["PATH"] ?? ""}` };
  for (const cwd of [codeServer, join(codeServer, "extensions")]) {
    await run("npm", ["install", "--omit=dev", "--no-save", ...quiet], { cwd, env });
    if (readdirSync(join(cwd, "node_modules")).length === 0)
      throw new Error(`nothing was installed in ${cwd}`);
  }
  cpSync(lock, done);
}
