import type {
  ShownAudit,
  ShownBug,
  ShownClaim,
  ShownFigure,
  ShownInterval,
  ShownRecommendation,
  ShownVerdict,
} from "../../server/src/report/shown-audit.ts";
import type { PastAudit } from "../src/audit/past-audit.ts";
import { diff } from "./audit-diff.ts";
import { foldedTrace, source } from "./audit-trace.ts";
import {
  bounds,
  changeText,
  claimWords,
  dollars,
  figure,
  gainText,
  moment,
  riskText,
  rounded,
} from "./audit-words.ts";
import { table } from "./cost-section.ts";
import { button, element, prose } from "./dom.ts";

export interface ArticleActions {
  /** A zero-based line of the audited file. */
  line(id: string, line: number): void;
  change(id: string, list: "recommendations" | "criticalBugs" | "together", index: number): void;
  source(address: string): void;
}

/** A whole audit: every field of it can be read. The figures of the engine come first, the model's words explain. */
export function auditArticle({ id, audit }: PastAudit, actions: ArticleActions): readonly HTMLElement[] {
  return [
    element("h2", { tabindex: -1, id: "audit-title" }, `Audit of ${audit.file}`),
    element(
      "p",
      { class: "quiet" },
      `${moment(audit.at)}, level ${audit.level} (${audit.model}), ${dollars(audit.spentUsd)} spent. ${audit.scenario}.`,
    ),
    ...audit.notes.map((note) => element("p", { class: "note" }, note)),
    element("p", { class: "words" }, ...prose(audit.summary)),
    ...figures(audit),
    ...allChanges(id, audit, actions),
    ...part(
      "Critical bugs",
      audit.criticalBugs.map((bug, i) => bugItem(id, bug, i, actions)),
    ),
    ...part(
      "Recommendations",
      audit.recommendations.map((each, i) => recommendationItem(id, each, i, actions)),
    ),
    ...claims(audit),
    ...breakdown(audit),
    ...benchmark(audit, actions),
    ...sources(audit, actions),
    ...assumptions(audit),
    foldedTrace(audit.steps, actions.source, element("p", { class: "words" }, audit.energyModel)),
  ];
}

const heading = (title: string): HTMLElement => element("h3", {}, title);

const part = (title: string, items: readonly HTMLElement[]): readonly HTMLElement[] =>
  items.length === 0
    ? []
    : [heading(`${title} (${items.length})`), element("ol", { class: "items" }, ...items)];

function figures({ subject, figures: all, saving, isComplete }: ShownAudit): readonly HTMLElement[] {
  if (subject === null || all.length === 0)
    return [
      element(
        "p",
        { class: "note" },
        "The engine found no model in this file: there are no computed figures.",
      ),
    ];
  const rows = all.map(({ name, unit, before, after }) => [
    name,
    shown(before, unit),
    saving === null && after === null ? "" : shown(after, unit),
  ]);
  return [
    heading(`${subject}, by the engine`),
    ...(isComplete
      ? []
      : [element("p", { class: "note" }, "Some of it could not be counted: all figures are lower bounds.")]),
    table(`${subject}, by the engine`, ["Figure", "As it is", "With the changes that hold"], rows, [1, 2]),
    saved(saving),
  ];
}

function saved(saving: ShownAudit["saving"]): HTMLElement {
  if (saving === null) return element("p", {}, "No change was found that the engine computes a saving from.");
  const { percent, low, high, joules, carbonGrams, usd } = saving;
  const more = [
    `${figure(joules, "J")} of a batch`,
    ...(carbonGrams === null ? [] : [`${figure(carbonGrams, "gCO2e")} of a million inferences`]),
    ...(usd === null ? [] : [`${figure(usd, "USD")} of a million inferences`]),
  ];
  return element(
    "p",
    { class: "saving" },
    element("strong", {}, `Saves ${rounded(percent)} % of the energy`),
    ` (${rounded(low)} to ${rounded(high)} %), computed: ${more.join(", ")}.`,
  );
}

/** One alone stands below with its own button. */
function allChanges(id: string, audit: ShownAudit, actions: ArticleActions): readonly HTMLElement[] {
  const holding = audit.recommendations.filter(({ verdict }) => verdict.kind === "holds");
  if (audit.together.length === 0 || holding.length < 2) return [];
  const compare = button("Compare All That Hold with File", "secondary", () =>
    actions.change(id, "together", 0),
  );
  return [element("p", {}, compare)];
}

const shown = (value: ShownFigure["before"], unit: string): HTMLElement =>
  value === null
    ? element("span", { class: "unknown" }, "not known")
    : element("span", {}, figure(value.value, unit), range(value, unit));

const range = (value: ShownInterval, unit: string): HTMLElement =>
  element("span", { class: "per" }, bounds(value, unit));

const verdictWords: Readonly<Record<ShownVerdict["kind"], string>> = {
  holds: "Checked",
  unproven: "Not proven",
  dropped: "Not offered",
  advice: "Advice",
};

