import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../server/src/syntax/ast.ts";
import type { SourceFile } from "../server/src/syntax/chunk.ts";
import { forEachChild } from "../server/src/syntax/visit.ts";
import { seededRandom } from "./harness/real-files.ts";
import { pythonSources } from "./harness/sources.ts";
import { syntax } from "./harness/syntax.ts";

const covers = (file: SourceFile): void => {
  assert.equal(file.chunks.map(({ chunk }) => chunk.text).join(""), file.text);
};

function depthOf(file: SourceFile): number {
  let deepest = 0;
  let level: readonly Node[] = file.chunks.flatMap(({ chunk }) => chunk.body);
  while (level.length > 0) {
    deepest++;
    const below: Node[] = [];
    for (const node of level) forEachChild(node, (child) => below.push(child));
    level = below;
  }
  return deepest;
}

const functionNames = (file: SourceFile): readonly string[] =>
  file.chunks.flatMap(({ chunk }) =>
    (chunk.nodes.get("FunctionDef") ?? []).map((node) => (node.kind === "FunctionDef" ? node.name : "")),
  );

const many = 10_000;
const deep: readonly (readonly [string, string])[] = [
  ["parentheses", `x = ${"(".repeat(many)}1${")".repeat(many)}\n`],
  ["open parentheses", `x = ${"(".repeat(many)}`],
  ["open brackets and braces", `x = ${"[{".repeat(many)}`],
  ["closing brackets", ")]}".repeat(many)],
  ["lists", `x = ${"[".repeat(many)}${"]".repeat(many)}\n`],
  ["nots", `x = ${"not ".repeat(many)}y\n`],
  ["signs", `x = ${"-".repeat(many)}1\n`],
  ["lambdas", `x = ${"lambda: ".repeat(many)}1\n`],
  ["attributes", `x = y${".z".repeat(many)}\n`],
  ["calls", `x = y${"()".repeat(many)}\n`],
  ["sums", `x = 1${" + 1".repeat(many)}\n`],
  ["strings side by side", `x = ${'"a" '.repeat(many)}\n`],
  ["comparisons", `x = 1${" < 1".repeat(many)}\n`],
  ["disjunctions", `x = 1${" or 1".repeat(many)}\n`],
  ["assignments", `${"x = ".repeat(many)}1\n`],
  ["conditionals", `x = ${"a if b else ".repeat(many)}c\n`],
  ["elifs", `if a:\n    pass\n${"elif b:\n    pass\n".repeat(many)}`],
  ["ifs", Array.from({ length: 2_000 }, (_, i) => `${" ".repeat(i)}if x:\n`).join("")],
  ["classes", Array.from({ length: 1_000 }, (_, i) => `${" ".repeat(i)}class A:\n`).join("")],
  ["f-strings", `x = ${'f"{'.repeat(many)}`],
  ["quotes", `${'"""'.repeat(many)}'`],
  ["decorators", `${"@a\n".repeat(many)}def f(): pass\n`],
  ["backslashes", "\\\n".repeat(many)],
  ["line breaks", "\r\n\n\r".repeat(many)],
  ["NULs", "\0".repeat(many)],
];

for (const [name, text] of deep) {
  test(`${many} ${name} neither throw nor nest without limit`, () => {
    const file = syntax.parse(text);
    covers(file);
    assert.ok(depthOf(file) < 1_000, `depth ${depthOf(file)}`);
    const edited = syntax.update(file, [
      { span: { start: text.length >> 1, end: text.length >> 1 }, text: "(" },
    ]);
    covers(edited);
  });
}

test("bytes that are no text at all", () => {
  const random = seededRandom(3);
  const noise = Array.from({ length: 50_000 }, () => String.fromCharCode(random() * 0x10000)).join("");
  covers(syntax.parse(noise));
  covers(syntax.parse(noise.replaceAll(/[^\x20-\x7e\n]/g, "")));
});

