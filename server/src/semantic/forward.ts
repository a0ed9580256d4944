import type { ClassDef, FunctionDef, Node } from "../syntax/ast.ts";
import { enclosingMethod, instanceName, methodsOfForward } from "./methods.ts";
import type { Certainty3 } from "./module-class.ts";

export interface ForwardPlace {
  readonly cls: ClassDef;
  readonly method: FunctionDef;
  /** The name by which code there reaches the module, `undefined` where it cannot. */
  readonly self: string | undefined;
}

/** The method that `node` stands in, when it is one that the `forward` of an `nn.Module` runs. */
export function forwardPlace(
  node: Node,
  isModuleClass: (cls: ClassDef) => Certainty3,
): ForwardPlace | undefined {
  const place = enclosingMethod(node);
  if (place === undefined || isModuleClass(place.cls) !== "yes") return undefined;
  if (!methodsOfForward(place.cls).has(place.method)) return undefined;
  return { ...place, self: instanceName(node, place.method) };
}
