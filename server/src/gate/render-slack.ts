import { mrkdwnText, shortened, visibleLine } from "../report/escape.ts";
import type { GateModel, GateResult, Reason } from "./gate-result.ts";
import { changeText, deltaText } from "./quantity-text.ts";
import { verdictText } from "./verdict-text.ts";

/** Where the change can be seen; addresses are made by us, never taken from code. */
export interface ChangeLinks {
  /** `owner/name #12` */
  readonly title: string;
  readonly change: string | undefined;
  readonly run: string | undefined;
}

/** A message of Slack's Block Kit, with the text that notifications show. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

type SlackBlock =
  | { readonly type: "header"; readonly text: { readonly type: "plain_text"; readonly text: string } }
  | { readonly type: "section"; readonly text: Mrkdwn }
  | { readonly type: "context"; readonly elements: readonly Mrkdwn[] };

interface Mrkdwn {
  readonly type: "mrkdwn";
  readonly text: string;
  /** Nothing in the text becomes a link or a mention by itself. */
  readonly verbatim: true;
}

/** Slack takes 50 blocks, 3,000 characters in a section and 150 in a header. */
const mostReasons = 10;
const mostModels = 10;
const mostText = 2900;
const mostHeader = 150;

export function renderSlack(result: GateResult, links: ChangeLinks): SlackMessage {
  const headline = `EcoCompute: ${verdictText(result)}`;
  const { totals, scenario, reasons, models, findings } = result;
  const counted = reasons.filter(({ allowed }) => allowed === null);
  const changed = models.filter(({ status }) => status !== "unchanged");
  const blocks: readonly SlackBlock[] = [
    { type: "header", text: { type: "plain_text", text: shortened(headline, mostHeader) } },
    section(
      [
        `*${mrkdwnText(links.title)}*`,
        `Cost per month: ${mrkdwnText(changeText(totals.costPerMonth))}, ${mrkdwnText(deltaText(totals.costPerMonth.delta))}`,
        `CO2e per month: ${mrkdwnText(changeText(totals.co2ePerMonth))}, ${mrkdwnText(deltaText(totals.co2ePerMonth.delta))}`,
      ].join("\n"),
    ),
    ...listed("Budgets", counted.map(reasonLine), mostReasons),
    ...listed("Models", changed.map(modelLine), mostModels),
    ...(result.overrides.length === 0
      ? []
      : [
          section(
            result.overrides
              .map(({ name, reason }) => `Allowed by ${mrkdwnText(name)}: ${mrkdwnText(reason)}`)
              .join("\n"),
          ),
        ]),
    {
      type: "context",
      elements: [
        mrkdwn(
          [
            `${scenario.volume.toLocaleString("en-US")} inferences per month on ${mrkdwnText(scenario.acceleratorName)}, ${mrkdwnText(scenario.precision)}`,
            `findings: ${findings.new.length} new, ${findings.fixed.length} fixed`,
            ...linkTexts(links),
          ].join(" | "),
        ),
      ],
    },
  ];
  return { text: visibleLine(`${headline}: ${links.title}`), blocks };
}

const mrkdwn = (text: string): Mrkdwn => ({ type: "mrkdwn", text: cut(text), verbatim: true });
const section = (text: string): SlackBlock => ({ type: "section", text: mrkdwn(text) });

/** Never within an entity or half a character. */
const cut = (text: string, most = mostText): string =>
  text.length <= most ? text : `${text.slice(0, most).replace(/&[a-z]*$|[\uD800-\uDBFF]$/, "")}…`;

function listed(title: string, lines: readonly string[], most: number): readonly SlackBlock[] {
  if (lines.length === 0) return [];
  const more = lines.length - most;
  const shown = lines.slice(0, most).map((line) => `• ${cut(line, mostText / most - 10)}`);
  return [section([`*${title}*`, ...shown, ...(more > 0 ? [`… and ${more} more`] : [])].join("\n"))];
}

const reasonLine = ({ level, decision }: Reason): string =>
  `${level === "block" ? "*over*" : "*close*"}: ${mrkdwnText(decision)}`;

const modelLine = ({ name, status, file, figures }: GateModel): string =>
  `${mrkdwnText(name)} (${status}, ${mrkdwnText(file)}): ${mrkdwnText(changeText(figures.costPerMonth))} per month`;

const linkTexts = ({ change, run }: ChangeLinks): readonly string[] => [
  ...(change === undefined ? [] : [`<${change}|the change>`]),
  ...(run === undefined ? [] : [`<${run}|the run>`]),
];
