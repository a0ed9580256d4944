import type { Edit } from "../base/text.ts";
import { lineAround } from "../semantic/lines.ts";
import { blockOf } from "../semantic/reaching.ts";
import { statementOf } from "../semantic/structure.ts";
import type { Call, Keyword, Node, Stmt } from "../syntax/ast.ts";

/** The arguments of a call in source order. */
const allArguments = (call: Call): readonly Node[] =>
  [...call.args, ...call.keywords].sort((a, b) => a.start - b.start);

/** Where the last argument ends, closing parentheses around it included. `chunkText` is the text the call stands in. */
function endOfLast(call: Call, chunkText: string): number {
  const all = allArguments(call);
  let end = all[all.length - 1]?.end ?? call.argsStart + 1;
  for (let at = end; at < call.argsEnd - 1; at++) {
    const char = chunkText[at];
    if (char === ")") end = at + 1;
    else if (char === "#") {
      const lineEnd = chunkText.indexOf("\n", at);
      at = lineEnd === -1 ? call.argsEnd : lineEnd;
    }
  }
  return end;
}

/** Adds `name=value` behind the last argument; a trailing comma and comments stay where they are. */
export function appendArgument(call: Call, text: string, chunkText: string): Edit {
  const at = endOfLast(call, chunkText);
  const isFirst = call.args.length + call.keywords.length === 0;
  return { span: { start: at, end: at }, text: isFirst ? text : `, ${text}` };
}

/** Gives a keyword argument a value: replaces the one it has, or appends it. */
export function setKeyword(call: Call, name: string, value: string, chunkText: string): Edit {
  const given = call.keywords.find((keyword) => keyword.name === name);
  return given === undefined
    ? appendArgument(call, `${name}=${value}`, chunkText)
    : { span: given.value, text: value };
}

/** Removes a keyword argument with the comma that joins it to its neighbors. */
export function removeKeyword(call: Call, keyword: Keyword, chunkText: string): Edit {
  const all = allArguments(call);
  const i = all.indexOf(keyword);
  const before = all[i - 1];
  if (before !== undefined) {
    const comma = chunkText.lastIndexOf(",", keyword.start);
    return { span: { start: comma, end: keyword.end }, text: "" };
  }
  const after = all[i + 1];
  return { span: { start: keyword.start, end: after?.start ?? keyword.end }, text: "" };
}

/** Deletes a statement with its lines, `undefined` when it shares a line with another or is all that its block holds. */
export function deleteLines(stmt: Stmt, chunkText: string): Edit | undefined {
  const start = chunkText.lastIndexOf("\n", stmt.start - 1) + 1;
  const lineEnd = chunkText.indexOf("\n", stmt.end);
  const end = lineEnd === -1 ? chunkText.length : lineEnd + 1;
  const behind = chunkText.slice(stmt.end, end).trim();
  const alone = (blockOf(stmt)?.length ?? 2) < 2;
  if (alone || chunkText.slice(start, stmt.start).trim() !== "" || !/^(?:#.*)?$/.test(behind))
    return undefined;
  return { span: { start, end }, text: "" };
}

/**
 * Moves a statement of a loop's body in front of the loop; `undefined` when either shares a line with other code, or when
 * a string runs over lines, whose text an indent is part of.
 */
export function hoist(node: Node, loop: Stmt, chunkText: string): readonly Edit[] | undefined {
  const stmt = statementOf(node);
  const around = lineAround(chunkText, loop);
  const inside = stmt === undefined ? undefined : lineAround(chunkText, stmt);
  if (stmt === undefined || stmt.parent !== loop || around === undefined || inside === undefined)
    return undefined;
  const text = chunkText.slice(stmt.start, inside.end);
  const removed = deleteLines(stmt, chunkText);
  if (removed === undefined || /"""|'''/.test(text) || !inside.indent.startsWith(around.indent))
    return undefined;
  const lines = text
    .split("\n")
    .map((line) =>
      line.startsWith(inside.indent) ? around.indent + line.slice(inside.indent.length) : line,
    );
  return [
    {
      span: { start: loop.start, end: loop.start },
      text: `${lines.join("\n")}${around.newline}${around.indent}`,
    },
    removed,
  ];
}

/** Moves a statement that stands on one line behind another of its block; `undefined` when either shares a line. */
export function moveBehind(stmt: Stmt, anchor: Stmt, chunkText: string): readonly Edit[] | undefined {
  const deletion = deleteLines(stmt, chunkText);
  const lines = lineAround(chunkText, anchor);
  const own = lineAround(chunkText, stmt);
  if (deletion === undefined || lines === undefined || own === undefined) return undefined;
  const text = `${lines.newline}${own.indent}${chunkText.slice(stmt.start, own.end)}`;
  return [deletion, { span: { start: lines.end, end: lines.end }, text }];
}
