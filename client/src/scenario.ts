import * as vscode from "vscode";
import {
  type ScenarioAnswer,
  type ScenarioChoice,
  type ScenarioParams,
  scenarioMethod,
} from "../../server/src/protocol/scenario.ts";
import { pythonEditor } from "./documents.ts";
import type { Server } from "./server.ts";

/** Keys of the setting that this dialog asks for. */
type Key = "accelerator" | "precision" | "mode" | "batch" | "context" | "region" | "price";

export const askScenario = (server: Server, uri: vscode.Uri | undefined): Promise<ScenarioAnswer> =>
  server.request<ScenarioParams, ScenarioAnswer>(
    scenarioMethod,
    uri === undefined ? {} : { uri: uri.toString() },
  );

/** Lets the user say where and how models run, one thing after the other, until Escape. */
export async function chooseScenario(server: Server): Promise<void> {
  const uri = pythonEditor()?.document.uri;
  for (;;) {
    const answer = await askScenario(server, uri);
    const key = await chooseKey(answer);
    if (key === undefined) return;
    const chosen = await chooseValue(key, answer);
    if (chosen !== undefined) await saveScenario(uri, key, chosen.value);
  }
}

/** Writes one key of the setting where the window keeps its own; `undefined` takes the key out. */
export async function saveScenario(
  uri: vscode.Uri | undefined,
  key: Key,
  value: string | number | undefined,
): Promise<void> {
  const settings = vscode.workspace.getConfiguration("ecocompute", uri ?? null);
  const before = settings.get<Readonly<Record<string, unknown>>>("scenario") ?? {};
  const entries = Object.entries(before).filter(([name]) => name !== key);
  const after = Object.fromEntries(value === undefined ? entries : [...entries, [key, value]]);
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await settings.update("scenario", after, target);
}

interface KeyItem extends vscode.QuickPickItem {
  readonly key: Key;
}

async function chooseKey({ label, chosen }: ScenarioAnswer): Promise<Key | undefined> {
  const item = (key: Key, name: string, standard: string): KeyItem => ({
    key,
    label: name,
    description: key in chosen ? String(chosen[key]) : standard,
  });
  const items: readonly KeyItem[] = [
    item("accelerator", "Accelerator", "A100, as nobody says"),
    item("precision", "Precision", "as written"),
    item("mode", "Mode", "infer"),
    item("batch", "Batch", "as in the code"),
    ...(chosen["mode"] === "decode" ? [item("context", "Context", "as long as the call")] : []),
    item("region", "Region", "none: no CO2e"),
    item("price", "Price", "list price"),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: `EcoCompute scenario: ${label ?? "none"}`,
    placeHolder: "What should change? Escape when done",
  });
  return picked?.key;
}

interface Chosen {
  /** `undefined` goes back to the standard. */
  readonly value: string | number | undefined;
}

async function chooseValue(key: Key, answer: ScenarioAnswer): Promise<Chosen | undefined> {
  switch (key) {
    case "accelerator":
      return choose("Accelerator", answer.accelerators, answer.chosen[key]);
    case "precision":
      return choose("Precision", answer.precisions, answer.chosen[key]);
    case "mode":
      return choose("Mode", answer.modes, answer.chosen[key]);
    case "region":
      return choose("Region", answer.regions, answer.chosen[key], "No region");
    case "batch":
      return enter("Samples in one call; empty: as in the code", answer.chosen[key], true);
    case "context":
      return enter(
        "Positions that are cached before the token; empty: as long as the call",
        answer.chosen[key],
        true,
      );
    case "price":
      return enter("US dollars per accelerator and hour; empty: the list price", answer.chosen[key], false);
  }
}

interface ChoiceItem extends vscode.QuickPickItem {
  readonly id: string | undefined;
}

async function choose(
  title: string,
  choices: readonly ScenarioChoice[],
  current: unknown,
  none?: string,
): Promise<Chosen | undefined> {
  const listed = choices.map(
    ({ id, label, detail }): ChoiceItem => ({
      id,
      label: id === current ? `$(check) ${label}` : label,
      description: detail,
    }),
  );
  const items: readonly ChoiceItem[] =
    none === undefined ? listed : [{ id: undefined, label: none }, ...listed];
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked === undefined ? undefined : { value: picked.id };
}

async function enter(prompt: string, current: unknown, isWhole: boolean): Promise<Chosen | undefined> {
  const wanted = isWhole ? "a whole number from 1 on" : "a number above 0";
  const text = await vscode.window.showInputBox({
    prompt,
    value: current === undefined ? "" : String(current),
    validateInput: (typed) =>
      typed.trim() === "" || isNumber(typed, isWhole) ? undefined : `It must be ${wanted}.`,
  });
  if (text === undefined) return undefined;
  return { value: text.trim() === "" ? undefined : Number(text) };
}

const isNumber = (text: string, isWhole: boolean): boolean => {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 && (!isWhole || Number.isInteger(value));
};
