import * as vscode from "vscode";
import type { AuditProvider } from "../../../server/src/protocol/audit.ts";
import type { ApiKey } from "./api-key.ts";
import type { EditorModels } from "./editor-models.ts";

/** Who the settings name; `problem` says what is missing. */
export async function providerOfSettings(
  uri: vscode.Uri | undefined,
  editorModels: EditorModels,
): Promise<AuditProvider | { readonly kind: "problem"; readonly message: string }> {
  const settings = vscode.workspace.getConfiguration("ecocompute.audit", uri);
  switch (settings.get<string>("provider", "gemini")) {
    case "vertex": {
      const project = settings.get("vertexProject", "");
      if (project === "")
        return problem("Name your project of Google Cloud in the setting ecocompute.audit.vertexProject.");
      return { kind: "vertex", project, location: settings.get("vertexLocation", "global") };
    }
    case "editor": {
      const [model] = await editorModels.names();
      return model === undefined
        ? problem(
            "The editor offers no language model. Sign in to one, or choose another provider in the settings.",
          )
        : { kind: "editor", model };
    }
    default:
      return { kind: "gemini" };
  }
}

const problem = (message: string) => ({ kind: "problem", message }) as const;

const setKey = "Set Key";

/** Without a key: one is set, or the editor's own language model is asked in its place. `undefined` when neither is wanted. */
export async function providerWithoutKey(
  key: ApiKey,
  editorModels: EditorModels,
): Promise<AuditProvider | undefined> {
  const [model] = await editorModels.names();
  if (model === undefined) return (await key.ask()) === undefined ? undefined : { kind: "gemini" };
  const lesser = `Use ${model}`;
  const choice = await vscode.window.showInformationMessage(
    "There is no key of Gemini.",
    {
      modal: true,
      detail: `The editor's own language model ${model} can answer in its place: a lesser audit, which cannot search, run code or call functions of the engine. Its figures are checked all the same, and you will see what is sent before.`,
    },
    setKey,
    lesser,
  );
  if (choice === setKey) return (await key.ask()) === undefined ? undefined : { kind: "gemini" };
  return choice === lesser ? { kind: "editor", model } : undefined;
}
