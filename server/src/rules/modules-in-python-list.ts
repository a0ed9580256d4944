/**
 * Checks for layers that a module keeps in a plain list or dictionary.
 *
 * ## Why is this bad?
 * `nn.Module` finds its parts by the type of its attributes. Layers in a Python list are not found: `parameters()` leaves them out, so the optimizer never
 * trains them; `to(device)` leaves them where they are; `state_dict()` does not save them; `eval()` does not reach them. The program
 * runs, and what it trains is a part of the model.
 *
 * ## Example
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self, width, depth):
 *         super().__init__()
 *         self.layers = [nn.Linear(width, width) for _ in range(depth)]
 *
 *     def forward(self, x):
 *         for layer in self.layers:
 *             x = layer(x)
 *         return x
 * ```
 *
 * Use instead:
 * ```py
 * import torch.nn as nn
 *
 *
 * class Net(nn.Module):
 *     def __init__(self, width, depth):
 *         super().__init__()
 *         self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
 *
 *     def forward(self, x):
 *         for layer in self.layers:
 *             x = layer(x)
 *         return x
 * ```
 *
 * The rule is silent where the list is handed on (to `nn.Sequential`, `add_module`, an optimizer), where layers without
 * parameters are all it holds, and for a list of one, which is a known way to hide a module on purpose.
 *
 * ## Fix safety
 * Suggestion: the layers are trained, moved and saved from then on, so checkpoints get new keys.
 *
 * ## When not to use it
 * Where the layers are registered elsewhere, or are meant to stay out of the module, as a frozen teacher may be.
 *
 * ## References
 * - [torch.nn.ModuleList](https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html)
 */
import { attributeLoads, attributeNames, attributeValues } from "../semantic/attributes.ts";
import { methodsOfForward } from "../semantic/methods.ts";
import { definitionOf } from "../semantic/names.ts";
import { callsIn, containsInvalid, enclosingDef, methodsOf, selfName } from "../semantic/structure.ts";
import type { Attribute, Call, ClassDef, Expr } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "layers",
  severity: { certain: "error", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    ClassDef(cls, ctx) {
      const init = methodsOf(cls).get("__init__");
      if (init === undefined) return;
      for (const attr of attributeNames(cls)) {
        const values = attributeValues(cls, attr);
        const value = values[0];
        if (value === undefined || values.length > 1 || !isContainer(value)) continue;
        check(cls, attr, value, ctx);
      }
    },
  },
});

const isContainer = (value: Expr): boolean =>
  value.kind === "List" || value.kind === "ListComp" || value.kind === "Dict" || value.kind === "DictComp";

function check(cls: ClassDef, attr: string, container: Expr, ctx: RuleContext): void {
  const loads = attributeLoads(cls, attr);
  const appends = loads.flatMap(appendOf);
  const held = [...elementsOf(container), ...appends];
  // `[module]` hides a module on purpose.
  if (held.length === 0 || (container.kind === "List" && held.length === 1 && appends.length === 0)) return;
  const made = held.map((each) => (each?.kind === "Call" ? layerOf(each, ctx) : undefined));
  if (made.some((each) => each === undefined) || made.every((each) => each === "empty")) return;
  if (enclosingDef(container)?.name !== "__init__" || ctx.isModuleClass(cls) !== "yes") return;
  if (!isOnlyUsedHere(cls, loads) || registersOtherwise(cls) || containsInvalid(cls)) return;
  const first = held[0];
  const fix = first?.kind === "Call" ? wrap(container, first, ctx) : undefined;
  const isDict = container.kind === "Dict" || container.kind === "DictComp";
  ctx.report({
    at: container,
    certainty: "certain",
    message: `The layers in \`self.${attr}\` are not part of the module: a plain ${isDict ? "dictionary" : "list"} hides them from \`parameters()\`, \`to()\`, \`eval()\` and \`state_dict()\`, so they are never trained. Use \`nn.${isDict ? "ModuleDict" : "ModuleList"}\`.`,
    ...(fix === undefined
      ? { manual: "Put the layers into an `nn.ModuleList` or `nn.ModuleDict`." }
      : { fixes: [fix] }),
  });
}

/** What a container is made with; `undefined` stands for an element that is not known. */
function elementsOf(container: Expr): readonly (Expr | undefined)[] {
  switch (container.kind) {
    case "List":
      return container.elts;
    case "Dict":
      return container.items.map((item) => item.value);
    case "ListComp":
      return [container.elt];
    case "DictComp":
      return [container.value];
    default:
      return [];
  }
}

