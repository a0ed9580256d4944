import { type Severity, severities } from "../../server/src/report/report.ts";
import type { PanelView } from "../src/panel/messages.ts";
import type { Grouping } from "./group-findings.ts";

/** What the panel remembers while it is hidden: choices, never findings. */
export interface PanelState {
  readonly scope: PanelView | undefined;
  readonly grouping: Grouping;
  readonly hidden: readonly Severity[];
  readonly text: string;
  /** Groups the user opened or closed himself; the others follow `opensByItself`. */
  readonly toggled: Readonly<Record<string, boolean>>;
  readonly activeKey: string | undefined;
  /** Questions to audits that were typed and not asked yet, by audit. */
  readonly drafts: Readonly<Record<string, string>>;
}

export const initialState: PanelState = {
  scope: undefined,
  grouping: "rule",
  hidden: [],
  text: "",
  toggled: {},
  activeKey: undefined,
  drafts: {},
};

/** More findings than this are easier to read as a list of groups. */
const overviewAbove = 200;

export const isOpen = (state: PanelState, group: string, shown: number): boolean =>
  state.toggled[group] ?? shown <= overviewAbove;

/** Reads a state stored by this or an older version; whatever does not fit falls back to the default. */
export function readState(stored: unknown): PanelState {
  if (typeof stored !== "object" || stored === null) return initialState;
  const entries = new Map<string, unknown>(Object.entries(stored));
  const { scope, grouping, hidden, text, toggled, activeKey, drafts } = Object.fromEntries(entries);
  return {
    scope: scope === "file" || scope === "workspace" || scope === "audits" ? scope : undefined,
    grouping: grouping === "severity" || grouping === "file" ? grouping : "rule",
    hidden: Array.isArray(hidden) ? severities.filter((severity) => hidden.includes(severity)) : [],
    text: typeof text === "string" ? text : "",
    toggled:
      typeof toggled === "object" && toggled !== null
        ? Object.fromEntries(Object.entries(toggled).map(([key, open]) => [key, open === true]))
        : {},
    activeKey: typeof activeKey === "string" ? activeKey : undefined,
    drafts:
      typeof drafts === "object" && drafts !== null
        ? Object.fromEntries(Object.entries(drafts).map(([id, draft]) => [id, String(draft)]))
        : {},
  };
}
