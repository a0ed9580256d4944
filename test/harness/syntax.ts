import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadPythonParser } from "../../server/src/syntax/parser.ts";
import { createSyntax } from "../../server/src/syntax/source-file.ts";

const require = createRequire(import.meta.url);

/** The parser as the tests use it, loaded from the npm packages. */
export const pythonParser = await loadPythonParser({
  runtime: readFileSync(require.resolve("web-tree-sitter/web-tree-sitter.wasm")),
  python: readFileSync(require.resolve("tree-sitter-python/tree-sitter-python.wasm")),
});

export const syntax = createSyntax(pythonParser);
