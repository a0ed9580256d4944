import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import { built } from "./harness/built.ts";
import { testFolder } from "./harness/workspace.ts";

const staged = "dist/action";
before(() => {
  built("action.mjs");
  execFileSync(process.execPath, ["--import", "tsx", "server/tools/pack-action.ts"], { stdio: "pipe" });
});

const examples = "server/docs/ci";
const yamlOf = (path: string) => parse(readFileSync(path, "utf8"));

describe("a release", () => {
  test("holds what the action runs, and a manifest that asks for no packages", () => {
    assert.ok(existsSync(join(staged, yamlOf("action.yml").runs.main)));
    const manifest = JSON.parse(readFileSync(join(staged, "package.json"), "utf8"));
    assert.equal(manifest.type, "module");
    assert.ok(existsSync(join(staged, manifest.bin.ecocompute)));
    assert.deepEqual(
      Object.keys(manifest).filter((key) => /dependencies|scripts/i.test(key)),
      [],
    );
    assert.match(readFileSync("package.json", "utf8"), /"pack:action"/);
  });

  test("is installed by pre-commit's way, and what its hooks start is there", () => {
    const folder = testFolder();
    try {
      const npm = (...args: readonly string[]): string =>
        execFileSync("npm", ["--offline", "--no-audit", "--no-fund", ...args], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        });
      const [packed] = JSON.parse(npm("pack", "--json", "--pack-destination", folder.path, resolve(staged)));
      npm(
        "install",
        "--global",
        "--ignore-scripts",
        "--prefix",
        folder.path,
        join(folder.path, packed.filename),
      );
      const hooks: readonly { readonly entry: string; readonly language: string }[] = yamlOf(
        join(staged, ".pre-commit-hooks.yaml"),
      );
      assert.equal(hooks.length, 2);
      for (const { entry, language } of hooks) {
        const [program = "", command = ""] = entry.split(" ");
        assert.equal(language, "node");
        const help = execFileSync(join(folder.path, "bin", program), [command, "--help"], {
          encoding: "utf8",
        });
        assert.match(help, new RegExp(`^Usage: ecocompute ${command}`));
      }
    } finally {
      folder.remove();
    }
  });

  test("is what the Dockerfile copies", () => {
    const lines = readFileSync(join(staged, "Dockerfile"), "utf8").split("\n");
    const copied = lines
      .filter((line) => line.startsWith("COPY "))
      .flatMap((line) => line.split(" ").slice(1, -1));
    assert.ok(copied.length >= 3);
    for (const path of copied) assert.ok(existsSync(join(staged, path)), path);
    assert.ok(lines.includes("USER node"));
  });
});

describe("the examples for CI", () => {
  const names = readdirSync(examples).filter((name) => name.endsWith(".yml"));
  const inputs = Object.keys(yamlOf("action.yml").inputs);

  for (const name of names)
    test(`${name} is YAML that asks for what there is`, () => {
      const text = readFileSync(join(examples, name), "utf8");
      const file = parse(text);
      const steps: readonly Record<string, Record<string, unknown> | undefined>[] = Object.values<{
        readonly steps?: readonly Record<string, Record<string, unknown> | undefined>[];
      }>(file.jobs ?? {}).flatMap(({ steps: of = [] }) => of);
      for (const { uses, with: given = {} } of steps)
        if (String(uses).startsWith("ecocompute/"))
          for (const key of Object.keys(given)) assert.ok(inputs.includes(key), `${name}: ${key}`);
      assert.doesNotMatch(text, /pull_request_target|contents: write|write-all/);
      // What a person wrote never becomes part of a script.
      for (const { run } of steps) assert.doesNotMatch(String(run), /\$\{\{/);
    });

  test("no job with a token that writes checks out or runs what a fork wrote", () => {
    const { jobs, permissions } = yamlOf(join(examples, "github-gate-forks.yml"));
    assert.deepEqual(permissions, { actions: "read", "pull-requests": "write" });
    const used = jobs.comment.steps.map(({ uses }: { readonly uses: string }) => uses.split("@")[0]);
    assert.deepEqual(used, ["actions/download-artifact", "ecocompute/ecocompute"]);
    assert.ok(jobs.comment.steps.every((step: object) => !("run" in step)));
  });

  test("their commands are ones that there are", () => {
    const text = readdirSync(examples)
      .map((name) => readFileSync(join(examples, name), "utf8"))
      .join("\n");
    const commands = [...text.matchAll(/ecocompute@[\d.]+ gate (.*)/g)].map(([, rest]) => rest ?? "");
    assert.ok(commands.length >= 6);
    const help = execFileSync(process.execPath, [built("cli.js"), "gate", "--help"], { encoding: "utf8" });
    for (const flag of commands.flatMap((line) => line.match(/--[a-z-]+/g) ?? []))
      assert.ok(help.includes(flag), flag);
  });
});

describe("the page of the gate", () => {
  const page = readFileSync("server/docs/gate.md", "utf8");

  test("shows configurations that hold as they stand", () => {
    const blocks = [...page.matchAll(/^( *)```toml\n([\s\S]*?)^ *```$/gm)].map(([, indent = "", text = ""]) =>
      text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    );
    assert.ok(blocks.length >= 2);
    for (const text of blocks) {
      const folder = testFolder({
        "a/pyproject.toml": text,
        "b/pyproject.toml": text,
        "b/m.py": "import torch\n",
      });
      try {
        execFileSync(process.execPath, [built("cli.js"), "gate", "--base-dir", "a", "--head-dir", "b"], {
          cwd: folder.path,
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        });
      } finally {
        folder.remove();
      }
    }
  });

  test("leads only to files that there are", () => {
    const links = [...page.matchAll(/\]\((?!https:|#)([^)#]+)/g)].map(([, path]) => path ?? "");
    assert.ok(links.length >= 8);
    for (const path of links) assert.ok(existsSync(join("server/docs", path)), path);
  });
});
