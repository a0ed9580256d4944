/** Packs the command line for npm: the bundle and its papers, with a manifest that asks for no dependencies. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const staged = join(root, "dist/npm");
const shipped = ["dist/cli.js", "dist/THIRD-PARTY-NOTICES.txt", "README.md", "LICENSE"];

const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
if (typeof manifest !== "object" || manifest === null) throw new Error("package.json holds no object");
const fields = new Map<string, unknown>(Object.entries(manifest));
const kept = [
  "name",
  "version",
  "description",
  "license",
  "repository",
  "bugs",
  "homepage",
  "keywords",
  "type",
  "bin",
];

rmSync(staged, { recursive: true, force: true });
for (const path of shipped) {
  mkdirSync(join(staged, path, ".."), { recursive: true });
  cpSync(join(root, path), join(staged, path));
}
const own = Object.fromEntries(kept.map((field) => [field, fields.get(field)]));
writeFileSync(
  join(staged, "package.json"),
  `${JSON.stringify({ ...own, engines: { node: ">=20" }, files: shipped }, null, 2)}\n`,
);
execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", root, staged], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
