import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { applyEdits } from "../server/src/base/text.ts";
import type { NamedRule } from "../server/src/rules/_rule.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { lint } from "./harness/lint.ts";

/** Programs of ours, one folder per rule: each holds the sin and says what its fix must keep or change. */
const folder = "test/fixes";

interface Program {
  readonly name: string;
  readonly rule: NamedRule;
  readonly before: string;
  readonly after: string;
  /** How many fixes were applied, and whether all of them call themselves safe. */
  readonly fixes: number;
  readonly allSafe: boolean;
}

function programsOf(rule: NamedRule): readonly Program[] {
  const files = readdirSync(folder, { withFileTypes: true }).some((entry) => entry.name === rule.id)
    ? readdirSync(`${folder}/${rule.id}`).filter((file) => file.endsWith(".py"))
    : [];
  return files.map((file) => {
    const text = readFileSync(`${folder}/${rule.id}/${file}`, "utf8");
    return { name: `${rule.id}/${file}`, rule, before: text, ...fixAll(text, rule) };
  });
}

/** Applies the first fix of every finding of the rule, one after the other, until there is none left. */
function fixAll(text: string, rule: NamedRule): Pick<Program, "after" | "fixes" | "allSafe"> {
  let after = text;
  let allSafe = true;
  for (let fixes = 0; ; fixes++) {
    assert.ok(fixes < 50, `the fixes of ${rule.id} do not converge`);
    // All rules run: what some say depends on what the others find.
    const own = lint(after).filter((finding) => finding.rule === rule);
    const fix = own.flatMap((finding) => finding.fixes.slice(0, 1))[0];
    if (fix === undefined) return { after, fixes, allSafe };
    allSafe &&= fix.safety === "safe";
    after = applyEdits(after, fix.edits);
  }
}

/** The first Python that can import torch. Without one nothing is proven, so its absence fails. */
function pythonWithTorch(): string {
  const found = ["/usr/bin/python3", "python3", "python"].find(
    (name) => spawnSync(name, ["-c", "import torch"]).status === 0,
  );
  assert.ok(
    found !== undefined,
    "no Python here can import torch, so no fix is proven: install Debian's python3-torch (the README's test command does)",
  );
  return found;
}

const isResults = (
  value: unknown,
): value is readonly { readonly name: string; readonly error: string | null }[] =>
  Array.isArray(value) &&
  value.every(
    (each: unknown) => typeof each === "object" && each !== null && "name" in each && "error" in each,
  );

/** Runs each program before and after: what went wrong by name, `null` where nothing did. */
function prove(
  programs: readonly Pick<Program, "name" | "before" | "after">[],
): ReadonlyMap<string, string | null> {
  const input = JSON.stringify(
    programs.map(({ name, before: old, after }) => ({ name, before: old, after })),
  );
  const run = spawnSync(pythonWithTorch(), [`${folder}/_prove.py`], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  assert.equal(run.status, 0, run.stderr);
  const results: unknown = JSON.parse(run.stdout);
  assert.ok(isResults(results));
  return new Map(results.map((each) => [each.name, each.error]));
}

const programs = rules.flatMap(programsOf);

describe("fixes under PyTorch", () => {
  let results: ReadonlyMap<string, string | null> = new Map();
  before(() => {
    results = prove(programs);
  });

  for (const rule of rules.filter((each) => each.fix !== "none"))
    test(`${rule.id} has a program for its fixes`, () => {
      assert.ok(programs.some((program) => program.rule === rule));
    });

  for (const program of programs)
    test(program.name, () => {
      const expected = Number(/^# fixes: (\d+)$/m.exec(program.before)?.[1]);
      assert.equal(program.fixes, expected, "the number of fixes applied");
      // A fix that is meant to change what the program computes must not call itself safe.
      const changes = /^def prove\(/m.test(program.before);
      assert.ok(!(changes && program.allSafe), "a safe fix must keep the outputs");
      const error = results.get(program.name);
      assert.equal(error, null, `${error ?? "it was not run"}\nThe fixed program:\n${program.after}`);
    });
});

test("a wrong fix is found out", () => {
  const source = (call: string): string =>
    `import torch.nn.functional as F\nx = values(1, 2, 4, 8)\ndef outputs():\n    return F.scaled_dot_product_attention(x, x, x${call})\n`;
  const planted = (name: string, after: string) => ({ name, before: source(", is_causal=True"), after });
  const results = prove([
    planted("the mask is lost", source("")),
    planted("it does not run", source(", nonsense=1")),
    planted("nothing changes", source(", is_causal=True")),
  ]);
  assert.match(results.get("the mask is lost") ?? "", /differs by/);
  assert.match(results.get("it does not run") ?? "", /TypeError/);
  assert.equal(results.get("nothing changes"), null);
});
