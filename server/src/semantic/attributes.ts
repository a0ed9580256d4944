import type { Attribute, ClassDef, Expr, FunctionDef, Node } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { perClass } from "./memo.ts";
import { methodsOf, selfAttribute, selfName, walkOwn } from "./structure.ts";

interface SelfAttributes {
  readonly values: ReadonlyMap<string, readonly Expr[]>;
  readonly loads: ReadonlyMap<string, readonly Attribute[]>;
}

const attributesOf = perClass((cls): SelfAttributes => {
  const all: MutableAttributes = { values: new Map(), loads: new Map() };
  for (const method of methodsOf(cls).values()) {
    const own = attributesIn(method);
    for (const [attr, values] of own.values) addAll(all.values, attr, values);
    for (const [attr, loads] of own.loads) addAll(all.loads, attr, loads);
  }
  return all;
});

interface MutableAttributes {
  readonly values: Map<string, Expr[]>;
  readonly loads: Map<string, Attribute[]>;
}

const inMethods = new WeakMap<FunctionDef, SelfAttributes>();

/** What one method assigns to attributes of `self`, nested functions left out, and what it reads of them. */
function attributesIn(method: FunctionDef): SelfAttributes {
  const known = inMethods.get(method);
  if (known !== undefined) return known;
  const found: MutableAttributes = { values: new Map(), loads: new Map() };
  const self = selfName(method);
  walkOwn(method.body, (node) => {
    if (node.kind !== "Assign" && node.kind !== "AnnAssign") return;
    for (const target of node.kind === "Assign" ? node.targets : [node.target]) {
      const attr = selfAttribute(target, self);
      if (attr !== undefined && node.value !== undefined) addAll(found.values, attr, [node.value]);
    }
  });
  walk(method, (node) => {
    if (node.kind !== "Attribute" || node.value.kind !== "Name" || node.value.id !== self) return true;
    if (!isAttributeStore(node)) addAll(found.loads, node.attr, [node]);
    return false;
  });
  inMethods.set(method, found);
  return found;
}

function addAll<T>(to: Map<string, T[]>, name: string, items: readonly T[]): void {
  const same = to.get(name);
  if (same === undefined) to.set(name, [...items]);
  else same.push(...items);
}

function isAttributeStore(node: Attribute): boolean {
  let child: Node = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    if (at.kind === "Tuple" || at.kind === "List" || at.kind === "Starred") continue;
    if (at.kind === "Assign" || at.kind === "Delete") return at.targets.some((target) => target === child);
    if (at.kind === "AnnAssign" || at.kind === "For" || at.kind === "WithItem") return at.target === child;
    return false;
  }
  return false;
}

/** The value of `self.attr` when the class assigns it exactly once. */
export function attributeValue(cls: ClassDef, attr: string): Expr | undefined {
  const values = attributeValues(cls, attr);
  return values.length === 1 ? values[0] : undefined;
}

/** Every value the methods of a class assign to `self.attr`. */
export const attributeValues = (cls: ClassDef, attr: string): readonly Expr[] =>
  attributesOf(cls).values.get(attr) ?? [];

/** Where the methods of a class read `self.attr`. */
export const attributeLoads = (cls: ClassDef, attr: string): readonly Attribute[] =>
  attributesOf(cls).loads.get(attr) ?? [];

/** The attributes that the methods of a class assign on `self`. */
export const attributeNames = (cls: ClassDef): readonly string[] => [...attributesOf(cls).values.keys()];

/** Like `attributeLoads`, without those that only fill a container: `self.attr.add_module(...)`. */
export const attributeReads = (cls: ClassDef, attr: string): readonly Attribute[] =>
  attributeLoads(cls, attr).filter(
    ({ parent }) => parent?.kind !== "Attribute" || !/^(?:add_module|append|extend)$/.test(parent.attr),
  );
