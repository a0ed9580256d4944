import { amount } from "../../server/src/base/amount.ts";
import { printCount } from "../../server/src/graph/print.ts";
import type { ModelSummary, ModelsAnswer, ModuleRow } from "../../server/src/protocol/models-request.ts";
import { type CostActions, costSection } from "./cost-section.ts";
import { button, element, prose } from "./dom.ts";
import { moduleRows } from "./module-rows.ts";

export interface ModelsActions extends CostActions {
  /** Shows or folds the deeper modules of a model, or a part of its cost. */
  toggle(model: string): void;
}

/** The models of a file with a table of their modules; empty when the file has none. */
export function modelsSection(
  { models }: ModelsAnswer,
  isExpanded: (model: string) => boolean,
  actions: ModelsActions,
): readonly HTMLElement[] {
  if (models.length === 0) return [];
  return [
    element(
      "section",
      { class: "models", "aria-labelledby": "models" },
      element("h2", { id: "models" }, models.length === 1 ? "Model" : `Models (${models.length})`),
      ...models.map((model) => modelView(model, isExpanded(model.name), actions)),
    ),
  ];
}

function modelView(model: ModelSummary, expanded: boolean, actions: ModelsActions): HTMLElement {
  const { rows, hidden } = moduleRows(model.modules, expanded);
  const whole = model.modules.find((row) => row.path === "")?.macs ?? null;
  const more = expanded ? "Show fewer modules" : `Show ${hidden} more modules`;
  return element(
    "article",
    { class: "model" },
    element("h3", {}, model.name),
    element("p", { class: "headline" }, ...prose(model.headline)),
    ...(model.inputs === null
      ? []
      : [element("p", { class: "assumption" }, ...prose(`Inputs: ${model.inputs}.`))]),
    ...model.assumptions.map((text) => element("p", { class: "assumption" }, ...prose(`Assumed: ${text}.`))),
    ...(model.cost === null ? [] : costSection(model.name, model.cost, actions)),
    ...(rows.length > 1 ? [moduleTable(model, rows, whole, actions)] : []),
    ...(hidden > 0 || expanded ? [toggle(more, model.name, actions)] : []),
    ...notCounted(model, actions),
  );
}

function toggle(label: string, model: string, actions: ModelsActions): HTMLElement {
  const created = button(label, "secondary", () => actions.toggle(model));
  created.dataset["model"] = model;
  return created;
}

function moduleTable(
  model: ModelSummary,
  rows: readonly ModuleRow[],
  whole: number | null,
  actions: ModelsActions,
): HTMLElement {
  const heading = (text: string, isNumber: boolean): HTMLElement =>
    element("th", { scope: "col", class: isNumber ? "number" : undefined }, text);
  const label = `Modules of ${model.name}`;
  const table = element(
    "table",
    { class: "modules", "aria-label": label },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        heading("Module", false),
        heading("Parameters", true),
        heading("MACs", true),
        heading("Share of MACs", true),
        ...(model.cost === null ? [] : [heading("Energy", true), heading("Share of energy", true)]),
      ),
    ),
    element("tbody", {}, ...rows.map((row) => moduleRow(row, model, whole, actions))),
  );
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table);
}

function moduleRow(
  row: ModuleRow,
  { name: model, cost }: ModelSummary,
  whole: number | null,
  actions: ModelsActions,
): HTMLElement {
  const { uri, line } = row;
  const name = row.path === "" ? model : (row.path.split(".").at(-1) ?? row.path);
  const depth = row.path === "" ? 0 : row.path.split(".").length;
  const label =
    uri === null || line === null
      ? element("span", {}, name)
      : button(name, "link", () => actions.open(uri, line));
  label.title = row.path === "" ? model : row.path;
  const share = whole === null || row.macs === null || whole === 0 ? undefined : row.macs / whole;
  const part = cost?.modules.find(({ label: path }) => path === row.path);
  const number = (text: string): HTMLElement => element("td", { class: "number" }, text);
  return element(
    "tr",
    {},
    element("th", { scope: "row", class: `depth-${Math.min(depth, 8)}` }, label),
    number(row.parameters === null ? "unknown" : printCount(row.parameters)),
    number(row.macs === null ? "unknown" : printCount(row.macs)),
    number(share === undefined ? "" : percent(share)),
    ...(cost === null
      ? []
      : [
          number(part === undefined || part.joules === null ? "" : amount(part.joules, "J")),
          number(part === undefined ? "" : percent(part.share)),
        ]),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function notCounted(model: ModelSummary, actions: ModelsActions): readonly HTMLElement[] {
  if (model.notCounted.length === 0) return [];
  const rows = model.notCounted.map(({ what, why, uri, line }) =>
    element(
      "li",
      {},
      ...(uri === null || line === null
        ? []
        : [button(`line ${line + 1}`, "link", () => actions.open(uri, line)), " "]),
      ...prose(`${what}: ${why}`),
    ),
  );
  return [
    element("h4", {}, `Not counted (${rows.length}): all figures are lower bounds`),
    element("ul", {}, ...rows),
  ];
}
