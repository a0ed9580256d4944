import { TextDocumentSyncKind } from "vscode-languageserver/node";
import { contained, type Handler } from "../handler.ts";

/** The documents as the client has them, change by change. */
export const sync: Handler = {
  capabilities: () => ({
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
  }),
  register({ connection, session, log }) {
    connection.onDidOpenTextDocument(
      contained("open", log, ({ textDocument: { uri, languageId, version, text } }) => {
        if (languageId === "python") session.open(uri, version, text);
      }),
    );
    connection.onDidChangeTextDocument(
      contained("change", log, ({ textDocument: { uri, version }, contentChanges }) =>
        session.change(uri, version, contentChanges),
      ),
    );
    connection.onDidCloseTextDocument(
      contained("close", log, ({ textDocument }) => session.close(textDocument.uri)),
    );
  },
};