test("a file of 100,000 lines is read once and then edited at once", () => {
  const piece = pythonSources.join("\n\n");
  const times = Math.ceil(100_000 / piece.split("\n").length);
  const text = Array.from({ length: times }, () => piece).join("\n\n");
  let file = syntax.parse(text);
  covers(file);
  const began = process.cpuUsage();
  const place = text.indexOf("\n", text.length >> 1);
  for (const [i, character] of [..."\nx = self.layer(x)"].entries())
    file = syntax.update(file, [{ span: { start: place + i, end: place + i }, text: character }]);
  const { user, system } = process.cpuUsage(began);
  assert.ok((user + system) / 1000 < 18 * 100, `${(user + system) / 1000} ms for 18 keys`);
});

test("real code cut and mixed at random never throws", () => {
  const random = seededRandom(7);
  const pick = (text: string): number => Math.floor(random() * text.length);
  for (let run = 0; run < Number(process.env["FUZZ_RUNS"] ?? 300); run++) {
    let text = pythonSources[Math.floor(random() * pythonSources.length)] ?? "";
    for (let cut = 0; cut < 6; cut++) {
      const [from, to, at] = [pick(text), pick(text), pick(text)];
      const moved = text.slice(from, from + 80);
      text = text.slice(0, at) + moved + text.slice(at + (to % 60));
    }
    covers(syntax.parse(text));
  }
});

const method = (name: string, body: string): string => `    def ${name}(self, x):\n        ${body}\n\n`;
const breaks: readonly (readonly [string, string])[] = [
  ["an open bracket", "return self.a(x, [1, 2"],
  ["an open string", "return 'abc"],
  ["an open docstring", '"""Says what\n        it does.'],
  ["an open f-string", 'return f"{x'],
  ["a missing operand", "x = "],
  ["a missing block", "if x:"],
  ["a stray keyword", "return return"],
  ["a stray bracket", "return x)"],
];

for (const [name, body] of breaks) {
  test(`${name} costs no neighbor, in a module and in a class`, () => {
    const inClass = `class A(B):\n${method("before", '"""Fine."""\n        return x')}${method("broken", body)}${method("after", '"""Fine."""\n        return x')}`;
    assert.deepEqual(
      functionNames(syntax.parse(inClass)).filter((each) => each !== "broken"),
      ["before", "after"],
    );
    const inModule = inClass.split("\n").slice(1).join("\n").replaceAll(/^ {4}/gm, "");
    assert.deepEqual(
      functionNames(syntax.parse(inModule)).filter((each) => each !== "broken"),
      ["before", "after"],
    );
  });
}

for (const quote of ['"""', "'''"])
  test(`a header that lists its author in ${quote} is one string`, () => {
    const header = `# -*- coding: utf-8 -*-\n${quote}\n@Author: someone\n@Time    : 2025/7/18\n@FileName: net.py\n@modifier:\n${quote}\n`;
    const file = syntax.parse(`${header}import torch\n\n\ndef after(x):\n    return x\n`);
    assert.deepEqual(
      file.chunks.flatMap(({ chunk }) => chunk.body.map(({ kind }) => kind)),
      ["ExprStmt", "Import", "FunctionDef"],
    );
  });

test("memory stays level over 10,000 edits", () => {
  const [source = ""] = [...pythonSources].sort((a, b) => a.length - b.length);
  let file = syntax.parse(source);
  const edit = (i: number): void => {
    const start = (i * 7919) % file.text.length;
    const text = i % 2 === 0 ? "(" : "";
    file = syntax.update(file, [{ span: { start, end: start + (i % 2) }, text }]);
    if (i % 50 === 0) file = syntax.parse(source);
  };
  for (let i = 0; i < 2_000; i++) edit(i);
  const before = process.memoryUsage();
  for (let i = 2_000; i < 12_000; i++) edit(i);
  const after = process.memoryUsage();
  const grown = (after.rss - before.rss) / 2 ** 20;
  assert.ok(grown < 150, `resident memory grew by ${grown.toFixed(0)} MiB`);
});
