import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { GateOptions } from "../server/src/cli/gate.ts";
import { gateResultSchema } from "../server/src/gate/gate-result.ts";
import { mergeShards } from "../server/src/gate/shard.ts";
import { built } from "./harness/built.ts";
import { runCli } from "./harness/cli.ts";
import { gateResult, runGate } from "./harness/gate.ts";
import type { TestRepository } from "./harness/git-repository.ts";
import { largeRepository } from "./harness/large-repository.ts";

let repository: TestRepository;
let cache: string;

before(() => {
  repository = largeRepository();
  repository.git("checkout", "--quiet", "-b", "topic");
  cache = join(repository.path, ".git", "cache");
});
after(() => repository.remove());

const options = (own: Partial<GateOptions> = {}): Partial<GateOptions> => ({
  useCache: true,
  cacheFolder: cache,
  ...own,
});

/** Seconds of processor time, all threads together: a busy machine does not lengthen them. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Replaces text in files for the time of `body`. */
async function edited(
  edits: Readonly<Record<string, readonly [string, string]>>,
  body: () => Promise<void>,
): Promise<void> {
  for (const [name, [from, to]] of Object.entries(edits))
    repository.write(name, readFileSync(join(repository.path, name), "utf8").replace(from, to));
  try {
    await body();
  } finally {
    repository.git("checkout", "--quiet", "--", ".");
  }
}

/** A model, and a helper that another one takes its width from. */
const wider = {
  "part_3/model_4.py": ["range(4)", "range(5)"],
  "part_7/helper_1.py": ["WIDTH = 160", "WIDTH = 192"],
} as const;

test("of 3,000 files only those that a change reaches are looked at, in less time than people wait", async () => {
  const none = await secondsOf(() => gateResult(repository.path, options()));
  assert.ok(none < 5, `${none} s without a change`);
  await edited({ "part_3/model_4.py": wider["part_3/model_4.py"] }, async () => {
    const cold = await secondsOf(async () => {
      const result = await gateResult(repository.path, options());
      assert.deepEqual(
        [result.files, result.models.map(({ name, status }) => [name, status])],
        [{ changed: 1, analyzed: 1 }, [["Model3x4", "changed"]]],
      );
    });
    assert.ok(cold < 8, `${cold} s for one file`);
  });
});

test("the parts of a sharded run make the result of one run, by the command line and its threads too", async () => {
  await edited(wider, async () => {
    const whole = await gateResult(repository.path, options({ useCache: false }));
    assert.ok(whole.models.length > 1);
    const parts = await Promise.all(
      [1, 2, 3].map(async (index) => {
        const part = await runGate(repository.path, options({ useCache: false, shard: { index, count: 3 } }));
        assert.ok(part.kind === "shard");
        return [`${index}.json`, JSON.stringify(part.shard)] as const;
      }),
    );
    const merged = mergeShards(new Map(parts));
    assert.deepEqual(merged, { kind: "result", result: whole });
    assert.match(errorOf(parts.slice(0, 2)), /^Of 3 parts these are missing: 3\.$/);
    assert.match(errorOf([...parts, ["x.json", "{}"]]), /^x\.json is no part of a gate/);
    const other = parts[1]?.[1].replace('"volume":1000000000', '"volume":5') ?? "";
    assert.match(errorOf([...parts, ["y.json", other]]), /are not of one comparison/);

    const cli = built("cli.js");
    const run = (...args: readonly string[]) => runCli(cli, ["gate", ...args], { cwd: repository.path });
    const same = ["--base=main", "--accelerator=a100-80-sxm", "--volume=1e9", "--region=DEU"];
    const files = ["1", "2"].map((index) => join(repository.path, ".git", `part-${index}.json`));
    for (const [i, file] of files.entries()) {
      const part = await run(...same, "--no-cache", `--shard=${i + 1}/2`, "--jobs=2", `--output=${file}`);
      assert.deepEqual([part.code, part.stderr], [0, ""]);
    }
    const put = await run("--format=json", "merge", ...files);
    assert.deepEqual(gateResultSchema.parse(JSON.parse(put.stdout)), whole);
    const direct = await run(...same, "--cache-dir=.git/cli-cache", "--format=json");
    assert.equal(direct.stdout, put.stdout);
    writeFileSync(join(repository.path, ".git", "result.json"), direct.stdout);
    const report = await run("--format=markdown", "report", ".git/result.json");
    assert.match(report.stdout, /^### EcoCompute/);
  });
});

const errorOf = (parts: readonly (readonly [string, string])[]): string => {
  const merged = mergeShards(new Map(parts));
  return merged.kind === "error" ? merged.message : "";
};

test("a cache that is damaged, shared by two runs, or not to be written changes no result", async () => {
  await edited(wider, async () => {
    const folder = join(repository.path, ".git", "shared");
    const own = options({ cacheFolder: folder });
    const [first, second] = await Promise.all([
      gateResult(repository.path, own),
      gateResult(repository.path, own),
    ]);
    assert.deepEqual(first, second);
    const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".json"),
    );
    assert.ok(entries.length > 3);
    for (const [i, name] of entries.entries()) {
      const path = join(folder, name);
      const text = readFileSync(path, "utf8");
      writeFileSync(
        path,
        [text.slice(0, -9), "", text.replace("parameter", "parametex"), "[1]\n{}"][i % 4] ?? "",
      );
    }
    assert.deepEqual(await gateResult(repository.path, own), first);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file in its place");
    assert.deepEqual(await gateResult(repository.path, own), first);
    assert.ok(statSync(folder).isFile());
  });
});
