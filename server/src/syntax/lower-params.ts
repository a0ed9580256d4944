import { exact } from "../base/exact.ts";
import type { Expr, Param } from "./ast.ts";
import { childByField, endOf, firstNamed, namedChildren, startOf, textOf, typeOf } from "./flat-tree.ts";
import { type ExprTable, fieldText, type LoweringTree, lowerField, optionalField } from "./lowering.ts";

type Mode = Param["mode"];

/** Parameters of a function or a lambda in source order. */
export function lowerParams(tree: LoweringTree, node: number): readonly Param[] {
  const params: { -readonly [K in keyof Param]: Param[K] }[] = [];
  let plain: Mode = "positional";
  for (const child of namedChildren(tree, node)) {
    const add = (name: string, mode: Mode, annotation: Expr | undefined, value: Expr | undefined): void => {
      params.push({
        kind: "Param",
        name,
        annotation,
        default: value,
        mode,
        start: startOf(tree, child),
        end: endOf(tree, child),
      });
    };
    switch (typeOf(tree, child)) {
      case "identifier":
        add(textOf(tree, child), plain, undefined, undefined);
        break;
      case "default_parameter":
      case "typed_default_parameter": {
        const annotation = optionalField(tree, child, "type");
        add(fieldText(tree, child, "name"), plain, annotation, lowerField(tree, child, "value"));
        break;
      }
      case "typed_parameter": {
        const inner = firstNamed(tree, child);
        if (inner === undefined) break;
        const mode = splatMode(typeOf(tree, inner)) ?? plain;
        add(bareName(tree, inner), mode, optionalField(tree, child, "type"), undefined);
        if (mode === "var-positional") plain = "keyword-only";
        break;
      }
      case "list_splat_pattern":
        add(bareName(tree, child), "var-positional", undefined, undefined);
        plain = "keyword-only";
        break;
      case "dictionary_splat_pattern":
        add(bareName(tree, child), "var-keyword", undefined, undefined);
        break;
      case "keyword_separator":
        plain = "keyword-only";
        break;
      case "positional_separator":
        for (const earlier of params) if (earlier.mode === "positional") earlier.mode = "positional-only";
        break;
      default:
        break;
    }
  }
  return exact(params);
}

const splatMode = (type: string): Mode | undefined =>
  type === "list_splat_pattern"
    ? "var-positional"
    : type === "dictionary_splat_pattern"
      ? "var-keyword"
      : undefined;

const bareName = (tree: LoweringTree, node: number): string => {
  const text = textOf(tree, node);
  return text.startsWith("*") ? text.replace(/^\*+\s*/, "") : text;
};

function lowerLambda(tree: LoweringTree, node: number): Expr {
  const params = childByField(tree, node, "parameters");
  return {
    kind: "Lambda",
    params: params === undefined ? [] : lowerParams(tree, params),
    body: lowerField(tree, node, "body"),
    start: startOf(tree, node),
    end: endOf(tree, node),
  };
}

export const lambdaLowerers: ExprTable = { lambda: lowerLambda };
