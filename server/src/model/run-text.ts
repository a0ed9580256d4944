import type { Stmt } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import { asDict, asString } from "./builtins/args.ts";
import { dictSet } from "./dicts.ts";
import { onlyExpression } from "./entries.ts";
import type { Frame, Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { moduleFrame } from "./run-module.ts";
import { execute } from "./statements.ts";
import { native, none, type PyDict, type PyModule, type PyNative, type Value } from "./values.ts";

/** `eval` and `exec` of a text that is known, in the scope of the caller or in dictionaries that are given. */
export function textRunners(parse: (text: string) => SourceFile): readonly PyNative[] {
  /** By scope of a function, names that texts bound there: the function does not see them, later texts do. */
  const bound = new WeakMap<object, Map<string, Value>>();
  return [
    native("eval", (m, [text, globals, locals]) => {
      const known = asString(text);
      const { frame } = m.state;
      if (known === undefined || frame === undefined) return m.unknown("`eval`");
      const place = placeFor(m, frame, globals, locals, bound);
      const expression = onlyExpression(parse(known.trim()).chunks);
      if (place === undefined || expression === undefined)
        return m.unknown(`\`eval\` of \`${known.slice(0, 40)}\``);
      return within(m, place.frame, () => m.evaluate(expression, place.frame));
    }),
    native("exec", (m, [text, globals, locals]) => {
      const known = asString(text);
      const { frame } = m.state;
      const place = frame === undefined ? undefined : placeFor(m, frame, globals, locals, bound);
      if (known === undefined || place === undefined) {
        m.note("`exec`", "the code it runs is not interpreted");
        return none;
      }
      const body = parse(known).chunks.flatMap(({ chunk }) => chunk.body);
      if (!body.every(isWhole)) return raise(m, "SyntaxError", "invalid syntax");
      within(m, place.frame, () => execute(m, body, place.frame));
      place.keep();
      return none;
    }),
    native("compile", (m, [text]) => asString(text) ?? m.unknown("`compile`")),
  ];
}

function isWhole(statement: Stmt): boolean {
  let whole = true;
  walk(statement, (each) => {
    whole &&= each.kind !== "Invalid";
    return whole;
  });
  return whole;
}

function within<T>(m: Machine, frame: Frame, body: () => T): T {
  const before = m.state.frame;
  m.state.frame = frame;
  try {
    return body();
  } finally {
    m.state.frame = before;
  }
}

interface Place {
  readonly frame: Frame;
  /** Called when a text has run. */
  readonly keep: () => void;
}

/** Offsets in the text are none of the file's: what happens inside happens at the call. */
function placeFor(
  m: Machine,
  caller: Frame,
  globals: Value | undefined,
  locals: Value | undefined,
  bound: WeakMap<object, Map<string, Value>>,
): Place | undefined {
  const code = { ...caller.code, prelude: true };
  if (globals === undefined || globals === none) {
    const inner = { ...caller, code, caller };
    if (caller.kind !== "function") return { frame: inner, keep: () => undefined };
    const known = bound.get(caller.scope) ?? new Map<string, Value>();
    bound.set(caller.scope, known);
    const vars = new Map([...known].filter(([name]) => !caller.scope.vars.has(name)));
    const keep = (): void => {
      for (const [name, value] of vars) known.set(name, value);
    };
    m.state.unseen += 1;
    return { frame: { ...inner, scope: { vars, parent: caller.scope, comprehension: false } }, keep };
  }
  const [outer, own] = [asDict(globals), locals === undefined ? undefined : asDict(locals)];
  if (outer === undefined || (locals !== undefined && own === undefined)) return undefined;
  const module: PyModule = { ...caller.code.module, name: "<text>", vars: varsOf(outer), lazy: new Map() };
  const frame = moduleFrame(module, { ...code, module }, caller);
  if (own === undefined || own === outer) return { frame, keep: () => copyBack(outer, module.vars) };
  const vars = varsOf(own);
  const keep = (): void => {
    copyBack(outer, module.vars);
    copyBack(own, vars);
  };
  return {
    frame: { ...frame, kind: "class", scope: { vars, parent: undefined, comprehension: false } },
    keep,
  };
}

const varsOf = (dict: PyDict): Map<string, Value> =>
  new Map(
    [...dict.entries.values()].flatMap(({ key, value }) =>
      typeof key === "string" ? [[key, value] as const] : [],
    ),
  );

function copyBack(dict: PyDict, vars: ReadonlyMap<string, Value>): void {
  for (const [name, value] of vars) dictSet(dict, name, value);
}
