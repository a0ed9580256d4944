import { amount, percentOf } from "../../server/src/base/amount.ts";
import type {
  AcceleratorRow,
  CostCard,
  CostRow,
  ModelCostSummary,
  OptimizationRow,
  ShownValue,
} from "../../server/src/protocol/model-cost.ts";
import { button, element } from "./dom.ts";

export interface CostActions {
  /** Jumps to a zero-based line. */
  open(uri: string, line: number): void;
  /** Asks where models run. */
  chooseScenario(): void;
  /** Takes an accelerator of the comparison for the scenario. */
  chooseAccelerator(id: string): void;
  isOpen(part: string): boolean;
  toggle(part: string): void;
}

/** What a model costs: cards, lines and modules, optimizations, other accelerators, and what all that rests on. */
export function costSection(
  model: string,
  cost: ModelCostSummary,
  actions: CostActions,
): readonly HTMLElement[] {
  const change = button("Change Scenario", "secondary", actions.chooseScenario);
  change.dataset["model"] = `${model} scenario`;
  return [
    element("p", { class: "scenario" }, element("span", {}, `On ${cost.scenario}.`), " ", change),
    element("ul", { class: "cards", "aria-label": `Cost of ${model}` }, ...cost.cards.map(card)),
    ...fold(model, "lines", "Where the energy goes", actions, () => [partTable(model, cost, actions)]),
    ...optimizations(model, cost, actions),
    ...accelerators(model, cost, actions),
    ...fold(model, "assumptions", "Assumptions and sources", actions, () => [assumptions(cost)]),
  ];
}

function card({ title, value, per }: CostCard): HTMLElement {
  const known = value.value !== null;
  return element(
    "li",
    { class: known ? "card" : "card unknown" },
    element("h4", {}, title),
    element("p", { class: "amount" }, known ? amount(value.value, value.unit) : "not known"),
    element("p", { class: "interval" }, known ? interval(value) : value.assumptions.join("; ")),
    ...(per === "" || !known ? [] : [element("p", { class: "per" }, per)]),
    ...(known ? [element("p", { class: "basis" }, value.basis)] : []),
  );
}

const interval = ({ low, high, unit }: ShownValue): string =>
  low === null || high === null
    ? ""
    : low === high
      ? "exact"
      : `${amount(low, unit)} to ${amount(high, unit)}`;

/** A part that opens and closes; closed it is one button. */
function fold(
  model: string,
  part: string,
  title: string,
  actions: CostActions,
  contents: () => readonly HTMLElement[],
): readonly HTMLElement[] {
  const key = `${model} ${part}`;
  const isOpen = actions.isOpen(key);
  const toggle = button(title, "fold", () => actions.toggle(key));
  toggle.setAttribute("aria-expanded", String(isOpen));
  toggle.dataset["model"] = key;
  return [element("h4", { class: "part" }, toggle), ...(isOpen ? contents() : [])];
}

const boundWords: Readonly<Record<CostRow["bound"], string>> = {
  compute: "compute",
  memory: "memory",
  overhead: "launch overhead",
};

function partTable(model: string, { lines }: ModelCostSummary, actions: CostActions): HTMLElement {
  const rows = lines.map((row) => {
    const { uri, line } = row;
    const name =
      uri === null || line === null ? row.label : button(row.label, "link", () => actions.open(uri, line));
    return [
      name,
      bar(row.share),
      row.joules === null ? "not known" : amount(row.joules, "J"),
      amount(row.seconds, "s"),
      boundWords[row.bound],
    ];
  });
  return table(
    `Lines of ${model} by energy`,
    ["Line", "Share of energy", "Energy", "Time", "Bound by"],
    rows,
    [2, 3],
  );
}

/** A bar with its percentage beside it. */
function bar(share: number): HTMLElement {
  const meter = element("meter", { min: 0, max: 1, value: share, "aria-hidden": "true" });
  return element("span", { class: "bar" }, meter, percentOf(share));
}

const verdicts: Readonly<Record<OptimizationRow["verdict"], string>> = {
  saves: "saves",
  "may-save": "may save",
  costs: "does not help",
  "not-applicable": "does not apply",
  unknown: "not known",
};

const risks: Readonly<Record<OptimizationRow["risk"], string>> = {
  none: "same results",
  rounding: "rounding differs",
  quality: "answers change",
};

