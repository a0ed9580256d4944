import { type Prelude, textPrelude } from "../model/prelude.ts";
import { stdlibPrelude } from "../model/stdlib/prelude.gen.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { torchPrelude } from "../torch/nn/prelude.gen.ts";

const texts: ReadonlyMap<string, string> = new Map([...stdlibPrelude, ...torchPrelude]);

/**
 * The Python that comes with the interpreter, parsed as it is asked for. The editor's bundles have it parsed beside
 * themselves: `esbuild.mjs` swaps this module for one that reads that.
 */
export const preludeOf = (syntax: Syntax): Prelude => textPrelude(texts, syntax.read);
