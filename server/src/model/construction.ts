import type { InputHint } from "./input-hints.ts";
import type { NamedPortables, Portable } from "./portable-value.ts";

/** A line of a file, from 1. */
export interface CallerPlace {
  readonly file: string;
  readonly line: number;
}

export interface RecordedCall {
  readonly args: readonly Portable[];
  readonly kwargs: NamedPortables;
}

/** How code elsewhere builds a model of a file, and what it calls it with. Plain data: it outlives the interpreter. */
export interface Construction extends RecordedCall {
  /** Name of the class. */
  readonly name: string;
  readonly at: CallerPlace;
  /** Why it is not known which arguments come by keyword. */
  readonly unknownKeywords: string | undefined;
  /** Further files of the project that name the class. */
  readonly others: number;
  readonly call: (RecordedCall & { readonly at: CallerPlace }) | undefined;
  /** What was taken for granted on the way, such as defaults of a command line. */
  readonly assumptions: readonly string[];
}

/** What the project says of the models of one file. */
export interface Callers {
  readonly constructions: readonly Construction[];
  /** What callers say of the sizes of inputs, those of the first caller first. */
  readonly hints: readonly InputHint[];
  /** Classes for which callers were looked for, with what stood in the way; none when nobody builds them. */
  /** Classes that nobody was found to build. */
  readonly unbuilt: readonly string[];
  readonly failed: readonly { readonly name: string; readonly at: CallerPlace; readonly why: string }[];
}

export const noCallers: Callers = { constructions: [], hints: [], unbuilt: [], failed: [] };
