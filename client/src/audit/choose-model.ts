import * as vscode from "vscode";
import {
  type ModelsAnswer,
  type ModelsParams,
  modelsMethod,
} from "../../../server/src/protocol/models-request.ts";
import type { Server } from "../server.ts";

/** The model of a document that is to be audited: the only one, or the one that is picked. */
export async function chooseModel(uri: vscode.Uri, server: Server): Promise<string | undefined> {
  const { models } = await server.request<ModelsParams, ModelsAnswer>(modelsMethod, { uri: uri.toString() });
  const [first, ...others] = models;
  if (first === undefined) {
    void vscode.window.showInformationMessage(
      "EcoCompute: no model is known in this file. Audit the file, or select the code to audit.",
    );
    return undefined;
  }
  if (others.length === 0) return first.name;
  const picked = await vscode.window.showQuickPick(
    models.map(({ name, headline }) => ({ label: name, detail: headline.replaceAll("`", "") })),
    { title: "Which model to audit" },
  );
  return picked?.label;
}
