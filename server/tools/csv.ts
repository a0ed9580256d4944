import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

export type CsvRow = Readonly<Record<string, string>>;

/** Rows of a CSV file by column name (RFC 4180 quoting); `.gz` is unpacked. */
export function readCsv(path: string): readonly CsvRow[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const [header = [], ...rows] = parse(text);
  return rows.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ""])));
}

/** The cell of a column that must be there. */
export function cell(row: CsvRow, column: string): string {
  const value = row[column];
  if (value === undefined) throw new Error(`no column ${column}`);
  return value;
}

/** `undefined` for an empty cell. @throws Error when the cell is no number. */
export function numberCell(row: CsvRow, column: string): number | undefined {
  const text = cell(row, column);
  if (text === "") return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`${column}: ${text} is no number`);
  return value;
}

export function requiredNumber(row: CsvRow, column: string): number {
  const value = numberCell(row, column);
  if (value === undefined) throw new Error(`${column} is empty`);
  return value;
}

function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { value, end } = text[at] === '"' ? quoted(text, at) : plain(text, at);
    row.push(value);
    at = end + 1;
    if (text[end] !== ",") {
      rows.push(row);
      row = [];
    } else if (at === text.length) row.push("");
  }
  return rows;
}

function plain(text: string, start: number): { readonly value: string; readonly end: number } {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n") end++;
  return { value: text.slice(start, end), end };
}

function quoted(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') {
      value += '"';
      at++;
    } else return { value, end: at + 1 };
  }
  throw new Error("a quote is not closed");
}
