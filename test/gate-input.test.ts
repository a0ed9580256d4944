import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { GateOptions } from "../server/src/cli/gate.ts";
import type { GateResult } from "../server/src/gate/gate-result.ts";
import { renderJunit } from "../server/src/gate/render-junit.ts";
import { renderMarkdown } from "../server/src/gate/render-markdown.ts";
import { renderGateSarif } from "../server/src/gate/render-sarif.ts";
import { renderGateText } from "../server/src/gate/render-text.ts";
import { perceptron } from "./gate/models.ts";
import { gateError, gateResult } from "./harness/gate.ts";
import { type TestRepository, testRepository } from "./harness/git-repository.ts";
import { testFolder } from "./harness/workspace.ts";

const net = perceptron(2048);
const wider = perceptron(4096);
const strict: Partial<GateOptions> = { gate: { budgetThreshold: 0 } };

/** A repository for the time of a test. */
async function using(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (repository: TestRepository) => Promise<void>,
): Promise<void> {
  const repository = testRepository(files);
  try {
    repository.git("checkout", "--quiet", "-b", "topic");
    await body(repository);
  } finally {
    repository.remove();
  }
}

const kinds = ({ notes }: GateResult): readonly string[] =>
  notes.filter(({ kind }) => kind !== "scenario").map(({ kind, file }) => `${kind} ${file}`);

test("a folder that is no repository, and a base that is not there, are errors in words", async () => {
  const folder = testFolder({ "net.py": net });
  try {
    assert.match(
      await gateError(folder.path),
      /^This is no repository that can be read: not a git repository/,
    );
  } finally {
    folder.remove();
  }
  await using({ "net.py": net }, async ({ path }) => {
    for (const base of [
      "nowhere",
      "--output=x",
      "-rf",
      "HEAD~40",
      "main; touch x",
      "$(touch x)",
      "main\ntouch x",
    ]) {
      const said = await gateError(path, { states: { kind: "revisions", base, head: undefined } });
      assert.ok(said.startsWith(`There is no revision \`${base}\` in this repository.`), said);
    }
    assert.equal(existsSync(join(path, "x")), false);
  });
});

test("in a shallow clone a base that was not fetched is an error that says how, and one without an ancestor a note", async () => {
  await using({ "net.py": net }, async (repository) => {
    repository.commit({ "net.py": wider });
    repository.git("checkout", "--quiet", "main");
    repository.commit({ "other.py": "x = 1\n" });
    const clone = testFolder();
    try {
      const git = (...args: readonly string[]): void => {
        execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
          cwd: clone.path,
          stdio: "pipe",
        });
      };
      git("clone", "--quiet", "--depth=1", "--branch=topic", `file://${repository.path}`, "clone");
      const path = join(clone.path, "clone");
      const states = { kind: "revisions", base: "origin/main", head: "HEAD" } as const;
      const said = await gateError(path, { states });
      assert.match(said, /This clone is shallow: fetch the whole history \(`fetch-depth: 0`\)/);
      git("-C", "clone", "fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main");
      const result = await gateResult(path, { states, ...strict });
      assert.deepEqual([result.verdict, kinds(result)], ["block", ["shallow null"]]);
      assert.match(renderMarkdown(result), /fetch&#45;depth|fetch-depth/);
    } finally {
      clone.remove();
    }
  });
});

test("a partial clone is told what it lacks, and fetches nothing by itself", async () => {
  await using({ "net.py": net }, async (repository) => {
    repository.commit({ "net.py": wider });
    repository.git("config", "uploadpack.allowFilter", "true");
    const clone = testFolder();
    try {
      const git = (...args: readonly string[]): string =>
        execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
          cwd: clone.path,
          stdio: "pipe",
          encoding: "utf8",
        });
      git("clone", "--quiet", "--filter=blob:none", "--branch=topic", `file://${repository.path}`, "clone");
      const path = join(clone.path, "clone");
      const objects = () => git("-C", "clone", "count-objects", "-v");
      const before = objects();
      const said = await gateError(path, {
        states: { kind: "revisions", base: "origin/main", head: "HEAD" },
      });
      assert.match(said, /^Files of these revisions are not in this clone: it is a partial one\./);
      assert.equal(objects(), before);
    } finally {
      clone.remove();
    }
  });
});

test("a repository of somebody else is an error that says what to do", async (t) => {
  if (process.getuid?.() !== 0) return t.diagnostic("only root can give files away");
  await using({ "net.py": net }, async ({ path }) => {
    execFileSync("chown", ["-R", "12345:12345", path]);
    assert.match(await gateError(path), /git config --global --add safe\.directory/);
    execFileSync("chown", ["-R", "0:0", path]);
  });
});

