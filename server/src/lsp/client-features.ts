import { type ClientCapabilities, MarkupKind } from "vscode-languageserver/node";
import type { DiagnosticFeatures } from "./convert.ts";

/** What the client at the other end understands; everything else is left out of answers. */
export interface ClientFeatures {
  readonly diagnostics: DiagnosticFeatures;
  readonly hover: MarkupKind;
  readonly codeActions: {
    readonly literals: boolean;
    readonly isPreferred: boolean;
    readonly disabled: boolean;
    /** `edit` may be left to `codeAction/resolve`. */
    readonly resolveEdit: boolean;
  };
  /** Workspace edits may name the version they were made for. */
  readonly documentChanges: boolean;
  readonly configuration: boolean;
  readonly watchesConfiguration: boolean;
  readonly watchesFiles: boolean;
  readonly workspaceFolders: boolean;
  readonly showDocument: boolean;
  readonly workDoneProgress: boolean;
  /** The client asks again for what it shows when told to. */
  readonly refreshesInlayHints: boolean;
  readonly refreshesCodeLenses: boolean;
}

export function clientFeatures({ textDocument, workspace, window }: ClientCapabilities): ClientFeatures {
  const diagnostics = textDocument?.publishDiagnostics;
  const actions = textDocument?.codeAction;
  const formats = textDocument?.hover?.contentFormat ?? [];
  return {
    diagnostics: {
      relatedInformation: diagnostics?.relatedInformation === true,
      codeDescription: diagnostics?.codeDescriptionSupport === true,
      tags: diagnostics?.tagSupport !== undefined,
      data: diagnostics?.dataSupport === true,
    },
    hover: formats.includes(MarkupKind.Markdown) ? MarkupKind.Markdown : MarkupKind.PlainText,
    codeActions: {
      literals: actions?.codeActionLiteralSupport !== undefined,
      isPreferred: actions?.isPreferredSupport === true,
      disabled: actions?.disabledSupport === true,
      resolveEdit:
        actions?.dataSupport === true && (actions.resolveSupport?.properties.includes("edit") ?? false),
    },
    documentChanges: workspace?.workspaceEdit?.documentChanges === true,
    configuration: workspace?.configuration === true,
    watchesConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    showDocument: window?.showDocument?.support === true,
    workDoneProgress: window?.workDoneProgress === true,
    refreshesInlayHints: workspace?.inlayHint?.refreshSupport === true,
    refreshesCodeLenses: workspace?.codeLens?.refreshSupport === true,
  };
}
