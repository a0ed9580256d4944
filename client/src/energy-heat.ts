import * as vscode from "vscode";
import {
  type HeatAnswer,
  type HeatLine,
  type HeatParams,
  heatMethod,
} from "../../server/src/protocol/scenario.ts";
import { isPython } from "./documents.ts";
import { type Logs, messageOf } from "./logs.ts";
import type { Server } from "./server.ts";

const setting = "energyHeat";

/** Shares of energy from which a line gets one more step of heat. */
const steps = [0.01, 0.05, 0.15, 0.3] as const;

/** Bars in the gutter of Python editors, taller and warmer the more of the energy a line takes. */
export interface EnergyHeat extends vscode.Disposable {
  toggle(): Promise<void>;
}

export function createEnergyHeat(extensionUri: vscode.Uri, server: Server, logs: Logs): EnergyHeat {
  const types = steps.map((_, i) =>
    vscode.window.createTextEditorDecorationType({
      gutterIconPath: vscode.Uri.joinPath(extensionUri, "client", "media", "heat", `${i + 1}.svg`),
      gutterIconSize: "contain",
    }),
  );

  const isOn = (document: vscode.TextDocument): boolean =>
    vscode.workspace.getConfiguration("ecocompute", document.uri).get<boolean>(setting) === true;

  const draw = async (editor: vscode.TextEditor): Promise<void> => {
    const { document } = editor;
    if (!isPython(document)) return;
    const lines = isOn(document) ? await linesOf(document) : [];
    for (const [i, type] of types.entries())
      editor.setDecorations(
        type,
        lines.filter(({ share }) => stepOf(share) === i).map((line) => decorationOf(line, document)),
      );
  };
  const linesOf = async (document: vscode.TextDocument): Promise<readonly HeatLine[]> => {
    try {
      const params: HeatParams = { uri: document.uri.toString() };
      return (await server.request<HeatParams, HeatAnswer>(heatMethod, params)).lines;
    } catch (error) {
      logs.client.debug(`the heat of lines is not known: ${messageOf(error)}`);
      return [];
    }
  };
  const drawAll = (): void => {
    for (const editor of vscode.window.visibleTextEditors) void draw(editor);
  };

  const listeners = vscode.Disposable.from(
    ...types,
    server.onReportChanged(drawAll),
    vscode.window.onDidChangeVisibleTextEditors(drawAll),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`ecocompute.${setting}`)) drawAll();
    }),
  );
  return {
    toggle: async () => {
      const settings = vscode.workspace.getConfiguration("ecocompute");
      await settings.update(
        setting,
        settings.get<boolean>(setting) !== true,
        vscode.ConfigurationTarget.Global,
      );
    },
    dispose: () => listeners.dispose(),
  };
}

/** The step of a share; -1 below the first. */
const stepOf = (share: number): number => steps.filter((least) => share >= least).length - 1;

const decorationOf = (
  { line, words }: HeatLine,
  document: vscode.TextDocument,
): vscode.DecorationOptions => ({
  range: document.lineAt(Math.min(line, document.lineCount - 1)).range,
  hoverMessage: words,
});
