import type * as ast from "../syntax/ast.ts";
import { dictEntries, dictFrom, dictGet } from "./dicts.ts";
import { equal } from "./equality.ts";
import { type Completion, Ended, type Frame, type Machine } from "./machine.ts";
import { reasonOf } from "./reasons.ts";
import { store } from "./scope.ts";
import { isInstance } from "./types.ts";
import { isUnknown, list, none, type Value } from "./values.ts";

export function matchCases(m: Machine, node: ast.Match, frame: Frame): Completion {
  const subject = m.evaluate(node.subject, frame);
  for (const each of node.cases) {
    const fits = matches(m, each.pattern, subject, frame);
    const taken = fits === true && each.guard !== undefined ? m.truth(m.evaluate(each.guard, frame)) : fits;
    if (taken === undefined) {
      m.note(
        "a `match`",
        `which case is taken is unknown: ${reasonOf([subject], "it depends on what is not known")}`,
      );
      continue;
    }
    if (taken) return m.execute(each.body, frame);
  }
  return Ended.normal;
}

/** Whether a pattern fits, binding its names; `undefined` when not known. */
function matches(m: Machine, pattern: ast.Pattern, subject: Value, frame: Frame): boolean | undefined {
  switch (pattern.kind) {
    case "MatchValue": {
      const value = m.evaluate(pattern.value, frame);
      return value === none || typeof value === "boolean"
        ? isUnknown(subject)
          ? undefined
          : value === subject
        : equal(m, subject, value);
    }
    case "MatchAs": {
      const fits = pattern.pattern === undefined ? true : matches(m, pattern.pattern, subject, frame);
      if (fits === true && pattern.name !== undefined) store(frame, pattern.name, subject);
      return fits;
    }
    case "MatchOr":
      return any(pattern.patterns.map((each) => () => matches(m, each, subject, frame)));
    case "MatchSequence":
      return matchSequence(m, pattern, subject, frame);
    case "MatchMapping":
      return matchMapping(m, pattern, subject, frame);
    case "MatchClass":
      return matchClass(m, pattern, subject, frame);
    case "MatchStar":
      return true;
    case "Invalid":
      return undefined;
  }
}

function any(tests: readonly (() => boolean | undefined)[]): boolean | undefined {
  let doubt = false;
  for (const test of tests) {
    const answer = test();
    if (answer === true) return true;
    doubt ||= answer === undefined;
  }
  return doubt ? undefined : false;
}

function all(tests: readonly (() => boolean | undefined)[]): boolean | undefined {
  let doubt = false;
  for (const test of tests) {
    const answer = test();
    if (answer === false) return false;
    doubt ||= answer === undefined;
  }
  return doubt ? undefined : true;
}

function matchSequence(
  m: Machine,
  pattern: ast.MatchSequence,
  subject: Value,
  frame: Frame,
): boolean | undefined {
  if (isUnknown(subject)) return undefined;
  if (typeof subject !== "object" || (subject.kind !== "list" && subject.kind !== "tuple")) return false;
  const { items } = subject;
  const star = pattern.patterns.findIndex((each) => each.kind === "MatchStar");
  if (star < 0 ? items.length !== pattern.patterns.length : items.length < pattern.patterns.length - 1)
    return false;
  const after = pattern.patterns.length - star - 1;
  return all(
    pattern.patterns.map((each, i) => () => {
      if (each.kind === "MatchStar") {
        if (each.name !== undefined) store(frame, each.name, list(items.slice(star, items.length - after)));
        return true;
      }
      const item = items[star < 0 || i < star ? i : items.length - pattern.patterns.length + i];
      return item === undefined ? false : matches(m, each, item, frame);
    }),
  );
}

function matchMapping(
  m: Machine,
  pattern: ast.MatchMapping,
  subject: Value,
  frame: Frame,
): boolean | undefined {
  if (isUnknown(subject)) return undefined;
  if (typeof subject !== "object" || subject.kind !== "dict") return false;
  const seen = new Set<Value>();
  const fits = all(
    pattern.keys.map((node, i) => () => {
      const key = m.evaluate(node, frame);
      seen.add(key);
      const [value, inner] = [dictGet(subject, key), pattern.patterns[i]];
      return value === undefined || inner === undefined ? false : matches(m, inner, value, frame);
    }),
  );
  if (fits === true && pattern.rest !== undefined)
    store(
      frame,
      pattern.rest,
      dictFrom(
        dictEntries(subject).flatMap(({ key, value }) =>
          typeof key === "string" && !seen.has(key) ? [[key, value] as const] : [],
        ),
      ),
    );
  return fits;
}

function matchClass(m: Machine, pattern: ast.MatchClass, subject: Value, frame: Frame): boolean | undefined {
  const cls = m.evaluate(pattern.cls, frame);
  const is = isInstance(m, subject, cls);
  if (is !== true) return is;
  const args =
    typeof cls === "object" && cls.kind === "class" ? m.getAttribute(cls, "__match_args__") : undefined;
  const names = typeof args === "object" && args.kind === "tuple" ? args.items : [];
  return all([
    ...pattern.patterns.map((each, i) => () => {
      const name = names[i];
      if (typeof name !== "string") return i === 0 ? matches(m, each, subject, frame) : false;
      const value = m.getAttribute(subject, name);
      return value === undefined ? false : matches(m, each, value, frame);
    }),
    ...pattern.kwPatterns.map((each, i) => () => {
      const value = m.getAttribute(subject, pattern.kwNames[i] ?? "");
      return value === undefined ? false : matches(m, each, value, frame);
    }),
  ]);
}
