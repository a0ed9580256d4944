import assert from "node:assert/strict";
import { test } from "node:test";
import { functionBodies } from "../server/src/syntax/function-bodies.ts";
import { createChunkParser } from "../server/src/syntax/parse-chunk.ts";
import { createReader } from "../server/src/syntax/read-once.ts";
import { packageFolder, pythonFiles } from "./harness/real-files.ts";
import { pythonParser, syntax } from "./harness/syntax.ts";

/** All that a node says of itself, without its parent and what it leaves open. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const said = Object.entries(value).filter(([key, each]) => key !== "parent" && each !== undefined);
  return Object.fromEntries(said.map(([key, each]) => [key, plain(each)]));
}

const buildChunk = createChunkParser(pythonParser);

/** How many chunks had to be parsed whole. */
function assertSame(text: string, what: string): number {
  let whole = 0;
  const read = createReader(pythonParser, (chunk) => {
    whole++;
    return buildChunk(chunk, undefined);
  });
  const wanted = syntax.parse(text).chunks.map(({ chunk, start }) => ({ start, body: chunk.body }));
  assert.deepEqual(plain(read(text)), plain(wanted), what);
  return whole;
}

test("real files say the same read once as parsed", () => {
  for (const { path, text } of pythonFiles(packageFolder("torchvision")))
    assert.equal(assertSame(text, path), 0, path);
});

const long = `${"        value = value + 1  # and more\n".repeat(4)}        value = value + 2\n`;
const tricky = {
  "comments before the first statement and after the last": `def f(value):\n    # why\n\n    # more\n${long}        return value\n    # end\n\n# far\nx = 1\n`,
  "a last line with a comment": `def f(value):\n${long}        return 1  # done\n`,
  "a last line with a semicolon": `def f(value):\n${long}        return 1;\n`,
  "one line": `def f(value): return ${"value + ".repeat(20)}1\nclass A:\n    def g(self): pass\n    def h(self):\n${long}\n`,
  "a string that looks like code": `def f(value):\n    """\ndef g(value):\n${long}"""\n${long}    return value\ny = 2\n`,
  "a header over lines": `@dec(\n    1\n)\nasync def f(\n    value: int = (1, 2)[0],\n) -> int:\n${long}        return value\n`,
  "a line that fits no indentation": `def f(value):\n${long}    return value\n`,
  "functions in branches": `if a:\n    def f(value):\n${long}\nelse:\n    def f(value):\n${long}\ntry:\n    def g(value):\n${long}\nexcept E:\n    def g(value):\n${long}\nelse:\n    def h(value):\n${long}\nfinally:\n    def i(value):\n${long}\nwith a:\n    def j(value):\n${long}\nfor b in c:\n    def k(value):\n${long}\n`,
  "functions in cases": `match a:\n    case 1:\n        def f(value):\n${long}\n    case _:\n        pass\n`,
  "generators, nested functions and classes": `def f(value):\n${long}        def g():\n            yield 1\n        return g\ndef h(value):\n${long}        yield value\nclass A:\n    class B:\n        def i(self):\n            """Says ${"so ".repeat(40)}."""\n            class C:\n                pass\n    x = 1\n`,
  "tabs and spaces": `class A:\n\tdef f(self):\n\t\treturn ${"1 + ".repeat(40)}1\n        def g(self):\n                return 2\n`,
  "letters of two units": `class A:\n    def f(self):\n        return "${"\u{1f525}é".repeat(60)}"\n\n    x = "\u{1f525}"\n    def g(self):\n        return "${"é".repeat(90)}"\ny = f("\u{1f525}")\n`,
  "carriage returns": `class A:\r\n    def f(self):\r\n        return "${"a".repeat(90)}"\r\n\r\n    def g(self):\r\n        return "${"b".repeat(90)}"\r\nx = 1\r\n`,
  "no end of line": `def f(value):\n${long}        return value`,
  "broken code inside": `class A:\n    def f(self):\n${long}        return (1 +\n    def g(self):\n${long}        return 2\ndef h(:\n${long}    pass\nx = 1\n`,
  "deep code": `def f(value):\n    return ${"(".repeat(300)}1${")".repeat(300)}\n${long}x = ${"[".repeat(300)}${"]".repeat(300)}\n`,
};
for (const [what, text] of Object.entries(tricky))
  test(`read once: ${what}`, () => {
    assertSame(text, what);
  });

test("bodies are found where they are, and not where that is in doubt", () => {
  const names = (text: string): readonly string[] =>
    functionBodies(text).map(({ nameStart, first, to }) => {
      const name = /^\w+/.exec(text.slice(nameStart))?.[0] ?? "";
      return `${name}: ${text.slice(first, first + 5)}...${text.slice(to - 6, to)}`;
    });
  assert.equal(names(tricky["functions in branches"]).length, 8);
  assert.deepEqual(names(tricky["a last line with a semicolon"]), []);
  assert.deepEqual(names(tricky["tabs and spaces"]), []);
  assert.deepEqual(names(`class A:\n    def f(value):\n${long}        return value\n    x = 1\n`), [
    "f: value... value",
  ]);
});
