import * as vscode from "vscode";
import type { AcceleratorRow } from "../../server/src/protocol/model-cost.ts";
import {
  type ModelSummary,
  type ModelsAnswer,
  type ModelsParams,
  modelsMethod,
} from "../../server/src/protocol/models-request.ts";
import { pythonEditor } from "./documents.ts";
import { saveScenario } from "./scenario.ts";
import type { Server } from "./server.ts";

interface Item extends vscode.QuickPickItem {
  readonly id: string;
}

/** What the model of the file would cost on other accelerators; the one that is picked becomes the scenario's. */
export async function compareAccelerators(server: Server): Promise<void> {
  const uri = pythonEditor()?.document.uri;
  if (uri === undefined) return tell("Open a Python file that defines a model first.");
  const models = await comparedModels(server, uri.toString());
  const counted = models.filter(({ cost }) => (cost?.accelerators ?? []).length > 0);
  const model = counted.length < 2 ? counted[0] : await chooseModel(counted);
  const cost = model?.cost;
  if (model === undefined || cost === null || cost === undefined) {
    if (counted.length === 0) return tell("No model of this file has a cost that can be compared.");
    return;
  }
  const picked = await vscode.window.showQuickPick((cost.accelerators ?? []).map(itemOf), {
    title: `${model.name}: ${cost.scenario}`,
    placeHolder: "Cheapest first; what you pick becomes the scenario",
    matchOnDetail: true,
  });
  if (picked !== undefined) await saveScenario(uri, "accelerator", picked.id);
}

/** The comparison follows a moment after the other figures of a scenario: until it is there it is asked for again. */
async function comparedModels(server: Server, uri: string): Promise<readonly ModelSummary[]> {
  const ask = async (): Promise<readonly ModelSummary[]> =>
    (await server.request<ModelsParams, ModelsAnswer>(modelsMethod, { uri })).models;
  let models = await ask();
  if (!models.some(isAwaited)) return models;
  const title = "EcoCompute: comparing accelerators";
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, async () => {
    for (let asked = 0; asked < mostAsked && models.some(isAwaited); asked++) {
      await new Promise((resolve) => setTimeout(resolve, askAgainAfter));
      models = await ask();
    }
    return models;
  });
}

/** Milliseconds, and how often: ten seconds in all. */
const askAgainAfter = 200;
const mostAsked = 50;

const isAwaited = ({ cost }: ModelSummary): boolean => cost?.isExplored === false;

async function chooseModel(models: readonly ModelSummary[]): Promise<ModelSummary | undefined> {
  const items = models.map((model) => ({ label: model.name, description: model.headline, model }));
  return (await vscode.window.showQuickPick(items, { title: "Compare accelerators for which model?" }))
    ?.model;
}

const itemOf = ({ id, name, description, detail }: AcceleratorRow): Item => ({
  id,
  label: name,
  description,
  detail,
});

const tell = (message: string): void => void vscode.window.showInformationMessage(`EcoCompute: ${message}`);
