import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSyntax } from "../server/src/syntax/source-file.ts";
import { splitPieces } from "../server/src/syntax/split.ts";
import { fingerprint, toEdits, wildEdits } from "./harness/edits.ts";
import { pythonSources } from "./harness/sources.ts";
import { pythonParser, syntax } from "./harness/syntax.ts";

test("a file after any edits is what reading it afresh gives", () => {
  let edits = 0;
  fc.assert(
    fc.property(fc.constantFrom(...pythonSources), fc.boolean(), wildEdits, (source, crlf, wild) => {
      let file = syntax.parse(crlf ? source.replaceAll("\n", "\r\n") : source);
      for (const change of wild) {
        for (const edit of toEdits(file.text, change)) {
          file = syntax.update(file, [edit]);
          edits++;
          const fresh = syntax.parse(file.text);
          assert.equal(file.chunks.map(({ chunk }) => chunk.text).join(""), file.text);
          assert.equal(fingerprint(file), fingerprint(fresh));
        }
      }
    }),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 40) },
  );
  assert.ok(edits > 0);
});

/** Lines that decide where pieces end, and what is so long that a scan is taken up between them. */
const outer = [
  "def f(x):",
  "class A:",
  "@decorated",
  "# comment",
  "x = (",
  ")",
  '"""',
  "else:",
  "if x:",
  "z",
];
const inner = ["    def g(self):", "    # comment", "    y = [", "    ]", '    """', "    return x", ""];
const long = `    long = ${"a + ".repeat(250)}a`;
/** As long as that, and a statement of its own. */
const wide = long.trim().padEnd(long.length, "#");

const cutsOf = ({ chunks }: ReturnType<typeof syntax.parse>): readonly number[] =>
  chunks.map(({ start }) => start);
const cutsAfresh = (text: string): readonly number[] => splitPieces(text).map(({ start }) => start);

test("files of random lines are cut after any edits as they are afresh", () => {
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.constant(long) },
    { weight: 2, arbitrary: fc.constantFrom(...inner) },
    { weight: 1, arbitrary: fc.constantFrom(...outer, wide) },
  );
  const typed = fc.array(line, { minLength: 1, maxLength: 3 }).map((each) => `${each.join("\n")}\n`);
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.oneof(
    fc.record({ place, removed: fc.constantFrom(0, 3, 30, long.length + 1), typed }),
    fc.record({ place, removed: fc.constantFrom(3, 30, long.length + 1), typed: fc.constant("") }),
    fc.record({ place, removed: fc.constant(1), typed: fc.constantFrom("(", ")", '"""', "x") }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), fc.array(edit, { maxLength: 10 }), (all, edits) => {
      let file = syntax.parse(["class A:", long, ...all].join("\n"));
      for (const { place, removed, typed } of edits) {
        const within = Math.floor(place * file.text.length);
        const start = removed === 1 ? within : file.text.lastIndexOf("\n", within) + 1;
        file = syntax.update(file, [{ span: { start, end: start + removed }, text: typed }]);
        assert.deepEqual(cutsOf(file), cutsAfresh(file.text));
      }
    }),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 1_000) },
  );
});

const block = `class A:\n${[0, 1, 2, 3, 4].map((i) => `    m${i}${long}\n`).join("")}`;

test("what is open is closed by an edit below it, and what is typed is read", () => {
  const cases: readonly (readonly [string, readonly (readonly [at: string, typed: string])[]])[] = [
    [
      `${block}    y = [\nz = 1\nif z:\n    pass\nend`,
      [
        ["m1", "x"],
        ["end", "]\n"],
      ],
    ],
    [block, [["\n    m3", "\nz = 1"]]],
    // As long as a line, so that what is typed seems to have been there.
    [block, [["    m3", `${"z = 1".padEnd(long.length + 6)}\n`]]],
    [`class B:\n    """\n${block}`, [["m3", '"""\n']]],
  ];
  for (const [text, edits] of cases) {
    let file = syntax.parse(text);
    for (const [at, typed] of edits) {
      const start = file.text.indexOf(at);
      file = syntax.update(file, [{ span: { start, end: start }, text: typed }]);
      assert.deepEqual(cutsOf(file), cutsAfresh(file.text));
    }
  }
});

