import assert from "node:assert/strict";
import { test } from "node:test";
import { type PanelReport, readFromPanel } from "../../client/src/panel/messages.ts";
import { replaceFiles } from "../../client/src/panel/replace-files.ts";
import { reportHtml } from "../../client/src/panel/report-html.ts";
import { countBySeverity, groupFindings, summary } from "../../client/webview/group-findings.ts";
import { initialState, isOpen, readState } from "../../client/webview/panel-state.ts";
import { type TreeItem, treeAction } from "../../client/webview/tree-keys.ts";
import type { Report, ReportFinding, Severity } from "../../server/src/report/report.ts";

const finding = (rule: string, severity: Severity, file: string, line: number): ReportFinding => ({
  rule,
  severity,
  category: "bug",
  message: `\`${rule}\` at ${line}`,
  file,
  range: { start: { line, character: 4 }, end: { line, character: 9 } },
  fix: "none",
  page: `https://example.org/${rule}`,
  related: [],
});

const findings = [
  finding("bias", "info", "file:///b.py", 9),
  finding("bias", "info", "file:///a.py", 3),
  finding("bias", "info", "file:///a.py", 1),
  finding("dropout", "error", "file:///b.py", 2),
  finding("dropout", "error", "file:///b.py", 2),
  finding("residual", "critical", "file:///a.py", 7),
  finding("softmax", "error", "file:///a.py", 5),
];
const report: PanelReport = {
  findings,
  problems: [],
  filesChecked: 4,
  labels: { "file:///a.py": "a.py", "file:///b.py": "src/b.py" },
};
const all = { hidden: new Set<Severity>(), text: "" };
const titles = (groups: ReturnType<typeof groupFindings>): readonly string[] =>
  groups.map(({ title, rows }) => `${title} ${rows.map(({ place }) => place).join(" ")}`);

test("groups come gravest first, then by count and name; rows by path and line", () => {
  assert.deepEqual(titles(groupFindings(report, "rule", all)), [
    "residual a.py:8",
    "dropout src/b.py:3 src/b.py:3",
    "softmax a.py:6",
    "bias a.py:2 a.py:4 src/b.py:10",
  ]);
  assert.deepEqual(titles(groupFindings(report, "severity", all)), [
    "Critical a.py:8",
    "Error a.py:6 src/b.py:3 src/b.py:3",
    "Info a.py:2 a.py:4 src/b.py:10",
  ]);
  assert.deepEqual(titles(groupFindings(report, "file", all)), [
    "a.py line 2 line 4 line 6 line 8",
    "src/b.py line 3 line 3 line 10",
  ]);
});

test("every row has a key of its own, two findings in one place included", () => {
  const keys = groupFindings(report, "rule", all).flatMap(({ key, rows }) => [
    key,
    ...rows.map((row) => row.key),
  ]);
  assert.equal(new Set(keys).size, keys.length);
});

test("filters take severities away and ask for every word, in rule, message or path", () => {
  const only = (text: string, hidden: readonly Severity[] = []): readonly string[] =>
    titles(groupFindings(report, "rule", { hidden: new Set(hidden), text }));
  assert.deepEqual(only("SRC bias"), ["bias src/b.py:10"]);
  assert.deepEqual(only("", ["critical", "error"]), ["bias a.py:2 a.py:4 src/b.py:10"]);
  assert.deepEqual(only("nowhere"), []);
});

test("counts and the sentence read out are about the whole report", () => {
  assert.deepEqual(Object.fromEntries(countBySeverity(report)), {
    critical: 1,
    error: 3,
    warning: 0,
    info: 3,
    hint: 0,
  });
  assert.equal(summary(report, "app", 7), "7 findings in app (4 files checked)");
  assert.equal(summary(report, "app", 2), "2 shown of 7 findings in app (4 files checked)");
  const one: PanelReport = { ...report, findings: findings.slice(0, 1), filesChecked: 1 };
  assert.equal(summary(one, "a.py", 1), "1 finding in a.py");
  assert.equal(summary({ ...one, findings: [] }, "a.py", 0), "No findings in a.py");
});

const items: readonly TreeItem[] = [
  { kind: "group", key: "g", open: true },
  { kind: "row", key: "r1", group: "g" },
  { kind: "row", key: "r2", group: "g" },
  { kind: "group", key: "h", open: false },
];

