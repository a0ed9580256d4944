/** Lays out what a release of the GitHub Action holds, in `dist/action`: its commit is what a tag such as `v1` names. */
import { stagePackage } from "./stage-package.ts";

const shipped = [
  "action.yml",
  "dist/action.mjs",
  "dist/cli.js",
  "dist/THIRD-PARTY-NOTICES.txt",
  "README.md",
  "LICENSE",
];

const staged = stagePackage("action", shipped, ["name", "version", "license", "type"], { private: true });
process.stdout.write(`The action is in ${staged}\n`);
