import type { Span } from "../base/text.ts";

/** The lines a statement has to itself: where a fix may add a line before or after it. */
export interface OwnLines {
  readonly indent: string;
  /** End of the last line, a comment behind the statement included. */
  readonly end: number;
  readonly newline: "\n" | "\r\n";
}

/** `undefined` when the statement shares a line with other code. */
export function lineAround(text: string, stmt: Span): OwnLines | undefined {
  const lineStart = text.lastIndexOf("\n", stmt.start - 1) + 1;
  const indent = text.slice(lineStart, stmt.start);
  const lineEnd = text.indexOf("\n", stmt.end);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const behind = text.slice(stmt.end, end);
  if (indent.trim() !== "" || !/^\s*(?:#.*)?$/.test(behind)) return undefined;
  const crlf = behind.endsWith("\r");
  return { indent, end: crlf ? end - 1 : end, newline: text.includes("\r\n") ? "\r\n" : "\n" };
}
