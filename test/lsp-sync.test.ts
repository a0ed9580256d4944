import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Position, TextDocumentContentChangeEvent } from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { emptyConfig } from "../server/src/analysis/config.ts";
import { lineStarts, withoutLoneReturns } from "../server/src/base/text.ts";
import { createLinter } from "../server/src/host/linter.ts";
import { createDocument } from "../server/src/lsp/documents.ts";
import type { Scope } from "../server/src/lsp/scopes.ts";
import { defaultSettings } from "../server/src/lsp/settings.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { rules as sampleRules } from "./harness/sample-rules.ts";
import { syntax } from "./harness/syntax.ts";

const scopeOf = (): Scope => ({
  enabled: true,
  torch: undefined,
  settings: defaultSettings,
  roots: [],
  found: {
    path: undefined,
    folder: "/",
    config: emptyConfig,
    problems: [],
    baseline: undefined,
    baselinePath: undefined,
    torch: undefined,
  },
  linter: createLinter({
    syntax,
    rules: [...rules, ...sampleRules.filter((rule) => rule.id !== "throwing-rule")],
    config: emptyConfig,
    folder: "/",
    baseline: undefined,
    torch: undefined,
    files: { readText: () => undefined, isFile: () => false },
    roots: [],
    onCrash: (rule, error) => {
      throw new Error(`${rule.id} threw`, { cause: error });
    },
  }),
});

const start = [
  "import torch.nn as nn",
  "import torch.nn.functional as F",
  "# 😀 ecocompute: ignore-file[by-hand]",
  "@register",
  "class Head(nn.Module):",
  "    def forward(self, x):",
  "        x = F.dropout(x, p=0.1)  # ecocompute: ignore[old-name]",
  "        return old_name(x)",
  "",
  "def f():",
  "    '''text",
  "    '''",
  "    first_step = [by_hand, overlapping()]",
  "",
];

const pieces = fc.constantFrom(
  "\n",
  "\r\n",
  "\r",
  "    ",
  "\t",
  "😀",
  "'''",
  '"',
  "(",
  ")",
  "#",
  ":",
  "\\",
  "old_name",
  "\nclass B(nn.Module):\n    def forward(self, x):\n        return F.dropout(x)\n",
  "\n# ecocompute: ignore[old-name]\n",
  "\ndef g():\n    pass\n",
  "import torch\n",
  "",
);
/** Characters behind the end of a line and within pairs of surrogates occur as well. */
const position = fc.record({ line: fc.nat(20), character: fc.nat(40) });
const change = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      range: fc
        .tuple(position, position)
        .map(([a, b]) =>
          a.line < b.line || (a.line === b.line && a.character <= b.character)
            ? { start: a, end: { line: Math.min(b.line, a.line + 2), character: b.character } }
            : { start: b, end: b },
        )
        .map(({ start: from, end }) =>
          from.line === end.line && from.character > end.character
            ? { start: end, end: from }
            : { start: from, end },
        ),
      text: fc.array(pieces, { maxLength: 3 }).map((parts) => parts.join("")),
    }),
  },
  { weight: 1, arbitrary: fc.array(pieces, { maxLength: 9 }).map((parts) => ({ text: parts.join("") })) },
);

/** The reference loses count of lines behind the last one. */
function withinLines(
  each: TextDocumentContentChangeEvent,
  lineCount: number,
): TextDocumentContentChangeEvent {
  if (!("range" in each)) return each;
  const clamp = ({ line, character }: Position): Position => ({
    line: Math.min(line, lineCount - 1),
    character,
  });
  const from = clamp(each.range.start);
  const to = clamp(each.range.end);
  const end = from.line === to.line && to.character < from.character ? from : to;
  return { range: { start: from, end }, text: each.text };
}

describe("documents", () => {
  test("keep exactly the text that the client has, and findings are those of a fresh analysis", () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        (lineBreak, steps) => {
          const text = start.join(lineBreak);
          const scope = scopeOf();
          const document = createDocument("file:///m.py", 1, text);
          const reference = TextDocument.create("file:///m.py", "python", 1, text);
          document.analyze(scope);
          steps.forEach((changes, i) => {
            const sent = changes.map((each) => {
              const inside = withinLines(each, reference.lineCount);
              TextDocument.update(reference, [inside], i + 2);
              return inside;
            });
            document.change(i + 2, sent);
            assert.equal(document.text, reference.getText());
            const snapshot = document.analyze(scope);
            assert.equal(snapshot.file.text, withoutLoneReturns(reference.getText()));
            assert.deepEqual(snapshot.starts, lineStarts(document.text));
            assert.equal(snapshot.version, i + 2);
            const fresh = scopeOf().linter.analyze("/m.py", withoutLoneReturns(document.text));
            if (snapshot.file.source === undefined || fresh.source === undefined) {
              // A file that no longer names torch is left alone once it is read again.
              assert.equal(fresh.findings.length, 0);
              return;
            }
            found += fresh.findings.length;
            assert.deepEqual(snapshot.file.findings, fresh.findings);
          });
        },
      ),
      { numRuns: 400 },
    );
    assert.ok(found > 300, `only ${found} findings compared: the property hardly looked`);
  });
});
