import { attributeNames, attributeReads, attributeValues } from "../semantic/attributes.ts";
import { weightLayers } from "../semantic/layer-weights.ts";
import { residualFlag, type SkipFlow, shortcutName, traceSkip } from "../semantic/skip-flow.ts";
import { enclosingClass, enclosingDef, methodsOf, selfName } from "../semantic/structure.ts";
import type { Assign, ClassDef, Expr, FunctionDef } from "../syntax/ast.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import { addSkip } from "./_add-skip.ts";
import type { Reported, RuleContext } from "./_rule.ts";

const residualClass =
  /(?:Res|Residual|ResNet|ResNeXt)(?:Block|Unit|Bottleneck|Layer)\w*$|^(?:BasicBlock|Bottleneck)$|InvertedResidual/;
/** Some of what `looksResidual` looks for stands in the text. */
const namesResidual =
  /[Ss]hort_?[Cc]ut|[Ss]kip|[Dd]own_?[Ss]ample|[Rr]esid|[Ii]dentity|[_.]res|res_|Res|BasicBlock|Bottleneck/;

/** Cheap: decides whether a class is worth a look. */
export const looksResidual = (cls: ClassDef, ctx: RuleContext): boolean =>
  namesResidual.test(ctx.text(cls)) && hasResidualName(cls);

const hasResidualName = (cls: ClassDef): boolean =>
  residualClass.test(cls.name) ||
  attributeNames(cls).some((attr) => shortcutName.test(attr) || residualFlag.test(attr));

/** Follows the skipped value through a method from behind `from`. */
export const trace = (
  method: FunctionDef,
  from: Assign | undefined,
  until: number,
  identities: readonly string[],
  self: string | undefined,
  cls: ClassDef,
  ctx: RuleContext,
): SkipFlow =>
  traceSkip(method, from, until, identities, self, cls, ctx.module, (expr) => ctx.qualified(expr));

const inputsOf = (method: FunctionDef): readonly string[] =>
  method.params.slice(1).map((param) => param.name);

/** `self.shortcut = nn.Conv2d(...)` or `self.use_res_connect = stride == 1` that nothing reads. */
export function unusedShortcut(cls: ClassDef, forward: FunctionDef, ctx: RuleContext): Reported | undefined {
  for (const attr of attributeNames(cls)) {
    const isFlag = residualFlag.test(attr);
    if (!isFlag && !shortcutName.test(attr)) continue;
    const values = attributeValues(cls, attr);
    const value = values[0];
    const fits = isFlag ? isComputed : isConvolutional(ctx);
    if (value === undefined || !values.every(fits) || attributeReads(cls, attr).length > 0) continue;
    if (isReadElsewhere(attr, cls, ctx) || readsDynamically(cls)) continue;
    const flow = trace(forward, undefined, forward.end, inputsOf(forward), selfName(forward), cls, ctx);
    if (flow.joins || flow.opaque || flow.layers === 0) return undefined;
    const at = value.parent?.kind === "Assign" ? value.parent : value;
    const source = inputsOf(forward)[0];
    const addition =
      source === undefined
        ? undefined
        : addSkip(cls, forward, { attr: isFlag ? undefined : attr, source }, ctx);
    const rest = addition ?? { manual: "Where the paths should meet is not clear from the code." };
    if (isFlag)
      return {
        at,
        certainty: "likely",
        message: `\`self.${attr}\` says when to add the input to the output, and nothing reads it: the block has no residual connection. Add it in \`forward\`.`,
        ...rest,
      };
    return {
      at,
      certainty: "certain",
      message: `CRITICAL BUG: \`self.${attr}\` is built for a residual connection and never called: the block returns its main path alone. Add \`self.${attr}(...)\` where the two paths meet.`,
      ...rest,
    };
  }
  return undefined;
}

const isComputed = (value: Expr): boolean => value.kind === "Compare" || value.kind === "BoolOp";

/** A module with weights, or an empty `nn.Sequential()` or `nn.Identity()` beside one. A lone pooling ends the stage of an encoder. */
const isConvolutional =
  (ctx: RuleContext) =>
  (value: Expr): boolean =>
    weightLayers(value, ctx.module) !== undefined &&
    !(value.kind === "Call" && /Pool[123]d$/.test(ctx.qualified(value.func) ?? ""));

