import type { ClientCapabilities } from "vscode-languageserver/node";
import { clientFeatures } from "../../server/src/lsp/client-features.ts";

/** What VS Code can show. */
const capabilities: ClientCapabilities = {
  textDocument: {
    publishDiagnostics: {
      relatedInformation: true,
      codeDescriptionSupport: true,
      dataSupport: true,
      tagSupport: { valueSet: [1, 2] },
    },
  },
};

export const features = clientFeatures(capabilities);
