import type { Unknown } from "../base/known.ts";
import type { Call } from "../syntax/ast.ts";
import { attribute } from "./attributes.ts";
import { dictEntries } from "./dicts.ts";
import { append, collect } from "./iterate.ts";
import { isTopCall } from "./look-at-call.ts";
import type { Frame, Machine } from "./machine.ts";
import { privateName } from "./private-name.ts";
import { raise } from "./raise.ts";
import { isUnknown, type Kwargs, noKwargs, type Value } from "./values.ts";

export function evaluateCall(m: Machine, node: Call, frame: Frame): Value {
  const { func } = node;
  if (func.kind === "Name" && func.id === "super" && node.args.length === 0) {
    const cls = frame.owner?.cls;
    if (cls !== undefined && frame.self !== undefined) return { kind: "super", cls, self: frame.self };
  }
  const callee = func.kind === "Attribute" ? attributeOf(m, func, frame) : m.evaluate(func, frame);
  const args = positional(m, node, frame);
  const kwargs = node.keywords.length === 0 ? noKwargs : keywords(m, node, frame, whose(callee));
  frame.start = node.start;
  frame.end = node.end;
  if (!("kind" in args)) return m.call(callee, args, kwargs);
  m.note("a call", `its \`*\` arguments are unknown: ${args.why}`);
  return args;
}

function attributeOf(m: Machine, func: Extract<Call["func"], { kind: "Attribute" }>, frame: Frame): Value {
  const object = m.evaluate(func.value, frame);
  frame.start = func.start;
  frame.end = func.end;
  // `model.forward(x)` in a program is a call of the model like any other.
  const isForward = func.attr === "forward" && m.state.quiet && isModule(object) && isTopCall(m);
  return isForward ? object : attribute(m, object, privateName(func.attr, frame));
}

const isModule = (value: Value): boolean =>
  typeof value === "object" && value.kind === "instance" && value.cls.isModule;

const noArgs: readonly Value[] = [];

/** What is unknown when it is not known how many arguments there are. */
function positional(m: Machine, node: Call, frame: Frame): readonly Value[] | Unknown {
  if (node.args.length === 0) return noArgs;
  const values: Value[] = [];
  for (const arg of node.args) {
    if (arg.kind !== "Starred") {
      values.push(m.evaluate(arg, frame));
      continue;
    }
    const rest = m.evaluate(arg.value, frame);
    if (isUnknown(rest)) return rest;
    append(m, values, collect(m, rest));
  }
  return values;
}

/** Arguments of a function decide what it changes; those of a class what is made, which is told of that. */
const whose = (callee: Value): string =>
  typeof callee === "object" && (callee.kind === "function" || callee.kind === "method")
    ? "the arguments of a function"
    : "the arguments of a call";

function keywords(m: Machine, node: Call, frame: Frame, what: string): Kwargs {
  const values = new Map<string, Value>();
  m.state.unknownKeywords = undefined;
  for (const keyword of node.keywords) {
    const value = m.evaluate(keyword.value, frame);
    if (keyword.name === undefined) spread(m, what, value, values);
    else values.set(keyword.name, value);
  }
  return values;
}

function spread(m: Machine, what: string, value: Value, into: Map<string, Value>): void {
  if (isUnknown(value)) {
    m.note(what, `those by \`**\` are unknown: ${value.why}`);
    m.state.unknownKeywords = value.why;
    return;
  }
  const inner =
    typeof value === "object" && value.kind === "instance" && value.payload !== undefined
      ? value.payload
      : value;
  if (typeof inner === "object" && inner.kind === "dict") {
    for (const entry of dictEntries(inner))
      if (typeof entry.key === "string") into.set(entry.key, entry.value);
    return;
  }
  const keys = m.getAttribute(value, "keys");
  if (keys === undefined) raise(m, "TypeError", "argument after ** must be a mapping");
  const next = m.iterate(m.call(keys, [], noKwargs));
  for (let key = next(); key !== undefined; key = next())
    if (typeof key === "string") into.set(key, m.getItem(value, key));
}
