import type { ClassDef, Expr } from "../syntax/ast.ts";
import { type ClassParts, makeClass } from "./classes.ts";
import { docOf } from "./docs.ts";
import { finishEnum } from "./enums.ts";
import { finishClass } from "./finish-class.ts";
import type { Frame, Machine } from "./machine.ts";
import { metaclassDoubt, prepared } from "./metaclasses.ts";
import { namedTupleClass } from "./named-tuple.ts";
import { type ClassCell, isUnknown, type Kwargs, none, type PyClass, type Value } from "./values.ts";

export function defineClass(m: Machine, node: ClassDef, frame: Frame): PyClass {
  const listed = basesOf(m, node, frame);
  const keywords = new Map<string, Value>();
  for (const keyword of node.keywords)
    if (keyword.name !== undefined) keywords.set(keyword.name, m.evaluate(keyword.value, frame));
  const found: Found = {
    bases: listed.bases,
    opaque: listed.opaque ?? metaclassDoubt(m, node.name, keywords, listed.bases),
  };
  const vars = new Map<string, Value>(prepared(m, node.name, listed.bases, keywords));
  const annotations: ClassParts["annotations"] & {} = new Map();
  const cell: ClassCell = { cls: undefined };
  const scope = {
    vars,
    parent: frame.kind === "module" ? undefined : enclosing(frame),
    comprehension: false,
  };
  const inner: Frame = {
    kind: "class",
    name: frame.kind === "class" ? `${frame.name}.${node.name}` : node.name,
    code: frame.code,
    scope,
    caller: frame,
    start: node.start,
    end: node.end,
    result: none,
    owner: cell,
    self: undefined,
    redirects: undefined,
    annotations,
    handling: undefined,
    trace: undefined,
    trying: 0,
  };
  m.state.frame = inner;
  try {
    m.execute(node.body, inner);
  } finally {
    m.state.frame = frame;
  }
  const doc = docOf(node.body);
  if (doc !== undefined && !vars.has("__doc__")) vars.set("__doc__", doc);
  const cls = build(m, node, frame, { found, keywords, vars, annotations });
  cell.cls = cls;
  finishClass(m, cls, vars, keywords);
  return cls;
}

const enclosing = (frame: Frame): Frame["scope"] | undefined =>
  frame.kind === "class" ? frame.scope.parent : frame.scope;

interface Found {
  readonly bases: readonly PyClass[];
  readonly opaque: PyClass["opaque"];
}

function basesOf(m: Machine, node: ClassDef, frame: Frame): Found {
  const bases: PyClass[] = [];
  let opaque: PyClass["opaque"];
  const values = node.bases.flatMap((each): readonly Value[] => {
    if (each.kind !== "Starred") return [m.evaluate(each, frame)];
    const next = m.iterate(m.evaluate(each.value, frame));
    const items: Value[] = [];
    for (let item = next(); item !== undefined; item = next()) items.push(item);
    return items;
  });
  for (const value of values) {
    if (typeof value === "object" && value.kind === "class") {
      if (value !== m.classes.get("object")) bases.push(value);
    } else if (isUnknown(value)) opaque ??= value;
  }
  return { bases, opaque };
}

interface Body extends Pick<ClassParts, "annotations"> {
  readonly found: Found;
  readonly keywords: Kwargs;
  readonly vars: Map<string, Value>;
  readonly annotations: Map<string, Expr>;
}

function build(m: Machine, node: ClassDef, frame: Frame, body: Body): PyClass {
  const object = m.classes.get("object");
  const { found, vars, annotations } = body;
  if (found.bases.some((base) => base.attrs.has("__named_tuple__")))
    return namedTupleClass(m, node.name, [...annotations.keys()], vars, frame.code);
  const bases = [...found.bases];
  const torchModule = m.classes.get("Module");
  if (
    found.opaque !== undefined &&
    vars.has("forward") &&
    torchModule !== undefined &&
    !bases.some((b) => b.isModule)
  )
    bases.push(torchModule);
  if (bases.length === 0 && object !== undefined) bases.push(object);
  const cls = makeClass({
    name: node.name,
    bases,
    attrs: vars,
    annotations,
    code: frame.code,
    nameStart: node.nameStart,
    scope: frame.scope,
    isModule: bases.some((base) => base.isModule) || isTorchModule(node.name, frame),
    ...(found.opaque === undefined ? {} : { opaque: found.opaque }),
  });
  if (cls.isEnum) finishEnum(m, cls);
  return cls;
}

const isTorchModule = (name: string, frame: Frame): boolean =>
  name === "Module" && frame.code.prelude && frame.code.module.name === "torch.nn.modules.module";
