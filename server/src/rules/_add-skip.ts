import type { Edit } from "../base/text.ts";
import { attributeNames, attributeReads, attributeValues } from "../semantic/attributes.ts";
import { mayBind, reaching } from "../semantic/reaching.ts";
import { residualFlag, shortcutName } from "../semantic/skip-flow.ts";
import type { Assign, Call, ClassDef, Expr, FunctionDef, Stmt } from "../syntax/ast.ts";
import type { Fix, RuleContext } from "./_rule.ts";

/** What is to be added: a name that holds the skipped value, or the input, through a shortcut layer if there is one. */
export type Skip =
  | { readonly stmt: Assign; readonly name: string; readonly source: string }
  | { readonly attr: string | undefined; readonly source: string };

const activation =
  /^(?:(?:leaky_?)?relu6?|l?relu|act(?:ivation)?(?:_fn|_func|_layer)?|gelu|silu|swish|mish|elu|prelu|hardswish|nonlin(?:earity)?)_?\d*$/i;

/**
 * The edits that join a skip connection with the main path, in front of the last activation if there is one.
 * `undefined` when the end of `method` is not a single place.
 */
export function addSkip(
  cls: ClassDef,
  method: FunctionDef,
  skip: Skip,
  ctx: RuleContext,
): { readonly fixes: readonly Fix[] } | undefined {
  const last = method.body[method.body.length - 1];
  if (last?.kind !== "Return" || last.value === undefined) return undefined;
  const at = mainPathEnd(last.value);
  if (at === undefined) return undefined;
  const before = preparation(cls, method, skip, ctx);
  if (before === undefined) return undefined;
  const added = addend(skip);
  const flag = idleFlag(cls);
  const text = ctx.text(at);
  const joined =
    flag === undefined ? `${text} + ${added}` : `${text} + ${added} if self.${flag} else ${text}`;
  return {
    fixes: [
      {
        title: `Add \`${added}\` to the main path (changes what the block computes)`,
        safety: "suggestion",
        edits: [...before, { span: at, text: joined }],
      },
    ],
  };
}

const addend = (skip: Skip): string => {
  if ("name" in skip) return skip.name;
  return skip.attr === undefined ? skip.source : `self.${skip.attr}(${skip.source})`;
};

/** A flag such as `self.use_residual` that says when the shapes fit and that no method reads. */
const idleFlag = (cls: ClassDef): string | undefined =>
  attributeNames(cls).find((attr) => residualFlag.test(attr) && attributeReads(cls, attr).length === 0);

const isActivation = (call: Call): boolean => {
  const { func } = call;
  const name = func.kind === "Attribute" ? func.attr : func.kind === "Name" ? func.id : "";
  return activation.test(name);
};

/** The expression of the main path behind which the addition goes. */
function mainPathEnd(value: Expr): Expr | undefined {
  if (value.kind === "Call") {
    const inner = value.args[0];
    return isActivation(value) ? operand(inner) : value;
  }
  if (value.kind !== "Name") return undefined;
  const given = reaching(value);
  if (given?.kind !== "assign") return value;
  const call = given.value;
  return call.kind === "Call" && isActivation(call) && !isNested(given.stmt, value)
    ? operand(call.args[0])
    : value;
}

const operand = (expr: Expr | undefined): Expr | undefined =>
  expr?.kind === "Name" || expr?.kind === "Call" ? expr : undefined;

/** The activation runs on a branch only, so that adding inside it would not always happen. */
const isNested = (stmt: Stmt, use: Expr): boolean => stmt.parent !== use.parent?.parent;

/** What must stand before the addition: the call of a downsampling layer that nothing calls, a kept input. */
function preparation(
  cls: ClassDef,
  method: FunctionDef,
  skip: Skip,
  ctx: RuleContext,
): readonly Edit[] | undefined {
  if (!("name" in skip)) {
    const isRebound = method.body.some((stmt) => mayBind(stmt, skip.source));
    return isRebound ? undefined : [];
  }
  const attr = idleShortcut(cls);
  if (attr === undefined || skip.stmt.value.kind !== "Name") return [];
  const always = attributeValues(cls, attr).every((value) => value.kind === "Call");
  if (always) return [{ span: skip.stmt.value, text: `self.${attr}(${skip.source})` }];
  const lineStart = ctx.chunk.text.lastIndexOf("\n", skip.stmt.start) + 1;
  const indent = ctx.chunk.text.slice(lineStart, skip.stmt.start);
  if (indent.trim() !== "") return undefined;
  const step = indent.includes("\t") ? "\t" : "    ";
  const text = `\n${indent}if self.${attr} is not None:\n${indent}${step}${skip.name} = self.${attr}(${skip.source})`;
  return [{ span: { start: skip.stmt.end, end: skip.stmt.end }, text }];
}

/** A shortcut layer of the class that no method reads. */
function idleShortcut(cls: ClassDef): string | undefined {
  return ["downsample", "shortcut", "skip", "conv_shortcut"].find(
    (attr) =>
      shortcutName.test(attr) &&
      attributeValues(cls, attr).length > 0 &&
      attributeReads(cls, attr).length === 0,
  );
}
