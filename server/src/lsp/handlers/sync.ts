import { TextDocumentSyncKind } from "vscode-languageserver/node";
import { guarded, type Handler } from "../handler.ts";

/** The documents as the client has them, change by change. */
export const sync: Handler = {
  capabilities: () => ({
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
  }),
  register({ connection, session, log }) {
    connection.onDidOpenTextDocument(
      guarded("open", log, undefined, ({ textDocument: { uri, version, text } }) =>
        session.open(uri, version, text),
      ),
    );
    connection.onDidChangeTextDocument(
      guarded("change", log, undefined, ({ textDocument: { uri, version }, contentChanges }) =>
        session.change(uri, version, contentChanges),
      ),
    );
    connection.onDidCloseTextDocument(
      guarded("close", log, undefined, ({ textDocument }) => session.close(textDocument.uri)),
    );
  },
};
