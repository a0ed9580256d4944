import type { Span } from "../base/text.ts";

/**
 * Finds where keys stand in TOML whose parser keeps no positions. Headers, dotted keys and quoted keys are
 * understood; keys inside inline tables are found through the key that holds the table.
 */
export interface TomlKeys {
  /** The span of the key, of the nearest table around it otherwise; `undefined` when the text has neither. */
  spanOf(path: readonly string[]): Span | undefined;
  /** The span of a string among the values of the key, quotes included; of the key itself otherwise. */
  spanOfValue(path: readonly string[], value: string): Span | undefined;
}

interface Entry {
  readonly path: readonly string[];
  readonly span: Span;
  /** Offset of the next key or header. */
  readonly end: number;
}

const header = /^[ \t]*\[{1,2}[ \t]*([^\]\n]+?)[ \t]*\]{1,2}/;
const key = /^[ \t]*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)[ \t]*=/;

export function tomlKeys(text: string): TomlKeys {
  const entries = entriesOf(text);
  const find = (path: readonly string[]): Entry | undefined => {
    for (let length = path.length; length > 0; length--) {
      const part = path.slice(0, length);
      const exact = entries.find((entry) => samePath(entry.path, part));
      if (exact !== undefined) return exact;
      const inside = entries.find((entry) => samePath(entry.path.slice(0, length), part));
      if (inside !== undefined) return inside;
    }
    return undefined;
  };
  return {
    spanOf: (path) => find(path)?.span,
    spanOfValue(path, value) {
      const entry = find(path);
      if (entry === undefined) return undefined;
      const values = text.slice(entry.span.end, entry.end);
      for (const quoted of [`"${value}"`, `'${value}'`]) {
        const at = values.indexOf(quoted);
        if (at !== -1) {
          const start = entry.span.end + at;
          return { start, end: start + quoted.length };
        }
      }
      return entry.span;
    },
  };
}

function entriesOf(text: string): readonly Entry[] {
  const found: { readonly path: readonly string[]; readonly span: Span }[] = [];
  let table: readonly string[] = [];
  let at = 0;
  let insideString: string | undefined;
  for (const line of text.split("\n")) {
    const before = insideString;
    insideString = stringAfter(line, before);
    if (before === undefined) {
      const tableName = header.exec(line);
      const keyName = key.exec(line);
      if (tableName?.[1] !== undefined) {
        table = parts(tableName[1]);
        const start = at + line.indexOf("[");
        found.push({ path: table, span: { start, end: at + tableName[0].length } });
      } else if (keyName?.[1] !== undefined) {
        const start = at + line.indexOf(keyName[1]);
        found.push({
          path: [...table, ...parts(keyName[1])],
          span: { start, end: start + keyName[1].length },
        });
      }
    }
    at += line.length + 1;
  }
  return found.map((entry, i) => ({ ...entry, end: found[i + 1]?.span.start ?? text.length }));
}

/** The delimiter of the multi-line string that is open at the end of a line. */
function stringAfter(line: string, open: string | undefined): string | undefined {
  let inside = open;
  for (const [delimiter] of line.matchAll(/"""|'''/g)) {
    if (inside === undefined) inside = delimiter;
    else if (inside === delimiter) inside = undefined;
  }
  return inside;
}

const parts = (dotted: string): readonly string[] =>
  [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );

const samePath = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);
