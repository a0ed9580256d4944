import type { FunctionDef, Lambda, Param } from "../syntax/ast.ts";
import { dictFrom } from "./dicts.ts";
import { defaultOf } from "./function-defaults.ts";
import type { Frame, Machine } from "./machine.ts";
import { raise } from "./raise.ts";
import { type Kwargs, none, type PyFunction, tuple, type Value } from "./values.ts";

export function makeFunction(m: Machine, node: FunctionDef | Lambda, frame: Frame): PyFunction {
  const name = node.kind === "Lambda" ? "<lambda>" : node.name;
  return {
    kind: "function",
    name,
    qualname: frame.kind === "class" ? `${frame.name}.${name}` : name,
    node,
    defaults: defaultsOf(m, node.params, frame),
    scope:
      frame.kind === "module" && !frame.scope.comprehension
        ? undefined
        : frame.kind === "class"
          ? frame.scope.parent
          : frame.scope,
    code: frame.code,
    owner: frame.owner,
    attrs: undefined,
    doubt: undefined,
  };
}

function defaultsOf(
  m: Machine,
  params: readonly Param[],
  frame: Frame,
): ReadonlyMap<string, Value> | undefined {
  let made: Map<string, Value> | undefined;
  for (const param of params) {
    if (param.default === undefined) continue;
    made ??= new Map();
    made.set(param.name, m.evaluate(param.default, frame));
  }
  return made;
}

/** Python's words for `first` and all that are missing with it: it tells those by keyword only when no others are. */
function missing(fn: PyFunction, first: Param, vars: ReadonlyMap<string, Value>, kwargs: Kwargs): string {
  const isNamed = first.mode === "keyword-only";
  const lacking = fn.node.params
    .filter(({ mode }) =>
      isNamed ? mode === "keyword-only" : mode === "positional" || mode === "positional-only",
    )
    .filter((each) => !vars.has(each.name) && !kwargs.has(each.name) && defaultOf(fn, each) === undefined)
    .map(({ name }) => `'${name}'`);
  const [last = "", ...others] = [...lacking].reverse();
  const list =
    others.length === 0
      ? last
      : `${[...others].reverse().join(", ")}${others.length > 1 ? "," : ""} and ${last}`;
  const kind = isNamed ? "keyword-only" : "positional";
  return `${fn.qualname}() missing ${lacking.length} required ${kind} argument${others.length === 0 ? "" : "s"}: ${list}`;
}

/** What is told first of a call that lacks an argument: what is too much, then what is missing. */
function refuse(
  m: Machine,
  fn: PyFunction,
  param: Param,
  args: readonly Value[],
  kwargs: Kwargs,
  vars: ReadonlyMap<string, Value>,
): never {
  const { params } = fn.node;
  const takes = (mode: Param["mode"]): boolean => params.some((each) => each.mode === mode);
  const odd = takes("var-keyword") ? undefined : [...kwargs.keys()].find((key) => !isNamed(params, key));
  if (odd !== undefined)
    return raise(m, "TypeError", `${fn.qualname}() got an unexpected keyword argument '${odd}'`);
  const places = params.filter(({ mode }) => mode === "positional" || mode === "positional-only").length;
  if (args.length > places && !takes("var-positional"))
    return raise(
      m,
      "TypeError",
      `${fn.qualname}() takes ${places} positional argument${places === 1 ? "" : "s"} but ${args.length} ${args.length === 1 ? "was" : "were"} given`,
    );
  return raise(m, "TypeError", missing(fn, param, vars, kwargs));
}

/** Binds a call's arguments to parameters. @throws Raised `TypeError` as Python does. */
function bindArguments(
  m: Machine,
  fn: PyFunction,
  args: readonly Value[],
  kwargs: Kwargs,
  vars: Map<string, Value>,
): void {
  const { params } = fn.node;
  let next = 0;
  let used = 0;
  let rest: Param | undefined;
  let restKeywords: Param | undefined;
  for (const param of params) {
    const { name } = param;
    switch (param.mode) {
      case "var-positional":
        rest = param;
        vars.set(name, tuple(args.slice(next)));
        next = args.length;
        continue;
      case "var-keyword":
        restKeywords = param;
        continue;
      case "positional":
      case "positional-only": {
        const given = args[next];
        if (given !== undefined) {
          next += 1;
          if (param.mode === "positional" && kwargs.has(name))
            raise(m, "TypeError", `${fn.qualname}() got multiple values for argument '${name}'`);
          vars.set(name, given);
          continue;
        }
        break;
      }
    }
    const named = param.mode === "positional-only" ? undefined : kwargs.get(name);
    if (named !== undefined) {
      used += 1;
      vars.set(name, named);
      continue;
    }
    const fallback = defaultOf(fn, param);
    if (fallback === undefined && isStandIn(fn)) {
      m.note(`\`${fn.name}\``, `its argument \`${name}\` is not modelled`);
      vars.set(name, m.unknown(`the argument \`${name}\``));
      continue;
    }
    if (fallback === undefined) refuse(m, fn, param, args, kwargs, vars);
    vars.set(name, fallback);
  }
  if (next < args.length && rest === undefined) {
    if (isStandIn(fn)) m.note(`\`${fn.name}\``, "an argument of it is not modelled");
    else
      raise(
        m,
        "TypeError",
        `${fn.qualname}() takes ${params.length} positional arguments but ${args.length} were given`,
      );
  }
  if (restKeywords !== undefined) {
    vars.set(restKeywords.name, dictFrom([...kwargs].filter(([key]) => !isNamed(params, key))));
  } else if (used < kwargs.size) {
    const odd = [...kwargs.keys()].find((key) => !isNamed(params, key));
    if (odd !== undefined && isStandIn(fn))
      m.note(`\`${fn.name}\``, `its argument \`${odd}\` is not modelled`);
    else if (odd !== undefined)
      raise(m, "TypeError", `${fn.qualname}() got an unexpected keyword argument '${odd}'`);
  }
}

/** The prelude's functions may take less than the real ones; those of `torch.nn` take the same. */
const isStandIn = (fn: PyFunction): boolean => fn.code.prelude && !fn.code.module.name.startsWith("torch.nn");

const isNamed = (params: readonly Param[], name: string): boolean =>
  params.some(
    (param) => param.name === name && (param.mode === "positional" || param.mode === "keyword-only"),
  );

/** Frame of a call of `fn`, with its arguments bound. */
export function enter(m: Machine, fn: PyFunction, args: readonly Value[], kwargs: Kwargs): Frame {
  const vars = new Map<string, Value>();
  bindArguments(m, fn, args, kwargs, vars);
  if (!fn.code.prelude) m.state.entered.add(fn.node);
  return {
    kind: "function",
    name: fn.qualname,
    code: fn.code,
    scope: { vars, parent: fn.scope, comprehension: false },
    caller: m.state.frame,
    start: fn.node.start,
    end: fn.node.start,
    result: none,
    owner: fn.owner,
    self: args[0] ?? vars.get(fn.node.params[0]?.name ?? ""),
    redirects: undefined,
    annotations: undefined,
    handling: undefined,
    trace: undefined,
    trying: 0,
  };
}
