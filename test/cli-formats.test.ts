import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { renderGithub } from "../server/src/report/render-github.ts";
import type { Report, ReportFinding } from "../server/src/report/report.ts";
import { buildWithSampleRules } from "./harness/build-variant.ts";
import { runCli } from "./harness/cli.ts";
import { hostile } from "./harness/hostile.ts";
import type { Json } from "./harness/lsp-client.ts";
import { sarifProblems } from "./harness/sarif.ts";
import { testFolder } from "./harness/workspace.ts";

const code = "import torch\nold_name\nby_hand\nold_name\nprint(overlapping())\n";

let cli: string;
before(async () => {
  cli = (await buildWithSampleRules()).cli;
});

async function check(
  files: Readonly<Record<string, string | Uint8Array>>,
  ...args: readonly string[]
): Promise<string> {
  const folder = testFolder(files);
  try {
    return (await runCli(cli, ["check", ...args], { cwd: folder.path })).stdout;
  } finally {
    folder.remove();
  }
}

describe("SARIF", () => {
  const sarif = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<Json> =>
    JSON.parse(await check(files, "--format", "sarif"));

  test("validates against the schema of SARIF 2.1.0", async () => {
    const log = await sarif({ "a b/ü.py": code, "bin.py": new Uint8Array([0]) });
    assert.deepEqual(sarifProblems(log), []);
    const [run] = log.runs;
    assert.equal(run.results.length, 5);
    for (const result of run.results) assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId);
    const [first] = run.results;
    assert.deepEqual(first.locations[0].physicalLocation, {
      artifactLocation: { uri: "a%20b/%C3%BC.py", uriBaseId: "%SRCROOT%" },
      region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 9 },
    });
    assert.equal(first.level, "warning");
    assert.equal(first.fixes[0].artifactChanges[0].replacements[0].insertedContent.text, "new_name");
    const [notification] = run.invocations[0].toolExecutionNotifications;
    assert.match(notification.message.text, /not a text file/);
    assert.match(run.originalUriBaseIds["%SRCROOT%"].uri, /^file:\/\/\/.*\/$/);
  });

  test("the schema refuses a log without a tool", () => {
    assert.deepEqual(sarifProblems({ version: "2.1.0", runs: [{ tool: {}, results: [] }] }), [
      "/runs/0/tool must have required property 'driver'",
    ]);
  });

  test("fingerprints survive moved lines and tell equal lines apart", async () => {
    const prints = async (text: string): Promise<readonly string[]> =>
      (await sarif({ "m.py": text })).runs[0].results.map(
        (each: Json) => each.partialFingerprints["ecocompute/v1"],
      );
    const before = await prints(code);
    assert.equal(new Set(before).size, before.length);
    assert.deepEqual(await prints(code.replace("import torch\n", "import torch\n\n\nimport os\n")), before);
    assert.notDeepEqual(await prints(code.replace("print(overlapping())", "run(overlapping())")), before);
  });
});

describe("JSON", () => {
  test("is a report with fixes and fingerprints", async () => {
    const report = JSON.parse(await check({ "m.py": code }, "--format", "json"));
    assert.equal(report.schema, "ecocompute.report/1");
    assert.equal(report.filesChecked, 1);
    assert.deepEqual(report.problems, []);
    const [first] = report.findings;
    assert.deepEqual(
      { ...first, fingerprint: undefined },
      {
        rule: "old-name",
        severity: "warning",
        category: "bug",
        message: "`old_name` is old.",
        file: "m.py",
        range: { start: { line: 1, character: 0 }, end: { line: 1, character: 8 } },
        fix: "safe",
        page: "https://github.com/ecocompute/ecocompute/blob/main/server/docs/rules/old-name.md",
        related: [
          {
            file: "m.py",
            range: { start: { line: 1, character: 0 }, end: { line: 1, character: 8 } },
            message: "the name",
          },
        ],
        fingerprint: undefined,
        fixes: [
          {
            title: "Use new_name",
            safety: "safe",
            edits: [
              {
                range: { start: { line: 1, character: 0 }, end: { line: 1, character: 8 } },
                text: "new_name",
              },
            ],
          },
        ],
      },
    );
  });
});

describe("GitHub annotations", () => {
  const finding: ReportFinding = {
    rule: "old-name",
    severity: "critical",
    category: "bug",
    message: "100 % wrong:\r\nsee, below",
    file: "a,b:c.py",
    range: { start: { line: 0, character: 2 }, end: { line: 0, character: 5 } },
    fix: "none",
    page: "https://example.org",
    related: [],
  };
  const report = (...findings: readonly ReportFinding[]): Report => ({
    schema: "ecocompute.report/1",
    filesChecked: 1,
    findings,
    problems: [],
  });

  test("escape what would end a property or the message", () => {
    assert.equal(
      renderGithub(report(finding)),
      "::error file=a%2Cb%3Ac.py,line=1,endLine=1,col=3,endColumn=6,title=EcoCompute%3A old-name::100 %25 wrong:%0D%0Asee, below\n",
    );
  });

  for (const text of hostile)
    test(`stay one visible command, whatever a file is called or a message says: ${JSON.stringify(text).slice(0, 40)}`, () => {
      const written = renderGithub(report({ ...finding, file: text, message: text, rule: text }));
      assert.doesNotMatch(written.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}](?<!\u200b)/u);
      const [, file = ""] =
        /^::error (?:file=([^,:]*),)?line=1,endLine=1,col=3,endColumn=6,title=[^,:]*::/.exec(written) ??
        assert.fail(written);
      const visible = text.replace(/[^\r\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "");
      assert.equal(decodeURIComponent(file), visible.replaceAll("##[", "## ["));
    });

  test("have columns only within one line, and levels GitHub knows", () => {
    const long = {
      ...finding,
      severity: "hint" as const,
      range: { ...finding.range, end: { line: 3, character: 0 } },
    };
    assert.match(renderGithub(report(long)), /^::notice file=[^,]+,line=1,endLine=4,title=/);
    assert.match(renderGithub(report({ ...finding, severity: "warning" })), /^::warning /);
  });

  test("problems are annotations too", () => {
    const problem = { file: "x.py", message: "It was not checked.", range: undefined };
    assert.equal(
      renderGithub({ ...report(), problems: [problem] }),
      "::warning file=x.py,title=EcoCompute%3A problem::It was not checked.\n",
    );
  });
});
