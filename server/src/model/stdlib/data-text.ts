import { dictSet } from "../dicts.ts";
import { dict, float, list, none, type PyDict, type Value } from "../values.ts";

/** The text uses what is not read here: tags, texts over several lines, more than one document. */
export class NotRead extends Error {}

const escapes = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
  ["0", "\0"],
]);

const withoutEscapes = (body: string): string =>
  body.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs,
    (_, long?: string, short?: string, one = "") => {
      const code = long ?? short;
      return code === undefined ? (escapes.get(one) ?? one) : String.fromCharCode(Number.parseInt(code, 16));
    },
  );

function quoted(text: string): string | undefined {
  if (/^"(?:[^"\\]|\\.)*"$/s.test(text)) return withoutEscapes(text.slice(1, -1));
  if (/^'(?:[^']|'')*'$/s.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  return undefined;
}

/** JSON's words and numbers. */
function jsonScalar(text: string): Value {
  if (text === "null") return none;
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+$/.test(text)) return Number(text);
  if (/^-?(?:\d[\d.eE+-]*|Infinity)$|^NaN$/.test(text)) return float(Number(text));
  throw new NotRead(`\`${text.slice(0, 40)}\` is no JSON value`);
}

/** The implicit types of YAML 1.1, as PyYAML resolves them: `1e-3` is text, `1.0e-3` a number. */
function yamlScalar(text: string): Value {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return none;
  if (/^(?:yes|true|on)$/i.test(text)) return true;
  if (/^(?:no|false|off)$/i.test(text)) return false;
  if (/^[-+]?(?:0|[1-9][\d_]*)$/.test(text)) return Number(text.replaceAll("_", ""));
  if (/^0x[\da-fA-F]+$/.test(text)) return Number(text);
  if (/^[-+]?\.inf$/i.test(text)) return float(text.startsWith("-") ? -Infinity : Infinity);
  if (/^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?$/.test(text))
    return float(Number(text.replaceAll("_", "")));
  if (/^[&*!|>%@`]|^0\d+$/.test(text)) throw new NotRead(`\`${text.slice(0, 40)}\``);
  return text;
}

type Scalar = (text: string) => Value;

/** What stands between brackets: JSON, and YAML's flow style. Everything before `at` is read. */
class Flow {
  readonly #text: string;
  readonly #scalar: Scalar;
  #at = 0;
  constructor(text: string, scalar: Scalar) {
    this.#text = text;
    this.#scalar = scalar;
  }

  whole(): Value {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw new NotRead("text after the end of a value");
    return value;
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #value(): Value {
    this.#space();
    const c = this.#text[this.#at];
    if (c === "[") return list(this.#items("]", () => this.#value()));
    if (c !== "{") return this.#plain();
    const made = dict();
    this.#items("}", () => {
      const key = this.#plain();
      this.#space();
      if (this.#text[this.#at] !== ":") throw new NotRead("a key without a value");
      this.#at += 1;
      dictSet(made, key, this.#value());
    });
    return made;
  }

  #items<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    this.#at += 1;
    for (;;) {
      this.#space();
      if (this.#at >= this.#text.length) throw new NotRead(`\`${close}\` is missing`);
      if (this.#text[this.#at] === close) break;
      items.push(item());
      this.#space();
      if (this.#text[this.#at] === ",") this.#at += 1;
      else if (this.#text[this.#at] !== close) throw new NotRead(`\`${close}\` is missing`);
    }
    this.#at += 1;
    return items;
  }

  #plain(): Value {
    this.#space();
    const rest = this.#text.slice(this.#at);
    const found =
      /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/s.exec(rest)?.[0] ??
      /^(?:[^,[\]{}:]|:(?!\s|$))*/s.exec(rest)?.[0] ??
      "";
    this.#at += found.length;
    return quoted(found) ?? this.#scalar(found.trim());
  }
}

/** @throws NotRead */
export const parseJson = (text: string): Value => new Flow(text, jsonScalar).whole();

interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Without its comment; `#` counts after a space and outside quotes. */
const withoutComment = (line: string): string =>
  (/^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?!\s+#)[^"']|["'])*/.exec(line)?.[0] ?? line).trimEnd();

const isOpen = (text: string): boolean => {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, "");
  return (bare.match(/[[{]/g)?.length ?? 0) > (bare.match(/[\]}]/g)?.length ?? 0);
};

/** Lines with something on them; a flow value that goes over several lines is one. */
function linesOf(text: string): Line[] {
  const made: Line[] = [];
  for (const raw of text.split(/\r?\n/)) {
    if (/^\s*(?:#|$)/.test(raw)) continue;
    if (/^(?:---|\.\.\.|%)/.test(raw)) {
      if (made.length > 0) throw new NotRead("more than one document");
      continue;
    }
    const line = withoutComment(raw);
    const last = made.at(-1);
    const value = last?.text.replace(/^(?:-\s+)*(?:[^\s[{]+:\s+)?/, "") ?? "";
    if (last !== undefined && /^[[{]/.test(value) && isOpen(value))
      made[made.length - 1] = { indent: last.indent, text: `${last.text} ${line.trim()}` };
    else made.push({ indent: line.length - line.trimStart().length, text: line.trim() });
  }
  return made;
}

/** `key: value`, `key:`, `"key": value`. */
const pair =
  /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[\]{},#&*!|>%@`-](?:[^:]|:(?!\s|$))*|-[^\s:](?:[^:]|:(?!\s|$))*)\s*:(?:\s+(.*))?$/s;

class Block {
  readonly #lines: Line[];
  /** Values that were given a name, for those that refer to them. */
  readonly #anchors = new Map<string, Value>();
  #at = 0;
  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  whole(): Value {
    const first = this.#lines[0];
    if (first === undefined) return none;
    const value = this.#node(first.indent);
    if (this.#at < this.#lines.length) throw new NotRead("indentation that does not fit");
    return value;
  }

  #node(indent: number): Value {
    const line = this.#lines[this.#at];
    if (line === undefined) return none;
    if (/^-(?:\s|$)/.test(line.text)) return this.#sequence(indent);
    if (pair.test(line.text)) return this.#mapping(indent);
    this.#at += 1;
    return this.#inline(line.text);
  }

  /** `*name`, or a value on one line. */
  #inline(text: string): Value {
    const alias = /^\*([\w.-]+)$/.exec(text)?.[1];
    if (alias === undefined) return inline(text);
    const found = this.#anchors.get(alias);
    if (found === undefined) throw new NotRead(`the name \`${alias}\``);
    return found;
  }

  /** What stands after a key: on its line, or below it; `&name` before it names it. */
  #after(rest: string, indent: number): Value {
    const [start = "", name] = /^&([\w.-]+)(?:\s+|$)/.exec(rest) ?? [];
    const own = rest.slice(start.length);
    const value = own === "" ? this.#nested(indent, true) : this.#inline(own);
    if (name !== undefined) this.#anchors.set(name, value);
    return value;
  }

  #sequence(indent: number): Value {
    const items: Value[] = [];
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[this.#at]) {
      const dash = line.indent === indent ? /^-(\s+|$)/.exec(line.text) : null;
      if (dash === null) break;
      const rest = line.text.slice(dash[0].length);
      if (rest === "") {
        this.#at += 1;
        items.push(this.#nested(indent));
        continue;
      }
      const inner = indent + dash[0].length;
      this.#lines[this.#at] = { indent: inner, text: rest };
      items.push(this.#node(inner));
    }
    return list(items);
  }

  #mapping(indent: number): Value {
    const made = dict();
    const merged: Value[] = [];
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const found = pair.exec(line.text);
      if (found === null) break;
      const [, name = "", rest = ""] = found;
      this.#at += 1;
      const value = this.#after(rest, indent);
      if (name === "<<") merged.push(value);
      else dictSet(made, quoted(name) ?? yamlScalar(name.trim()), value);
    }
    return merged.length === 0 ? made : mergedWith(made, merged);
  }

  /** A sequence may stand as far left as the key it belongs to. */
  #nested(indent: number, underKey = false): Value {
    const line = this.#lines[this.#at];
    if (line === undefined) return none;
    const isDeeper =
      line.indent > indent || (underKey && line.indent === indent && /^-(?:\s|$)/.test(line.text));
    return isDeeper ? this.#node(line.indent) : none;
  }
}

/** Entries of the mappings that `<<` names, the earlier ones first, and a mapping's own over them. */
function mergedWith(own: PyDict, merged: readonly Value[]): Value {
  const made = dict();
  const all = merged.flatMap((each) =>
    typeof each === "object" && each.kind === "list" ? each.items : [each],
  );
  for (const each of [...all.toReversed(), own]) {
    if (typeof each !== "object" || each.kind !== "dict") throw new NotRead("a merged key");
    for (const { key, value } of each.entries.values()) dictSet(made, key, value);
  }
  return made;
}

const inline = (text: string): Value =>
  /^[[{]/.test(text) ? new Flow(text, yamlScalar).whole() : (quoted(text) ?? yamlScalar(text));

/**
 * The YAML that configuration files are written in: mappings, sequences, flow style, plain and quoted scalars.
 *
 * @throws NotRead
 */
export const parseYaml = (text: string): Value => new Block(linesOf(text)).whole();
