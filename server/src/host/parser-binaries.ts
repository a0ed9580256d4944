import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ParserBinaries } from "../syntax/parser.ts";

/**
 * The two WASM files of the parser, from the npm packages. The bundles hold them or have them beside
 * themselves: `esbuild.mjs` swaps this module for one that knows.
 */
export function parserBinaries(): ParserBinaries {
  const require = createRequire(import.meta.url);
  return {
    runtime: readFileSync(require.resolve("web-tree-sitter/web-tree-sitter.wasm")),
    python: readFileSync(require.resolve("tree-sitter-python/tree-sitter-python.wasm")),
  };
}