const verdictLine = ({ kind, text }: ShownVerdict): HTMLElement =>
  element(
    "p",
    { class: `verdict ${kind}` },
    element("span", { class: "mark" }, verdictWords[kind]),
    " ",
    ...prose(text.replace(/^Not (?:proven|offered): /, "")),
  );

function recommendationItem(
  id: string,
  each: ShownRecommendation,
  index: number,
  actions: ArticleActions,
): HTMLElement {
  const { title, category, why, verdict, citation, edits } = each;
  const more = [gainText(each), riskText(each), changeText(each)].filter((text) => text !== "").join(" ");
  return element(
    "li",
    {},
    element("h4", {}, title, " ", element("span", { class: "quiet" }, category)),
    verdictLine(verdict),
    element("p", {}, ...prose(why)),
    element("p", { class: "quiet" }, more),
    ...(citation === null ? [] : [element("p", {}, "Source: ", source(citation, actions.source))]),
    ...changes(title, edits, () => actions.change(id, "recommendations", index)),
  );
}

function bugItem(id: string, bug: ShownBug, index: number, actions: ArticleActions): HTMLElement {
  const { line, what, fix, verdict, edits } = bug;
  return element(
    "li",
    {},
    element(
      "h4",
      {},
      what,
      ...(line === null || line < 1
        ? []
        : [" ", button(`line ${line}`, "link", () => actions.line(id, line - 1))]),
    ),
    verdictLine(verdict),
    element("p", {}, ...prose(fix)),
    ...changes(what, edits, () => actions.change(id, "criticalBugs", index)),
  );
}

function changes(
  title: string,
  edits: readonly { readonly find: string; readonly replace: string }[],
  compare: () => void,
): readonly HTMLElement[] {
  if (edits.length === 0) return [];
  const press = button("Compare with File", "secondary", compare);
  press.setAttribute("aria-label", `Compare with file: ${title}`);
  return [...diff(title, edits), element("p", {}, press)];
}

const verdictMark = (verdict: ShownClaim["verdict"], comment: string): HTMLElement =>
  element(
    "span",
    { class: `claim ${verdict.replace(" ", "-")}` },
    element("span", { class: "mark" }, claimWords[verdict]),
    ...(comment === "" ? [] : [" ", ...prose(comment)]),
  );

function claims({ claims: all }: ShownAudit): readonly HTMLElement[] {
  if (all.length === 0) return [];
  const rows = all.map(({ name, unit, claimed, computed, verdict, comment }) => [
    name,
    figure(claimed, unit),
    computed === null
      ? element("span", { class: "unknown" }, "not computed")
      : element("span", {}, figure(computed.value, unit), range(computed, unit)),
    verdictMark(verdict, comment),
  ]);
  return [
    heading("What the model claimed"),
    table(
      "Claims of the model beside the figures of the engine",
      ["Claim", "The model says", "The engine computes", "Verdict"],
      rows,
      [1, 2],
    ),
  ];
}

function breakdown({ breakdown: parts, comments }: ShownAudit): readonly HTMLElement[] {
  if (parts.length === 0 && comments.length === 0) return [];
  const computed = parts.map(({ component, share }) =>
    element("li", {}, element("code", {}, component), ` ${rounded(share * 100)} % of the energy, computed`),
  );
  const percent = (value: number | null, none: string): string =>
    value === null ? none : `${rounded(value)} %`;
  const said = comments.map(({ component, sharePercent, computedPercent, verdict, comment }) => [
    component,
    percent(sharePercent, "says nothing"),
    percent(computedPercent, "not computed"),
    sharePercent === null ? "" : verdictMark(verdict, ""),
    element("span", {}, ...prose(comment)),
  ]);
  return [
    heading("Where it goes"),
    ...(computed.length === 0 ? [] : [element("ul", {}, ...computed)]),
    ...(said.length === 0
      ? []
      : [
          table(
            "What the model says of the parts beside the shares of the engine",
            ["Part", "The model says", "The engine computes", "Verdict", "Why, as the model says"],
            said,
            [1, 2],
          ),
        ]),
  ];
}

const benchmark = (
  { benchmark: found }: ShownAudit,
  { source: open }: ArticleActions,
): readonly HTMLElement[] =>
  found === null
    ? []
    : [
        heading("A published measurement"),
        element(
          "p",
          {},
          `${found.name}: ${found.figure}. `,
          found.citation === null
            ? element("span", { class: "mark" }, "uncited")
            : source(found.citation, open),
        ),
      ];

const sources = ({ citations }: ShownAudit, { source: open }: ArticleActions): readonly HTMLElement[] =>
  citations.length === 0
    ? []
    : [
        heading("Sources"),
        element(
          "ul",
          {},
          ...citations.map((each) =>
            element("li", {}, source(each, open), element("div", {}, each.supports)),
          ),
        ),
      ];

const assumptions = ({ assumptions: all }: ShownAudit): readonly HTMLElement[] =>
  all.length === 0
    ? []
    : [
        heading("Assumptions"),
        element("ul", { class: "rest" }, ...all.map((each) => element("li", {}, each))),
      ];
