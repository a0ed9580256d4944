import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { parserBinaries } from "../host/parser-binaries.ts";
import { rules } from "../rules/registry.gen.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax } from "../syntax/source-file.ts";
import { serve } from "./serve.ts";

// The parser is compiled while the client still introduces itself.
const syntax = loadPythonParser(parserBinaries()).then(createSyntax);
const connection = createConnection(ProposedFeatures.all);
// Whatever slips through costs what it was about, never the server and with it the user's findings.
process.on("uncaughtException", (error) =>
  connection.console.error(`unexpected: ${error.stack ?? error.message}`),
);
serve(connection, {
  rules,
  syntax,
  modelWorker: new URL("./model-worker.cjs", import.meta.url),
  auditWorker: new URL("./audit-worker.cjs", import.meta.url),
});
