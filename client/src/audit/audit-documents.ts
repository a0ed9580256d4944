import * as vscode from "vscode";

/** Texts that can be looked at and not edited: what would be sent, reports, files as they would be. */
export interface AuditDocuments extends vscode.Disposable {
  /** @param name the last part of its address, with the ending that tells its language. */
  add(name: string, text: string): vscode.Uri;
}

const scheme = "ecocompute-audit";
/** Texts beyond these are forgotten, the oldest first. */
const mostTexts = 60;

export function createAuditDocuments(): AuditDocuments {
  const texts = new Map<string, string>();
  let last = 0;
  const provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: (uri) =>
      texts.get(uri.toString()) ?? "This text is no longer kept. Open it again from the audit.",
  });
  return {
    add(name, text) {
      const uri = vscode.Uri.from({ scheme, path: `/${++last}/${name}` });
      texts.set(uri.toString(), text);
      for (const oldest of texts.keys()) {
        if (texts.size <= mostTexts) break;
        texts.delete(oldest);
      }
      return uri;
    },
    dispose: () => provider.dispose(),
  };
}
