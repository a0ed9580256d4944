import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { exceptionLine } from "../server/src/model/exception-line.ts";
import { Raised } from "../server/src/model/machine.ts";
import { isUnknown, native, noKwargs, none, type Value } from "../server/src/model/values.ts";

/** What server/tools/record-python.py writes. */
interface Case {
  readonly line: number;
  readonly kind: "expression" | "program";
  readonly source: string;
  /** Statements that run before an expression. */
  readonly setup: string;
  readonly expected: string;
}

const dir = "test/python";
const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 2_000_000 });
const { machine } = interpreter;

function casesOf(text: string): readonly Case[] {
  const cases: Case[] = [];
  let fence = "";
  let program: string[] = [];
  let printed: string[] = [];
  let setup = "";
  for (const [i, line] of text.split("\n").entries()) {
    if (line.startsWith("```")) {
      if (fence.startsWith("prints"))
        cases.push({
          line: i - printed.length - program.length - 3,
          kind: "program",
          source: program.join("\n"),
          setup: "",
          expected: printed.join("\n"),
        });
      fence = fence === "" ? line.slice(3) : "";
      if (fence === "program") program = [];
      if (fence.startsWith("prints")) printed = [];
    } else if (fence === "program") program.push(line);
    else if (fence === "setup") setup += `${line}\n`;
    else if (fence.startsWith("prints")) printed.push(line);
    else if (fence === "expressions" && !line.startsWith("    "))
      cases.push({ line: i + 1, kind: "expression", source: line, setup, expected: "" });
    else if (fence === "expressions") {
      const last = cases.pop();
      assert.ok(last !== undefined, `${i + 1}: an expectation without an expression`);
      cases.push({ ...last, expected: line.slice(4) });
    }
  }
  return cases;
}

const builtin = (name: string): Value => machine.builtins.get(name) ?? none;

/** Text of a value as `str` or `repr` gives it; "unknown" where it is not known. */
function textOf(value: Value, by: "str" | "repr"): string {
  const text = isUnknown(value) ? value : machine.call(builtin(by), [value], noKwargs);
  return typeof text === "string" ? text : "unknown";
}

let output = "";
const wordOr = (value: Value | undefined, fallback: string): string =>
  typeof value === "string" ? value : fallback;
machine.builtins.set(
  "print",
  native("print", (_, args, kwargs) => {
    output += args.map((each) => textOf(each, "str")).join(wordOr(kwargs.get("sep"), " "));
    output += wordOr(kwargs.get("end"), "\n");
    return none;
  }),
);

function evaluated(expression: string, setup: string): string {
  interpreter.reset();
  const module = interpreter.modules.run("__main__", "main.py", syntax.parse(setup));
  const statement = interpreter.parse(expression).chunks.flatMap(({ chunk }) => chunk.body)[0];
  assert.ok(statement?.kind === "ExprStmt", `not an expression: ${expression}`);
  const frame = interpreter.frameOf(module);
  machine.state.frame = frame;
  try {
    return textOf(machine.evaluate(statement.value, frame), "repr");
  } catch (error) {
    if (error instanceof Raised) return `!${exceptionLine(machine, error.exception)}`;
    throw error;
  } finally {
    machine.state.frame = undefined;
  }
}

function printedBy(program: string): string {
  output = "";
  interpreter.reset();
  const module = interpreter.modules.run("__main__", "main.py", syntax.parse(program));
  // What calls models stands in a function: at the top of a file such calls are looked at, not run.
  const main = module.vars.get("main");
  if (main !== undefined) {
    machine.state.frame = interpreter.frameOf(module);
    try {
      machine.call(main, [], noKwargs);
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      output += `!${exceptionLine(machine, error.exception)}\n`;
    } finally {
      machine.state.frame = undefined;
    }
  }
  const { failedImports } = machine.state;
  return [output, ...failedImports.map((each) => `!${each}\n`)].join("").replace(/\n+$/, "");
}

const files = readdirSync(dir).filter((file) => file.endsWith(".md"));

for (const file of files) {
  const cases = casesOf(readFileSync(`${dir}/${file}`, "utf8"));
  test(`${file}: ${cases.length} pieces of Python do what CPython does`, () => {
    assert.ok(cases.length >= 15, "the fixture is too small to prove anything");
    const wrong = cases.flatMap(({ line, kind, source, setup, expected }) => {
      const got = kind === "expression" ? evaluated(source, setup) : printedBy(source);
      const wanted = expected.replace(/^by hand: /, "");
      return got === wanted ? [] : [`${dir}/${file}:${line} ${source}\n    want ${wanted}\n    got  ${got}`];
    });
    assert.equal(wrong.length, 0, `\n${wrong.join("\n")}`);
  });
}
