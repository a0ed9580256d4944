import { withoutLoneReturns } from "../base/text.ts";
import { readRegular } from "./read-file.ts";

/** The text of a Python file without its byte order mark, or why there is none. */
export type PythonText =
  | {
      readonly kind: "text";
      readonly text: string;
      /** The same with the line ends that the file has: lone carriage returns are `\n` in `text`. */
      readonly written: string;
      readonly byteOrderMark: boolean;
      /** Anything but UTF-8 can be read and not be written back. */
      readonly encoding: string;
    }
  | { readonly kind: "unreadable"; readonly why: string };

/** Larger files are data: no person wrote them, and reading them would hold up everything else. */
const maxBytes = 20_000_000;

export function readPython(path: string): PythonText {
  const read = readRegular(path, maxBytes);
  return read instanceof Uint8Array ? decodePython(read) : unreadable(read.why);
}

/** Decodes as Python does: UTF-8 unless a comment in the first two lines names another encoding (PEP 263). */
export function decodePython(bytes: Uint8Array): PythonText {
  if (bytes.subarray(0, 8_000).includes(0)) return unreadable("it is not a text file");
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 400));
  const named = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/m.exec(firstTwoLines(head))?.[1] ?? "utf-8";
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const encoding = encodingOf(named);
  try {
    const written = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return { kind: "text", text: withoutLoneReturns(written), written, byteOrderMark, encoding };
  } catch (error) {
    const why =
      error instanceof RangeError
        ? `its encoding \`${named}\` is not known`
        : `it is not valid ${encoding.toUpperCase()}`;
    return unreadable(why);
  }
}

/** Names of Python that the web standard does not know. */
const codePages: Readonly<Record<string, string>> = {
  cp932: "shift_jis",
  cp936: "gbk",
  cp949: "euc-kr",
  cp950: "big5",
};

/**
 * Python's name of an encoding as the web standard has it. What follows UTF-8 or Latin-1 is not looked at: in
 * `-*-coding:utf-8-*-` the name ends with a hyphen.
 */
function encodingOf(python: string): string {
  const name = python.toLowerCase().replaceAll("_", "-").replace(/-+$/, "");
  if (/^utf-?8$|^utf-8-/.test(name)) return "utf-8";
  if (/^(?:latin-?1|l1|iso-?8859-?1)$|^(?:latin-1|iso-8859-1|iso-latin-1)(?:-|$)/.test(name)) return "latin1";
  return codePages[name] ?? name;
}

const unreadable = (why: string): PythonText => ({ kind: "unreadable", why });

const firstTwoLines = (text: string): string => text.split(/\r\n|\r|\n/, 2).join("\n");