test("keys of the tree move, open, close and activate", () => {
  const at = (key: string, pressed: string): string => {
    const action = treeAction(items, key, pressed);
    return action === undefined
      ? "-"
      : `${action.kind} ${action.key}${"stay" in action && action.stay ? " stay" : ""}`;
  };
  assert.equal(at("g", "ArrowDown"), "move r1");
  assert.equal(at("g", "ArrowUp"), "-");
  assert.equal(at("g", "ArrowRight"), "move r1");
  assert.equal(at("g", "ArrowLeft"), "toggle g");
  assert.equal(at("h", "ArrowRight"), "toggle h");
  assert.equal(at("h", "ArrowLeft"), "-");
  assert.equal(at("r2", "ArrowLeft"), "move g");
  assert.equal(at("r2", "ArrowRight"), "-");
  assert.equal(at("r2", "Home"), "move g");
  assert.equal(at("r1", "End"), "move h");
  assert.equal(at("g", "PageDown"), "move h");
  assert.equal(at("r1", "Enter"), "activate r1");
  assert.equal(at("r1", " "), "activate r1 stay");
  assert.equal(at("h", "Enter"), "toggle h");
  assert.equal(at("r1", "a"), "-");
  assert.equal(at("gone", "ArrowDown"), "-");
});

test("a stored state of any shape is read, what does not fit falls back", () => {
  for (const stored of [
    undefined,
    null,
    3,
    "x",
    [],
    { hidden: "all", toggled: 7, grouping: "color", scope: 1, drafts: "?" },
  ]) {
    assert.deepEqual(readState(stored), initialState);
  }
  const state = {
    ...initialState,
    scope: "workspace",
    grouping: "file",
    hidden: ["info"],
    toggled: { g: false },
    drafts: { a: "Why?" },
  };
  assert.deepEqual(readState(JSON.parse(JSON.stringify(state))), state);
  assert.equal(isOpen(initialState, "g", 200), true);
  assert.equal(isOpen(initialState, "g", 201), false);
  assert.equal(isOpen({ ...initialState, toggled: { g: true } }, "g", 201), true);
});

test("only well-formed messages of the panel are read", () => {
  const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 3 } };
  assert.deepEqual(readFromPanel({ kind: "open", file: "file:///a", range, stay: true, more: 1 }), {
    kind: "open",
    file: "file:///a",
    range,
    stay: true,
  });
  assert.deepEqual(readFromPanel({ kind: "ready", scope: "galaxy" }), { kind: "ready", scope: undefined });
  for (const bad of [
    undefined,
    null,
    "open",
    { kind: "run" },
    { kind: "scope", scope: "galaxy" },
    { kind: "page", page: 4 },
    { kind: "open", file: "file:///a", range: { start: range.start } },
    { kind: "open", file: "file:///a", range: { start: { line: 0.5, character: 0 }, end: range.end } },
  ]) {
    assert.equal(readFromPanel(bad), undefined, JSON.stringify(bad));
  }
});

test("what is said of changed files replaces what was said of them before", () => {
  const problem = { file: "file:///b.py", message: "cannot be read", range: undefined };
  const whole: Report = { schema: "ecocompute.report/1", filesChecked: 4, findings, problems: [problem] };
  const newer: Report = {
    ...whole,
    filesChecked: 1,
    findings: [finding("new", "hint", "file:///b.py", 0)],
    problems: [],
  };
  const merged = replaceFiles(whole, new Set(["file:///b.py"]), newer);
  assert.equal(merged.filesChecked, 4);
  assert.deepEqual(merged.problems, []);
  assert.deepEqual(
    merged.findings.map(({ rule, file }) => `${rule} ${file}`),
    [
      "bias file:///a.py",
      "bias file:///a.py",
      "residual file:///a.py",
      "softmax file:///a.py",
      "new file:///b.py",
    ],
  );
});

test("the page of the panel runs its own script and nothing else", () => {
  const html = reportHtml({
    cspSource: "https://own.example",
    script: "s.js",
    style: "s.css",
    nonce: "N0nce",
  });
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
  assert.deepEqual(policy.split("; "), [
    "default-src 'none'",
    "style-src https://own.example",
    "script-src 'nonce-N0nce'",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.ok(!/ style=| on[a-z]+=/.test(html));
});
