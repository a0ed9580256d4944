/** Packs the command line for npm: the bundle and its papers, with a manifest that asks for no dependencies. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { stagePackage } from "./stage-package.ts";

const shipped = ["dist/cli.js", "dist/THIRD-PARTY-NOTICES.txt", "README.md", "LICENSE"];

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

const staged = stagePackage("npm", shipped, kept, { engines: { node: ">=20" }, files: shipped });
execFileSync(
  "npm",
  ["pack", "--ignore-scripts", "--pack-destination", join(import.meta.dirname, "../.."), staged],
  {
    stdio: "inherit",
    shell: process.platform === "win32",
  },
);
