/** Prints the prelude as parsed, which a build lays beside the editor's bundles. */
import { parserBinaries } from "../src/host/parser-binaries.ts";
import { preludeOf } from "../src/host/prelude.ts";
import { packPrelude } from "../src/model/packed-prelude.ts";
import { loadPythonParser } from "../src/syntax/parser.ts";
import { createSyntax } from "../src/syntax/source-file.ts";

const syntax = createSyntax(await loadPythonParser(parserBinaries()));
process.stdout.write(packPrelude(preludeOf(syntax)).join("\n"));
