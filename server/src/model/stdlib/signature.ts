import { lookup } from "../classes.ts";
import { dictFrom } from "../dicts.ts";
import { defaultOf } from "../function-defaults.ts";
import type { Machine } from "../machine.ts";
import { none, type PyFunction, type Value } from "../values.ts";

const kinds = {
  "positional-only": 0,
  positional: 1,
  "var-positional": 2,
  "keyword-only": 3,
  "var-keyword": 4,
} as const;

/** `inspect.Parameter.empty`. */
export const empty: Value = { kind: "token", name: "inspect.Parameter.empty" };

/** Parameters and what is returned, for `inspect.signature(...)`; `None` for something native. */
export function signatureOf(m: Machine, callable: Value): Value {
  const found = functionOf(callable);
  if (found === undefined)
    return takesAnything(callable)
      ? signatureRecord(initParams.map(({ name, kind }) => [name, parameter(name, empty, kind)]))
      : none;
  const { fn, skip } = found;
  return signatureRecord(
    fn.node.params
      .slice(skip)
      .map((param) => [
        param.name,
        parameter(
          param.name,
          defaultOf(fn, param) ?? empty,
          kinds[param.mode],
          param.annotation === undefined ? empty : m.unknown("an annotation"),
        ),
      ]),
    fn.node.kind === "FunctionDef" && fn.node.returns !== undefined ? m.unknown("an annotation") : empty,
  );
}

const signatureRecord = (
  parameters: readonly (readonly [string, Value])[],
  returned: Value = empty,
): Value => ({
  kind: "record",
  typeName: "Signature",
  fields: new Map<string, Value>([
    ["parameters", dictFrom(parameters)],
    ["return_annotation", returned],
  ]),
});

const parameter = (name: string, fallback: Value, kind: number, annotation: Value = empty): Value => ({
  kind: "record",
  typeName: "Parameter",
  fields: new Map<string, Value>([
    ["name", name],
    ["default", fallback],
    ["kind", kind],
    ["annotation", annotation],
  ]),
});

/** `(self, *args, **kwargs)`: how `nn.Module` and `object` are made, and how a module is called. */
const initParams = [
  { name: "self", kind: kinds.positional },
  { name: "args", kind: kinds["var-positional"] },
  { name: "kwargs", kind: kinds["var-keyword"] },
];

function takesAnything(value: Value): boolean {
  if (typeof value !== "object") return false;
  if (value.kind === "native") return value.name === "__init__";
  const cls = value.kind === "instance" ? value.cls : value.kind === "class" ? value : undefined;
  const found =
    cls?.isModule === true ? lookup(cls, value.kind === "class" ? "__init__" : "__call__") : undefined;
  return typeof found === "object" && found.kind === "native";
}

/** What the annotation of a parameter of a function means. */
export function annotationAt(m: Machine, callable: Value | undefined, at: number): Value {
  const fn = callable === undefined ? undefined : functionOf(callable)?.fn;
  const node = fn?.node.params[at]?.annotation;
  const { frame } = m.state;
  if (fn === undefined || node === undefined || frame === undefined) return m.unknown("an annotation");
  return m.evaluate(node, {
    ...frame,
    kind: "function",
    code: fn.code,
    scope: { vars: new Map(), parent: fn.scope, comprehension: false },
    caller: frame,
    redirects: undefined,
  });
}

/** The function that a call ends in, wrappers aside, and how many parameters are bound already. */
export function functionOf(value: Value): { readonly fn: PyFunction; readonly skip: number } | undefined {
  if (typeof value !== "object") return undefined;
  if (value.kind === "function") {
    const wrapped = value.attrs?.get("__wrapped__");
    return wrapped === undefined ? { fn: value, skip: 0 } : functionOf(wrapped);
  }
  if (value.kind === "method") {
    const inner = functionOf(value.func);
    return inner === undefined ? undefined : { fn: inner.fn, skip: inner.skip + 1 };
  }
  if (value.kind === "class" || value.kind === "instance") {
    const found = value.kind === "class" ? lookup(value, "__init__") : lookup(value.cls, "__call__");
    const inner = found === undefined ? undefined : functionOf(found);
    return inner === undefined ? undefined : { fn: inner.fn, skip: 1 };
  }
  if (value.kind === "staticmethod" || value.kind === "classmethod") return functionOf(value.func);
  return undefined;
}