function optimizations(model: string, cost: ModelCostSummary, actions: CostActions): readonly HTMLElement[] {
  const all = cost.optimizations;
  return fold(model, "optimizations", "Optimizations", actions, () => {
    if (all === null) return [notTried(cost)];
    const isTold = (each: OptimizationRow): boolean => each.percent !== null && each.id !== "together";
    const told = all.filter(isTold).sort((a, b) => (b.percent ?? 0) - (a.percent ?? 0));
    const rows = [...told, ...all.filter(({ id }) => id === "together")].map((each) => [
      element("span", { title: each.why }, each.title, element("span", { class: "per" }, risks[each.risk])),
      verdicts[each.verdict],
      savedText(each),
      `${shownAmount(each.before)} → ${each.after === null ? "not known" : shownAmount(each.after)}`,
    ]);
    const rest = all.filter((each) => !isTold(each) && each.id !== "together");
    return [
      table(
        `Optimizations of ${model}`,
        ["Optimization", "Effect", "Saved", "Energy before and after"],
        rows,
        [2, 3],
      ),
      element(
        "ul",
        { class: "rest" },
        ...rest.map((each) => element("li", {}, `${each.title}: ${each.why}`)),
      ),
    ];
  });
}

const notTried = ({ isExplored }: ModelCostSummary): HTMLElement =>
  element(
    "p",
    {},
    isExplored
      ? "This model has too many operations to try everything while you type. On the command line: ecocompute estimate FILE --optimize all"
      : "Being tried…",
  );

const shownAmount = ({ value, unit }: ShownValue): string =>
  value === null ? "not known" : amount(value, unit);

function savedText({ percent: saved, percentLow, percentHigh }: OptimizationRow): string {
  if (saved === null || percentLow === null || percentHigh === null) return "";
  return `${whole(saved)} % (${whole(percentLow)} to ${whole(percentHigh)} %)`;
}

const whole = (value: number): string =>
  Math.abs(value) >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));

const fits: Readonly<Record<AcceleratorRow["fits"], string>> = {
  fits: "fits",
  tight: "tight",
  "too-large": "too large",
};

function accelerators(model: string, cost: ModelCostSummary, actions: CostActions): readonly HTMLElement[] {
  const all = cost.accelerators;
  return fold(model, "accelerators", "Compare accelerators", actions, () =>
    all === null
      ? [notTried(cost)]
      : [
          table(
            `${model} on other accelerators`,
            ["Accelerator", "Energy", "Time", "Cost per million", "CO2e per million", "Memory"],
            all.map((row) => [
              button(row.name, "link", () => actions.chooseAccelerator(row.id)),
              withInterval(row.energy),
              withInterval(row.latency),
              withInterval(row.costPerMillion),
              withInterval(row.co2ePerMillion),
              fits[row.fits],
            ]),
            [1, 2, 3, 4],
          ),
        ],
  );
}

const withInterval = (value: ShownValue): HTMLElement =>
  value.value === null
    ? element("span", { class: "unknown", title: value.assumptions.join("; ") }, "not known")
    : element("span", { title: interval(value) }, amount(value.value, value.unit));

function assumptions({ cards }: ModelCostSummary): HTMLElement {
  const list = (texts: readonly string[]): HTMLElement =>
    element("ul", { class: "rest" }, ...[...new Set(texts)].map((text) => element("li", {}, text)));
  const sources = cards.flatMap(({ value }) => value.sources);
  return element(
    "div",
    {},
    list(cards.flatMap(({ value }) => value.assumptions)),
    ...(sources.length === 0 ? [] : [element("p", {}, "Sources"), list(sources)]),
  );
}

/** A table that scrolls by itself; the columns of `numbers` are set to the right. */
export function table(
  label: string,
  headings: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
  numbers: readonly number[],
): HTMLElement {
  const isNumber = (at: number): string | undefined => (numbers.includes(at) ? "number" : undefined);
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    element(
      "table",
      { class: "costs", "aria-label": label },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...headings.map((text, i) => element("th", { scope: "col", class: isNumber(i) }, text)),
        ),
      ),
      element(
        "tbody",
        {},
        ...rows.map(([first = "", ...rest]) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, first),
            ...rest.map((cell, i) => element("td", { class: isNumber(i + 1) }, cell)),
          ),
        ),
      ),
    ),
  );
}