/** Other code may call the layer: a subclass, or a function that takes the block. Other classes have their own `self.shortcut`. */
const isReadElsewhere = (attr: string, cls: ClassDef, ctx: RuleContext): boolean =>
  ctx.module.mentions(attr).some((chunk) =>
    nodesOf(chunk.nodes, "Attribute").some((node) => {
      if (node.attr !== attr) return false;
      const owner = enclosingClass(node);
      const isSelf = node.value.kind === "Name" && node.value.id === "self";
      if (owner === undefined || !isSelf) return true;
      return owner !== cls && owner.bases.some((base) => base.kind === "Name" && base.id === cls.name);
    }),
  );

/** Layers may be reached without being named: `self.children()`, `getattr(self, name)`, `super().forward(x)`. */
function readsDynamically(cls: ClassDef): boolean {
  let found = false;
  walk(cls, (node) => {
    if (node.kind === "Name") found ||= node.id === "getattr";
    else if (node.kind === "Attribute")
      found ||= /^(?:children|named_children|_modules|__dict__|get_submodule)$/.test(node.attr);
    return !found;
  });
  return found;
}

/** A class named like a residual block whose layers follow each other without any addition. */
export function plainBlock(cls: ClassDef, forward: FunctionDef, ctx: RuleContext): Reported | undefined {
  if (!residualClass.test(cls.name)) return undefined;
  const weakName = cls.name === "BasicBlock" || cls.name === "Bottleneck";
  if (weakName && !speaksOfShortcuts(cls)) return undefined;
  const flow = trace(forward, undefined, forward.end, inputsOf(forward), selfName(forward), cls, ctx);
  if (flow.joins || flow.opaque || flow.layers < 2 || addsAnywhere(cls)) return undefined;
  if (isAddedByCaller(cls, ctx) || hasWrapper(cls, ctx)) return undefined;
  return {
    at: { start: cls.nameStart, end: cls.nameStart + cls.name.length },
    certainty: "likely",
    message: `\`${cls.name}\` is named like a residual block, but its \`forward\` never adds the input to the output. Add the connection, or rename the class if it is plain on purpose.`,
    manual: "Where the paths should meet is not clear from the code.",
  };
}

/** `expansion = 4`, or a parameter such as `downsample`: what blocks of residual networks have. */
const speaksOfShortcuts = (cls: ClassDef): boolean =>
  cls.body.some(
    (stmt) =>
      stmt.kind === "Assign" &&
      stmt.targets.some((target) => target.kind === "Name" && target.id === "expansion"),
  ) || (methodsOf(cls).get("__init__")?.params ?? []).some((param) => shortcutName.test(param.name));

/** Any addition, concatenation or wrapper that could be the connection, anywhere in the class. */
function addsAnywhere(cls: ClassDef): boolean {
  let found = false;
  for (const [name, method] of methodsOf(cls)) {
    walk(method, (node) => {
      if (name !== "__init__") {
        if (node.kind === "BinOp" || node.kind === "AugAssign") found ||= node.op === "+" || node.op === "-";
        if (node.kind === "Attribute") found ||= /^(?:add_?|cat|concat|stack|sum|lerp)$/.test(node.attr);
      }
      if (node.kind === "Attribute") found ||= /resid|skip|short_?cut|\bres_/i.test(node.attr);
      if (node.kind === "Name") found ||= node.parent?.kind === "Call" && /Resid|Skip|Shortcut/.test(node.id);
      return !found;
    });
  }
  return found;
}

/** Code that builds the block may add its input itself: `x = x + self.block(x)`. */
const isAddedByCaller = (cls: ClassDef, ctx: RuleContext): boolean =>
  ctx.module.mentions(cls.name).some((chunk) =>
    [...nodesOf(chunk.nodes, "BinOp"), ...nodesOf(chunk.nodes, "AugAssign")].some((node) => {
      const owner = enclosingClass(node);
      return (
        owner !== cls && node.op === "+" && enclosingDef(node)?.name !== "__init__" && owner !== undefined
      );
    }),
  );

/** Beside the block stands a module that adds what another one skips: `ResidualBlock(main, shortcut)`. */
const hasWrapper = (cls: ClassDef, ctx: RuleContext): boolean =>
  ["shortcut", "skip", "identity", "residual"].some((name) =>
    ctx.module
      .mentions(name)
      .some((chunk) =>
        nodesOf(chunk.nodes, "ClassDef").some(
          (other) => other !== cls && takes(other, name) && addsAnywhere(other),
        ),
      ),
  );

/** Flags of that name have a default. */
const takes = (cls: ClassDef, name: string): boolean =>
  (methodsOf(cls).get("__init__")?.params ?? []).some(
    (param) => param.name === name && param.default === undefined,
  );
