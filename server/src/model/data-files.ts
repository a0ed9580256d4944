import type { FileSystem } from "../semantic/file-system.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { asString } from "./builtins/args.ts";
import { onlyExpression } from "./entries.ts";
import type { Machine } from "./machine.ts";
import { NotRead, parseJson, parseYaml } from "./stdlib/data-text.ts";
import { native, none, type PyNative, type Value } from "./values.ts";

/** Larger files hold data, not settings. */
const maxLength = 4_000_000;

function parsed(m: Machine, text: Value | undefined, parse: (text: string) => Value): Value {
  const known = asString(text);
  if (known === undefined) return m.unknown("a text that is not known");
  try {
    return parse(known);
  } catch (error) {
    if (error instanceof NotRead) return m.unknown(`a text that is not read: ${error.message}`);
    throw error;
  }
}

/**
 * Settings that a program reads beside its code. A path that is not absolute starts at a folder that holds packages,
 * the project's first: that is where programs are run.
 * @param onAsked told of every file that is looked for, there or not.
 */
export function dataFiles(
  files: FileSystem,
  roots: readonly string[],
  onAsked: (path: string) => void,
): readonly PyNative[] {
  const read = (asked: string): string | undefined => {
    const path = settled(asked);
    onAsked(path);
    const text = files.readText(path);
    return text === undefined || text.length > maxLength ? undefined : text;
  };
  const find = (path: string): string | undefined => {
    if (path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path)) return read(path);
    for (const root of roots) {
      const text = read(root === "" ? path : `${root}/${path.replace(/^\.\//, "")}`);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  return [
    native("file_text", (_, [path]) => find(asString(path) ?? "") ?? none),
    native("parse_json", (m, [text]) => parsed(m, text, parseJson)),
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

/** `eval` of an expression in the scope of its caller. */
export const evaluator = (parse: (text: string) => SourceFile): PyNative =>
  native("eval", (m, [text, scope]) => {
    const known = asString(text);
    const { frame } = m.state;
    if (known === undefined || frame === undefined || (scope !== undefined && scope !== none))
      return m.unknown("`eval`");
    const expression = onlyExpression(parse(known.trim()).chunks);
    if (expression === undefined) return m.unknown(`\`eval\` of \`${known.slice(0, 40)}\``);
    // Offsets in the text are none of the file's: what happens inside happens at the call.
    const inner = { ...frame, code: { ...frame.code, prelude: true }, caller: frame };
    m.state.frame = inner;
    try {
      return m.evaluate(expression, inner);
    } finally {
      m.state.frame = frame;
    }
  });