/** `self.layers.append(x)` gives `x`; what else is added to the container is not known. */
function appendOf(load: Attribute): readonly (Expr | undefined)[] {
  if (load.parent?.kind === "AugAssign") {
    const added = load.parent.value;
    return added.kind === "List" || added.kind === "ListComp" ? elementsOf(added) : [undefined];
  }
  const method = load.parent?.kind === "Attribute" ? load.parent : undefined;
  const call = method?.parent;
  if (method === undefined || call?.kind !== "Call" || call.func !== method) return [];
  if (method.attr === "append") return [call.args[0]];
  return /^(?:extend|insert|update|setdefault)$/.test(method.attr) ? [undefined] : [];
}

/** Layers of torch that have nothing to register. */
const withoutParameters =
  /^torch\.nn\.(?:\w*Pool\d?d?|ReLU6?|GELU|SiLU|Sigmoid|Tanh|Softmax|LeakyReLU|ELU|Dropout\w*|Identity|Flatten|Upsample|\w*Loss)$/;

function layerOf(call: Call, ctx: RuleContext): "layer" | "empty" | undefined {
  const name = ctx.qualified(call.func);
  if (name !== undefined && /^torch\.nn\.[A-Z]\w*$/.test(name)) {
    if (/^torch\.nn\.(?:Parameter|Buffer|ParameterList|Module)$/.test(name)) return undefined;
    return withoutParameters.test(name) ? "empty" : "layer";
  }
  const definition = definitionOf(call.func, ctx.module)?.node;
  return definition?.kind === "ClassDef" && ctx.isModuleClass(definition) === "yes" ? "layer" : undefined;
}

/** `forward` reads the container, and nobody else is given it as a whole. */
function isOnlyUsedHere(cls: ClassDef, loads: readonly Attribute[]): boolean {
  const inForward = methodsOfForward(cls);
  let isRead = false;
  for (const load of loads) {
    const { parent } = load;
    const def = enclosingDef(load);
    if (def !== undefined && inForward.has(def)) isRead = true;
    const handedOn =
      (parent?.kind === "Call" &&
        parent.func !== load &&
        !/^(?:len|enumerate|zip|reversed|range|iter|print)$/.test(nameOf(parent.func))) ||
      parent?.kind === "Starred" ||
      parent?.kind === "Keyword" ||
      parent?.kind === "Return" ||
      (parent?.kind === "Assign" && parent.value === load);
    // A loop outside of `forward` may register each of them.
    const loops = parent?.kind === "For" || parent?.kind === "Comprehension";
    if (handedOn || (loops && !(def !== undefined && inForward.has(def)))) return false;
  }
  return isRead;
}

const nameOf = (expr: Expr): string =>
  expr.kind === "Name" ? expr.id : expr.kind === "Attribute" ? expr.attr : "";

/** The class hands parts to torch by name, or says itself what its parameters are. */
const registersOtherwise = (cls: ClassDef): boolean =>
  [...methodsOf(cls).values()].some(
    (method) =>
      /^(?:parameters|named_parameters|__setattr__|_apply)$/.test(method.name) ||
      callsIn(method.body).some((call) =>
        call.func.kind === "Name"
          ? call.func.id === "setattr"
          : call.func.kind === "Attribute" &&
            /^(?:add_module|register_module|__setattr__)$/.test(call.func.attr) &&
            selfName(method) !== undefined,
      ),
  );

/** Uses the name under which the first layer reaches `torch.nn`. */
function wrap(container: Expr, first: Call, ctx: RuleContext): Fix | undefined {
  const root = first.func.kind === "Attribute" ? first.func.value : undefined;
  if (root === undefined || ctx.qualified(root) !== "torch.nn") return undefined;
  const isDict = container.kind === "Dict" || container.kind === "DictComp";
  const hasNames =
    container.kind !== "Dict" ||
    container.items.every((item) => item.key?.kind === "Str" && /^[^.]+$/.test(item.key.value));
  if (container.kind === "DictComp" || !hasNames) return undefined;
  const type = isDict ? "ModuleDict" : "ModuleList";
  const isEmpty = container.kind === "List" && container.elts.length === 0;
  return {
    title: `Use ${ctx.text(root)}.${type} (the layers are trained and saved from then on)`,
    safety: "suggestion",
    edits: [
      {
        span: container,
        text: `${ctx.text(root)}.${type}(${isEmpty ? "" : ctx.text(container)})`,
      },
    ],
  };
}