test("markers of a conflict are a finding, and models behind them do not pass in silence", async () => {
  await using({ "net.py": net }, async (repository) => {
    repository.commit({ "net.py": wider });
    repository.git("checkout", "--quiet", "main");
    repository.commit({ "net.py": perceptron(1024) });
    repository.git("checkout", "--quiet", "topic");
    assert.throws(() => repository.git("merge", "main"));
    const states = { kind: "revisions", base: "main", head: undefined } as const;
    const result = await gateResult(repository.path, { states, ...strict });
    assert.deepEqual(
      result.findings.new.map(({ rule, file, range }) => [rule, file, range.start.line]),
      [["merge-conflict", "net.py", 5]],
    );
    assert.deepEqual(kinds(result), ["conflict net.py"]);
    assert.deepEqual(
      result.reasons.map(({ budget, level }) => [budget, level]),
      [
        ["new-findings", "warn"],
        ["incomplete", "warn"],
      ],
    );
    const blocked = await gateResult(repository.path, { states, gate: { incomplete: "block" } });
    assert.equal(blocked.verdict, "block");
  });
});

test("a syntax error in head is a finding, one that was there before is none", async () => {
  await using({ "net.py": net, "old.py": "print 'two'\nimport torch\n" }, async (repository) => {
    repository.commit({
      "net.py": wider.replace("(self, x):", "(self, x:"),
      "old.py": "print 'three'\nimport torch\n",
    });
    const result = await gateResult(repository.path, strict);
    assert.deepEqual(
      result.findings.new.map(({ rule, file }) => [rule, file]),
      [["syntax-error", "net.py"]],
    );
    assert.deepEqual([result.verdict, result.models], ["warn", []]);
    assert.match(
      result.reasons.map(({ decision }) => decision).join(),
      /The models of net\.py were not compared/,
    );
  });
});

test("a model that is gone costs nothing any more", async () => {
  await using({ "net.py": net, "other.py": "x = 1\n" }, async (repository) => {
    repository.commit({ "net.py": null });
    const result = await gateResult(repository.path, strict);
    assert.deepEqual(
      result.models.map(({ name, status, headPath }) => [name, status, headPath]),
      [["Net", "removed", null]],
    );
    assert.equal(result.verdict, "pass");
    assert.ok((result.totals.costPerMonth.delta.value ?? 0) < 0);
  });
});

test("links, submodules, binary and huge files are told and not read", async () => {
  const inner = testRepository({ "inner.py": net });
  try {
    await using({ "net.py": net }, async (repository) => {
      symlinkSync("/etc/hostname", join(repository.path, "link.py"));
      symlinkSync("net.py", join(repository.path, "alias.py"));
      repository.git("submodule", "--quiet", "add", inner.path, "vendor");
      repository.write("binary.py", new Uint8Array([0, 1, 2, 3]));
      repository.write("huge.py", `import torch\nx = "${"y".repeat(21_000_000)}"\n`);
      repository.commit({ "net.py": wider });
      for (const head of [undefined, "HEAD"]) {
        const result = await gateResult(repository.path, {
          states: { kind: "revisions", base: "main", head },
          ...strict,
        });
        assert.deepEqual([...kinds(result)].sort(), [
          "binary binary.py",
          "huge huge.py",
          "submodule vendor",
          "symlink alias.py",
          "symlink link.py",
        ]);
        assert.equal(result.models.length, 1);
      }
    });
  } finally {
    inner.remove();
  }
});

test("a configuration that cannot be read fails closed, and is told in audit mode", async () => {
  for (const broken of ["[gate]\nbudget_threshold = 'much'\n", "[gate\n", "[gate.budgets]\nmonthly = 3\n"])
    await using({ "net.py": net }, async (repository) => {
      repository.commit({ "net.py": wider, "ecocompute.toml": broken });
      assert.match(
        await gateError(repository.path),
        /^The configuration cannot be used, and what it may forbid must not pass:\necocompute\.toml:\d+: /,
      );
      const audit = await gateResult(repository.path, { gate: { mode: "audit" } });
      assert.deepEqual(kinds(audit), ["config ecocompute.toml"]);
    });
});

test("a change does not set its own budget", async () => {
  const limit = (usd: number): string => `[tool.ecocompute.gate]\nbudget_threshold = ${usd}\n`;
  await using({ "net.py": net, "pyproject.toml": limit(0) }, async (repository) => {
    repository.commit({ "net.py": wider, "pyproject.toml": limit(1_000_000) });
    const result = await gateResult(repository.path);
    assert.deepEqual([result.verdict, kinds(result)], ["block", ["config pyproject.toml"]]);
  });
  await using({ "net.py": net }, async (repository) => {
    repository.commit({ "net.py": wider, "pyproject.toml": limit(0) });
    assert.equal(
      (await gateResult(repository.path)).verdict,
      "block",
      "one that sets the first budget is held to it",
    );
  });
});

