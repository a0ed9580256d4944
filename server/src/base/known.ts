import type { Span } from "./text.ts";

/** Where in the user's code something is: a file and a half-open range of UTF-16 offsets into it. */
export interface Place {
  readonly file: string;
  readonly span: Span;
}

/** Something the engine does not know, with the reason; it is never counted as zero. */
export interface Unknown {
  readonly kind: "unknown";
  readonly why: string;
  readonly where: Place | undefined;
  /** It is a Python number of this kind: only its value is not known. */
  readonly number?: NumberKind;
  /** It is at least the first and below the second of these. */
  readonly range?: readonly [least: number, below: number];
  /** It is so much more than another number of which only the value is not known. */
  readonly more?: { readonly than: Unknown; readonly by: number };
}

export type NumberKind = "bool" | "int" | "float";

export const unknown = (why: string, where?: Place): Unknown => ({ kind: "unknown", why, where });
