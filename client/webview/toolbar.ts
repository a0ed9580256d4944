import { type Severity, severities } from "../../server/src/report/report.ts";
import type { PanelView } from "../src/panel/messages.ts";
import { button, element } from "./dom.ts";
import { type Grouping, severityNames } from "./group-findings.ts";
import { severityIcon } from "./icons.ts";

export interface ToolbarEvents {
  scope(scope: PanelView): void;
  grouping(grouping: Grouping): void;
  text(text: string): void;
  toggle(severity: Severity): void;
  fixAll(): void;
}

interface ToolbarState {
  readonly scope: PanelView;
  readonly grouping: Grouping;
  readonly text: string;
  readonly hidden: ReadonlySet<Severity>;
  /** `undefined` without a report: then there is nothing to filter, and nothing known to be zero. */
  readonly counts: ReadonlyMap<Severity, number> | undefined;
  /** Safe fixes that one press would apply. */
  readonly safeFixes: number;
}

export interface Toolbar {
  readonly root: HTMLElement;
  show(state: ToolbarState): void;
}

const groupings: readonly (readonly [Grouping, string])[] = [
  ["rule", "Rule"],
  ["severity", "Severity"],
  ["file", "File"],
];

export function createToolbar(events: ToolbarEvents): Toolbar {
  const scopes = {
    file: scopeChoice("file", "File", events),
    workspace: scopeChoice("workspace", "Workspace", events),
    audits: scopeChoice("audits", "Audits", events),
  };
  const search = element("input", {
    type: "search",
    id: "filter",
    placeholder: "Filter by rule, message or file",
    "aria-label": "Filter findings",
    autocomplete: "off",
    spellcheck: "false",
  });
  search.addEventListener("input", () => events.text(search.value));
  const select = element(
    "select",
    { id: "grouping" },
    ...groupings.map(([value, label]) => element("option", { value }, label)),
  );
  select.addEventListener("change", () => {
    const chosen = groupings.find(([value]) => value === select.value);
    if (chosen !== undefined) events.grouping(chosen[0]);
  });
  const fix = button("Apply safe fixes", "primary", events.fixAll);
  const levels = severities.map((severity) => {
    const toggle = button("", "severity", () => events.toggle(severity));
    const count = element("span", { class: "count" });
    toggle.append(severityIcon(severity), severityNames[severity], count);
    return { severity, toggle, count };
  });

  const grouping = element("label", { class: "grouping", for: "grouping" }, "Group by", select);
  const severityBar = element(
    "div",
    { class: "severities", role: "group", "aria-label": "Severities shown" },
    ...levels.map(({ toggle }) => toggle),
  );
  const root = element(
    "div",
    { class: "toolbar" },
    element(
      "div",
      { class: "controls" },
      element(
        "fieldset",
        { class: "scopes" },
        element("legend", { class: "spoken" }, "What the report is about"),
        scopes.file.label,
        scopes.workspace.label,
        scopes.audits.label,
      ),
      search,
      grouping,
      fix,
    ),
    severityBar,
  );
  return {
    root,
    show({ scope, grouping: groupedBy, text, hidden, counts, safeFixes }) {
      for (const part of [search, grouping, severityBar]) part.hidden = counts === undefined;
      scopes[scope].input.checked = true;
      select.value = groupedBy;
      if (search.value !== text) search.value = text;
      fix.hidden = scope !== "file" || safeFixes === 0;
      fix.textContent = safeFixes === 1 ? "Apply 1 safe fix" : `Apply ${safeFixes} safe fixes`;
      for (const { severity, toggle, count } of levels) {
        const shown = !hidden.has(severity);
        toggle.setAttribute("aria-pressed", String(shown));
        toggle.title = `${shown ? "Hide" : "Show"} ${severityNames[severity].toLowerCase()} findings`;
        count.textContent = String(counts?.get(severity) ?? 0);
      }
    },
  };
}

function scopeChoice(
  scope: PanelView,
  text: string,
  events: ToolbarEvents,
): { readonly input: HTMLInputElement; readonly label: HTMLElement } {
  const input = element("input", { type: "radio", name: "scope", value: scope });
  input.addEventListener("change", () => events.scope(scope));
  return { input, label: element("label", {}, input, element("span", {}, text)) };
}
