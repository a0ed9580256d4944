import type { SourceFile } from "../syntax/chunk.ts";
import type { ReadOnce, Statements } from "../syntax/read-once.ts";
import { definitionsIn } from "./definitions.ts";
import { starNames } from "./star-names.ts";

/** One class or function under its name, or, without a name, statements that run when the module does. */
export interface Definition {
  readonly name: string | undefined;
  readonly read: () => readonly Statements[];
}

/** Modules written in Python that come with the interpreter: `torch.nn`, stand-ins for the standard library. */
export interface Prelude {
  readonly names: ReadonlySet<string>;
  /** The module in the order of its text. */
  readonly definitions: (module: string) => readonly Definition[];
  /** Names that a star import binds, without running the module; `undefined` when it has to run. */
  readonly starNames: (module: string) => readonly string[] | undefined;
}

/** Packages whose modules of the prelude stand in for them only where they are not installed. */
export const substituted: ReadonlySet<string> = new Set([
  "timm",
  "six",
  "easydict",
  "addict",
  "omegaconf",
  "ml_collections",
  "yacs",
  "mmcv",
  "mmengine",
]);

/** Packages of which the prelude has some modules, installed or not; the others are the installed ones. */
export const shared: ReadonlySet<string> = new Set(["transformers", "fvcore"]);

export const statementsOf = ({ chunks }: SourceFile): readonly Statements[] =>
  chunks.map(({ chunk, start }) => ({ start, body: chunk.body }));

/** A prelude that is parsed as it is asked for. */
export function textPrelude(texts: ReadonlyMap<string, string>, readText: ReadOnce): Prelude {
  return {
    names: new Set(texts.keys()),
    definitions: (module) =>
      definitionsIn(texts.get(module) ?? "").map(({ name, text }) => ({
        name,
        read: () => readText(text),
      })),
    starNames: (module) => starNames(texts.get(module) ?? ""),
  };
}