test("a reason lets costs pass and leaves a trace: by comment, label and option", async () => {
  const commented = wider.replace("class Net", "# ecocompute: allow-cost wanted by search\nclass Net");
  await using({ "net.py": net }, async (repository) => {
    repository.commit({ "net.py": wider });
    const label = await gateResult(repository.path, { ...strict, labels: ["ecocompute:allow-cost", "bug"] });
    assert.deepEqual(
      [label.verdict, label.overrides[0]?.kind, label.reasons[0]?.allowed?.kind],
      ["pass", "label", "label"],
    );
    assert.equal((await gateResult(repository.path, { ...strict, labels: ["bug"] })).verdict, "block");
    const option = await gateResult(repository.path, { ...strict, overrideReason: "quarterly retraining" });
    assert.deepEqual([option.verdict, option.overrides[0]?.reason], ["pass", "quarterly retraining"]);
    assert.match(renderMarkdown(option), /quarterly retraining/);
    repository.commit({ "net.py": commented });
    const comment = await gateResult(repository.path, strict);
    assert.deepEqual(
      [comment.verdict, comment.overrides],
      [
        "pass",
        [{ kind: "comment", name: "allow-cost", reason: "wanted by search", file: "net.py", line: 5 }],
      ],
    );
    repository.commit({ "net.py": commented.replace(" wanted by search", "") });
    const silent = await gateResult(repository.path, strict);
    assert.equal(silent.verdict, "block");
    assert.match(silent.notes.map(({ message }) => message).join(), /gives no reason: it allows nothing/);
  });
});

test("nothing that a repository holds is run: no hooks, filters, drivers, monitors, signers", async () => {
  await using({ "net.py": net, ".gitattributes": "*.py diff=evil filter=evil\n" }, async (repository) => {
    const { path, git } = repository;
    const trace = join(path, ".git", "ran");
    const program = join(path, ".git", "evil");
    repository.write(".git/evil", `#!/bin/sh\necho ran >> '${trace}'\ncat\n`);
    chmodSync(program, 0o755);
    repository.commit({ "net.py": wider, "moved.py": perceptron(64) });
    for (const key of [
      "core.fsmonitor",
      "core.sshCommand",
      "core.pager",
      "core.editor",
      "diff.external",
      "diff.evil.command",
      "diff.evil.textconv",
      "filter.evil.clean",
      "filter.evil.smudge",
      "filter.evil.process",
      "gpg.program",
      "credential.helper",
    ])
      git("config", key, program);
    git("config", "filter.evil.required", "true");
    repository.write(".git/hooks/post-index-change", `#!/bin/sh\necho hook >> '${trace}'\n`);
    chmodSync(join(path, ".git/hooks/post-index-change"), 0o755);
    repository.write("net.py", perceptron(8192));
    const result = await gateResult(path, strict);
    assert.equal(result.verdict, "block");
    assert.equal(existsSync(trace), false);
  });
});

/** Names that try to leave their place, wherever they are shown. */
const hostileNames = [
  "-rf.py",
  "--output=x.py",
  "a b.py",
  "new\nline.py",
  "::error::x.py",
  "a|b.py",
  "`whoami`.py",
  "$(touch x).py",
  "\u001b[31mred.py",
  "<img src=x onerror=alert(1)>.py",
  "&amp;.py",
  '"quoted".py',
  "'; drop.py",
  "@everyone.py",
  "\u202etxt.py",
  ":(top)x.py",
  "*.py",
  "tab\there.py",
  "###.py",
  "](http:evil.py",
];

test("file names that try to leave their place stay in it, in every format", async () => {
  await using(Object.fromEntries(hostileNames.map((name) => [name, net])), async (repository) => {
    repository.commit(Object.fromEntries(hostileNames.map((name) => [name, wider])));
    const result = await gateResult(repository.path, strict);
    assert.deepEqual(
      result.models.map(({ file }) => file).sort(),
      [...hostileNames].sort(),
      "each was compared under its own name",
    );
    const plain = { bold: same, dim: same, red: same, yellow: same, blue: same, green: same, cyan: same };
    const text = renderGateText(result, plain);
    assert.doesNotMatch(text, hidden);
    assert.doesNotMatch(text, /^::/m);
    const markdown = renderMarkdown(result);
    assert.doesNotMatch(markdown, hidden);
    assert.doesNotMatch(markdown, /<img|@everyone|`whoami`/);
    const junit = renderJunit(result);
    assert.doesNotMatch(junit, /[^\n\P{Cc}]/u);
    assert.doesNotMatch(junit, /<img/);
    assert.equal([...junit.matchAll(/<testcase /g)].length, hostileNames.length + 1);
    const sarif = JSON.stringify(renderGateSarif(result, "file:///project/"));
    assert.doesNotMatch(sarif, /"uri":"[^"]*[<>| ]/);
    assert.equal(existsSync(join(repository.path, "x")), false);
  });
});

/** Controls but line breaks, and the mark that turns text around. */
const hidden = /[^\n\P{Cc}]|\u202e/u;

const same = (text: string): string => text;
