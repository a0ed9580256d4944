import type { FileSystem } from "../semantic/file-system.ts";
import type { Expr } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import { asString } from "./builtins/args.ts";
import { onlyExpression } from "./entries.ts";
import { type Machine, Raised } from "./machine.ts";
import { raise } from "./raise.ts";
import { NotRead, parseJson, parseYaml } from "./stdlib/data-text.ts";
import { isUnknown, list, native, noKwargs, none, type PyNative, type Value } from "./values.ts";

/** Larger files hold data, not settings. */
const maxLength = 4_000_000;
/** Larger folders hold data, not modules. */
const maxNames = 2_000;

function parsed(m: Machine, text: Value | undefined, parse: (text: string) => Value): Value {
  const known = asString(text);
  if (known === undefined)
    return text !== undefined && isUnknown(text) ? text : m.unknown("a text that is not known");
  try {
    return parse(known);
  } catch (error) {
    if (error instanceof NotRead) return m.unknown(`a text that is not read: ${error.message}`);
    throw error;
  }
}

/** @throws Raised `json.JSONDecodeError` for a text that is no JSON */
function parsedJson(m: Machine, text: Value | undefined): Value {
  const json = asString(text) === undefined ? undefined : m.findModule("json");
  const error = json === undefined ? undefined : m.getAttribute(json, "JSONDecodeError");
  return parsed(m, text, (known) => {
    try {
      return parseJson(known);
    } catch (problem) {
      if (!(problem instanceof NotRead) || error === undefined) throw problem;
      throw new Raised(m.call(error, [problem.message], noKwargs), m.here());
    }
  });
}

/**
 * Settings that a program reads beside its code. A path that is not absolute starts at a folder that holds packages,
 * the project's first: that is where programs are run.
 * @param onAsked told of every file that is looked for, there or not, and of every folder with what it holds.
 */
export function dataFiles(
  files: FileSystem,
  roots: readonly string[],
  onAsked: (path: string, names?: readonly string[]) => void,
): readonly PyNative[] {
  const read = (asked: string): string | undefined => {
    const path = settled(asked);
    onAsked(path);
    const text = files.readText(path);
    return text === undefined || text.length > maxLength ? undefined : text;
  };
  const namesIn = (asked: string): readonly string[] | undefined => {
    const path = settled(asked).replace(/(?<=.)\/+$/, "");
    const names = files.list?.(path);
    onAsked(path, names ?? []);
    return names;
  };
  const first = <T>(path: string, look: (path: string) => T | undefined): T | undefined => {
    if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path)) return look(path);
    for (const root of roots) {
      const found = look(root === "" ? path : `${root}/${path.replace(/^\.\//, "")}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return [
    native("file_text", (_, [path]) => first(asString(path) ?? "", read) ?? none),
    native("folder_names", (_, [path]) => {
      const known = asString(path);
      const names = known === undefined ? undefined : first(known, namesIn);
      return names === undefined || names.length > maxNames ? none : list([...names]);
    }),
    native("parse_json", (m, [text]) => parsedJson(m, text)),
    native("parse_yaml", (m, [text]) => parsed(m, text, parseYaml)),
  ];
}

/** A path without `.` and `..`. */
function settled(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** `ast.literal_eval`. */
export const literalEvaluator = (parse: (text: string) => SourceFile): PyNative =>
  native("literal_eval", (m, [text]) => {
    const known = asString(text);
    const { frame } = m.state;
    if (known === undefined || frame === undefined)
      return m.unknown("`ast.literal_eval` of something unknown");
    const expression = onlyExpression(parse(known.trim()).chunks);
    if (expression === undefined || !isWhole(expression)) return raise(m, "SyntaxError", "invalid syntax");
    return isLiteral(expression)
      ? m.evaluate(expression, frame)
      : raise(m, "ValueError", "malformed node or string");
  });

function isWhole(node: Expr): boolean {
  let whole = true;
  walk(node, (each) => {
    whole &&= each.kind !== "Invalid";
    return whole;
  });
  return whole;
}

function isLiteral(node: Expr): boolean {
  switch (node.kind) {
    case "Int":
    case "Float":
    case "Imaginary":
    case "Str":
    case "Bytes":
    case "Bool":
    case "None":
    case "Ellipsis":
      return true;
    case "UnaryOp":
      return (node.op === "-" || node.op === "+") && isNumber(node.operand);
    case "Tuple":
    case "List":
    case "Set":
      return node.elts.every(isLiteral);
    case "Dict":
      return node.items.every(
        (item) => item.key !== undefined && isLiteral(item.key) && isLiteral(item.value),
      );
    default:
      return false;
  }
}

const isNumber = ({ kind }: Expr): boolean => kind === "Int" || kind === "Float" || kind === "Imaginary";