test("several edits of one notification apply one after the other", () => {
  const file = syntax.parse("a = 1\n\n\ndef f():\n    return a\n");
  const after = syntax.update(file, [
    { span: { start: 0, end: 1 }, text: "bcd" },
    { span: { start: 6, end: 7 }, text: "22" },
  ]);
  assert.equal(after.text, "bcd = 22\n\n\ndef f():\n    return a\n");
  assert.equal(fingerprint(after), fingerprint(syntax.parse(after.text)));
});

test("what an edit does not touch stays the same object", () => {
  const functions = Array.from({ length: 20 }, (_, i) => `def f${i}(x):\n    return x + ${i}\n\n\n`);
  const file = syntax.parse(functions.join(""));
  const at = file.text.indexOf("x + 10");
  const after = syntax.update(file, [{ span: { start: at, end: at }, text: "y * " }]);
  const fresh = after.chunks.filter(({ chunk }) => file.chunks.every((old) => old.chunk !== chunk));
  assert.deepEqual(
    fresh.map(({ chunk }) => chunk.text),
    ["def f10(x):\n    return y * x + 10\n\n\n"],
  );
});

/** A syntax and how many characters it has parsed since it was last asked. */
function countingSyntax() {
  let characters = 0;
  const counted = createSyntax({
    ...pythonParser,
    parse(text) {
      characters += text.length;
      return pythonParser.parse(text);
    },
    parseSound(text, previous) {
      characters += text.length;
      return pythonParser.parseSound(text, previous);
    },
  });
  const parsed = (): number => {
    const since = characters;
    characters = 0;
    return since;
  };
  return { counted, parsed };
}

const calls = (by: number, name: string): string =>
  Array.from(
    { length: 60 },
    (_, i) => `${" ".repeat(by)}if ${name}${i}(x):\n${" ".repeat(by + 4)}x += ${i}\n`,
  ).join("");

const longFunction = `def long(x):
    for y in x:
        if y:
${calls(12, "a")}        else:
            try:
${calls(16, "b")}            finally:
                pass
    return x
`;

for (const place of ["if a7(x)", "if a59(x)", "try:", "if b30(x)", "return x"]) {
  test(`a key in a long function before "${place}" reads what is around it alone`, () => {
    const { counted, parsed } = countingSyntax();
    const at = longFunction.indexOf(place);
    const indentation = longFunction.slice(longFunction.lastIndexOf("\n", at) + 1, at);
    let file = counted.parse(longFunction);
    const whole = parsed();
    let end = at;
    const press = (text: string): void => {
      file = counted.update(file, [{ span: { start: end, end }, text }]);
      end += text.length;
    };
    press(`\n${indentation}`);
    end = at;
    for (const key of ["z", " ", "=", " ", '"', "a", ".", "b", '"']) {
      parsed();
      press(key);
      const read = parsed();
      assert.ok(read > 0 && read < whole / 10, `read ${read} of ${whole} characters`);
    }
    assert.equal(fingerprint(file), fingerprint(syntax.parse(file.text)));
  });
}

test("a bracket that opens in the header of a long function costs its members once only", () => {
  const { counted, parsed } = countingSyntax();
  const file = counted.parse(longFunction);
  const at = "def long(".length;
  const broken = counted.update(file, [{ span: { start: at, end: at }, text: "(" }]);
  assert.deepEqual(
    broken.chunks.map(({ chunk }) => chunk.body.map(({ kind }) => kind)),
    [["Invalid"]],
  );
  parsed();
  const sound = counted.update(broken, [{ span: { start: at, end: at + 1 }, text: "" }]);
  assert.ok(parsed() < longFunction.length / 10);
  assert.equal(fingerprint(sound), fingerprint(syntax.parse(longFunction)));
});
