import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reaching, readsAfter } from "../server/src/semantic/reaching.ts";
import { statementOf } from "../server/src/semantic/structure.ts";
import type { Name } from "../server/src/syntax/ast.ts";
import { nodesOf } from "../server/src/syntax/visit.ts";
import { syntax } from "./harness/syntax.ts";

/** The names `x` of a function body, in source order. */
function namesX(body: readonly string[]): { readonly text: string; readonly names: readonly Name[] } {
  const text = ["def f(a, x0):", ...body.map((line) => `    ${line}`), ""].join("\n");
  const chunk = syntax.parse(text).chunks[0]?.chunk;
  assert.ok(chunk !== undefined && !chunk.hasErrors);
  return { text, names: nodesOf(chunk.nodes, "Name").filter((name) => name.id === "x") };
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length - 2;

/** Lines of the body (from 0) that may read what the first binding of `x` gave. */
function reads(...body: string[]): readonly number[] {
  const { text, names } = namesX(body);
  const first = names[0];
  const stmt = first === undefined ? undefined : statementOf(first);
  assert.ok(stmt !== undefined);
  return readsAfter(stmt, "x")
    .map((name) => lineOf(text, name.start))
    .sort((a, b) => a - b);
}

/** The source of the value that the last `x` reads for certain. */
function value(...body: string[]): string | undefined {
  const { text, names } = namesX(body);
  const last = names[names.length - 1];
  assert.ok(last !== undefined);
  const found = reaching(last);
  if (found?.kind === "assign") return text.slice(found.value.start, found.value.end);
  return found?.kind;
}

describe("reads that may see a value", () => {
  test("straight-line code, until the name is given another value", () => {
    assert.deepEqual(reads("x = 1", "use(x)", "x = x + 1", "use(x)"), [1, 2]);
    assert.deepEqual(reads("x = 1", "x, y = 2, 3", "use(x)"), []);
    assert.deepEqual(reads("x = 1", "x += 1", "use(x)"), [1, 2]);
  });
  test("a branch that does not bind leaves the value alive", () => {
    assert.deepEqual(reads("x = 1", "if a:", "    x = 2", "use(x)"), [3]);
    assert.deepEqual(reads("x = 1", "if a:", "    x = 2", "else:", "    x = 3", "use(x)"), []);
    assert.deepEqual(reads("x = 1", "if a:", "    return x", "x = 2", "use(x)"), [2]);
  });
  test("out of a branch", () => {
    assert.deepEqual(reads("if a:", "    x = 1", "else:", "    y = 2", "use(x)"), [4]);
  });
  test("around a loop", () => {
    assert.deepEqual(reads("for i in a:", "    use(x0)", "    x = i", "use(x)"), [3]);
    assert.deepEqual(reads("while a:", "    if a:", "        x = 1", "    use(x)", "    x = 2"), [3]);
    assert.deepEqual(
      reads("for i in a:", "    x = i", "    if i:", "        break", "    x = 2", "use(x)"),
      [5],
    );
  });
  test("out of try and with", () => {
    assert.deepEqual(reads("try:", "    x = 1", "except E:", "    use(x)", "finally:", "    use(x)"), [3, 5]);
    assert.deepEqual(reads("with a:", "    x = 1", "use(x)"), [2]);
  });
  test("in nested functions", () => {
    assert.deepEqual(reads("x = 1", "def g():", "    return x", "x = 2"), [2]);
  });
});

describe("the value a read sees for certain", () => {
  test("straight-line code", () => {
    assert.equal(value("x = 1", "y = 2", "use(x)"), "1");
    assert.equal(value("x = 1", "x += 2", "use(x)"), "augmented");
    assert.equal(value("x: int = 1", "if a:", "    use(x)"), "1");
    assert.equal(value("with a:", "    x = 1", "    use(x)"), "1");
  });
  test("unknown behind branches, unpacking and loops", () => {
    assert.equal(value("x = 1", "if a:", "    x = 2", "use(x)"), undefined);
    assert.equal(value("x, y = a", "use(x)"), undefined);
    assert.equal(value("x = 1", "for i in a:", "    use(x)", "    x = 2", "    y = x"), "2");
    assert.equal(value("for x in a:", "    use(x)"), undefined);
    assert.equal(value("use(x)"), undefined);
  });
});
