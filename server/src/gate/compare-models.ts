import { type CauseScope, causesOf, type FileEdit } from "./causes.ts";
import { changeOf, type Device, type Spreads, spreadsBetween, timesQuantity } from "./difference.ts";
import { type Change, figureNames, type GateModel, type Quantity } from "./gate-result.ts";
import { matchModels, type Pair } from "./match-models.ts";
import type { FileSnapshot, ModelSnapshot } from "./snapshot.ts";

export interface Compared extends CauseScope {
  readonly base: readonly FileSnapshot[];
  readonly head: readonly FileSnapshot[];
}

export interface Conditions {
  readonly device: Device;
  /** Inferences per month. */
  readonly volume: number;
}

/** The models of both sides, those that differ first. */
export function compareModels(compared: Compared, conditions: Conditions): readonly GateModel[] {
  const { base, head, edits } = compared;
  const renamed = renamedFiles(edits);
  // A file that does not parse says nothing of its models, on neither side.
  const lost = new Set(head.filter(({ broken }) => broken !== null).map(({ path }) => path));
  const before = base
    .filter(({ path }) => !lost.has(renamed.get(path) ?? path))
    .flatMap(({ broken, models }) => (broken === null ? models : []));
  const after = head.flatMap(({ broken, models }) => (broken === null ? models : []));
  const ids = createIds();

  return matchModels(before, after, renamed)
    .map((pair) => modelOf(pair, conditions, compared))
    .sort(byDifference)
    .map((model) => ({ ...model, id: ids(model) }));
}

export const renamedFiles = (edits: readonly FileEdit[]): ReadonlyMap<string, string> =>
  new Map(
    edits.flatMap(({ basePath, headPath }) =>
      basePath === null || headPath === null || basePath === headPath ? [] : [[basePath, headPath] as const],
    ),
  );

function modelOf(pair: Pair, { device, volume }: Conditions, scope: CauseScope): GateModel {
  const { before, after, matchedBy } = pair;
  const shown = after ?? before;
  if (shown === undefined) throw new Error("a pair holds at least one model");
  const spreads = before && after ? spreadsBetween(before, after, device) : undefined;
  const figures = figuresOf(before, after, spreads, volume);
  const isSame =
    before !== undefined && after !== undefined && figureNames.every((name) => isUnchanged(figures[name]));
  const status = statusOf(pair, isSame);
  return {
    id: "",
    name: shown.name,
    entry: shown.entry,
    status,
    matchedBy,
    baseName: before?.name ?? null,
    basePath: before?.path ?? null,
    headPath: after?.path ?? null,
    file: shown.file,
    line: shown.line,
    figures,
    fit: { before: before?.fit ?? null, after: after?.fit ?? null },
    complete: { before: before?.complete ?? null, after: after?.complete ?? null },
    notCounted: shown.notCounted.slice(0, mostNotCounted),
    causes: status === "changed" || status === "added" ? causesOf(pair, scope) : [],
    allowed:
      after?.allowed == null
        ? null
        : {
            kind: "comment",
            name: "allow-cost",
            reason: after.allowed.reason,
            file: after.file,
            line: after.allowed.line,
          },
    assumptions: shown.assumptions,
  };
}

/** What is not counted is told by its first ones; how many there are is in the figures' `atLeast` only. */
const mostNotCounted = 20;

function figuresOf(
  before: ModelSnapshot | undefined,
  after: ModelSnapshot | undefined,
  spreads: Spreads | undefined,
  volume: number,
): GateModel["figures"] {
  type Name = keyof ModelSnapshot["figures"];
  const change = (name: Name, spread?: number, as = (each: Quantity): Quantity => each): Change =>
    changeOf(
      before === undefined ? null : as(before.figures[name]),
      after === undefined ? null : as(after.figures[name]),
      spread,
    );
  const perMonth = (each: Quantity): Quantity => timesQuantity(each, volume / 1e6);
  return {
    parameters: change("parameters"),
    macs: change("macs"),
    energy: change("energy", spreads?.energy),
    latency: change("latency", spreads?.time),
    costPerMillion: change("costPerMillion", spreads?.time),
    costPerMonth: change("costPerMillion", spreads?.time, perMonth),
    co2ePerMonth: change("co2ePerMillion", spreads?.energy, perMonth),
    memory: change("memory", 0),
  };
}

const isUnchanged = ({ before, after }: Change): boolean =>
  before !== null &&
  after !== null &&
  before.value === after.value &&
  before.low === after.low &&
  before.high === after.high &&
  before.atLeast === after.atLeast;

function statusOf({ before, after, matchedBy }: Pair, isSame: boolean): GateModel["status"] {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  if (!isSame) return "changed";
  return before.name === after.name && matchedBy === null ? "unchanged" : "renamed";
}

const order: Readonly<Record<GateModel["status"], number>> = {
  changed: 0,
  added: 0,
  removed: 0,
  renamed: 1,
  unchanged: 2,
};

const sizeOf = ({ figures }: GateModel): number =>
  Math.abs(figures.costPerMonth.delta.value ?? figures.latency.delta.value ?? 0);

const byDifference = (a: GateModel, b: GateModel): number =>
  order[a.status] - order[b.status] ||
  sizeOf(b) - sizeOf(a) ||
  compareText(a.file, b.file) ||
  compareText(a.name, b.name) ||
  compareText(a.entry, b.entry);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `net.py::Net`, and `net.py::Net#2` for the second of that name. */
function createIds(): (model: GateModel) => string {
  const seen = new Map<string, number>();
  return ({ headPath, basePath, name }) => {
    const id = `${headPath ?? basePath ?? ""}::${name}`;
    const number = (seen.get(id) ?? 0) + 1;
    seen.set(id, number);
    return number === 1 ? id : `${id}#${number}`;
  };
}
