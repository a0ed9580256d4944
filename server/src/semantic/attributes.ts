import type { Attribute, ClassDef, Expr, Node } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { perClass } from "./memo.ts";
import { methodsOf, selfAssignments, selfName } from "./structure.ts";

interface SelfAttributes {
  readonly values: ReadonlyMap<string, readonly Expr[]>;
  readonly loads: ReadonlyMap<string, readonly Attribute[]>;
}

const attributesOf = perClass((cls): SelfAttributes => {
  const loads = new Map<string, Attribute[]>();
  for (const method of methodsOf(cls).values()) {
    const self = selfName(method);
    walk(method, (node) => {
      if (node.kind !== "Attribute" || node.value.kind !== "Name" || node.value.id !== self) return true;
      if (isAttributeStore(node)) return false;
      const same = loads.get(node.attr);
      if (same === undefined) loads.set(node.attr, [node]);
      else same.push(node);
      return false;
    });
  }
  return { values: selfAssignments(cls), loads };
});

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
