/**
 * Lays out what a release holds, in `dist/action`: its commit is what a tag such as `v1` names. GitHub runs the action
 * from there, pre-commit installs the command line from there, and the image is built from it.
 */
import { stagePackage } from "./stage-package.ts";

const shipped = [
  "action.yml",
  ".pre-commit-hooks.yaml",
  "Dockerfile",
  "dist/action.mjs",
  "dist/cli.js",
  "dist/THIRD-PARTY-NOTICES.txt",
  "README.md",
  "LICENSE",
];

const kept = ["name", "version", "description", "license", "repository", "type", "bin"];

const staged = stagePackage("action", shipped, kept, {
  engines: { node: ">=20" },
  files: ["dist/cli.js", "dist/THIRD-PARTY-NOTICES.txt"],
});
process.stdout.write(`The release is in ${staged}\n`);
