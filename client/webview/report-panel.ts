import type { FromPanel, PanelView, ToPanel } from "../src/panel/messages.ts";
import { createAuditsSection } from "./audits-section.ts";
import { element } from "./dom.ts";
import { createFindingsTree } from "./findings-tree.ts";
import { countBySeverity, groupFindings, summary } from "./group-findings.ts";
import { modelsSection } from "./models-section.ts";
import { allFiltered, failed, loading, noFindings, nothingOpen, problemList } from "./notices.ts";
import { isOpen, type PanelState, readState } from "./panel-state.ts";
import { createToolbar } from "./toolbar.ts";

declare function acquireVsCodeApi(): {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: PanelState): void;
};

const host = acquireVsCodeApi();
let state = readState(host.getState());
type Content = Extract<ToPanel, { scope: unknown }>;

/** The last report, also while audits are shown. */
let content: Content = {
  kind: "loading",
  scope: state.scope === "workspace" ? "workspace" : "file",
  subject: "the file",
};
let showsAudits = state.scope === "audits";
/** Keystrokes in the filter are drawn once they pause, in milliseconds. */
const filterPause = 80;
let filterTimer: ReturnType<typeof setTimeout> | undefined;

const remember = (change: Partial<PanelState>): void => {
  state = { ...state, ...change };
  host.setState(state);
};
const update = (change: Partial<PanelState>): void => {
  remember(change);
  draw();
};

const tree = createFindingsTree({
  open: (file, range, stay) => host.postMessage({ kind: "open", file, range, stay }),
  page: (page) => host.postMessage({ kind: "page", page }),
  toggle: (group) => update({ toggled: { ...state.toggled, [group]: !openGroups.has(group) } }),
  active: (activeKey) => remember({ activeKey }),
});
const toolbar = createToolbar({
  scope: (scope) => choose(scope),
  grouping: (grouping) => update({ grouping, toggled: {} }),
  text: (text) => {
    remember({ text });
    clearTimeout(filterTimer);
    filterTimer = setTimeout(draw, filterPause);
  },
  toggle: (severity) =>
    update({
      hidden: state.hidden.includes(severity)
        ? state.hidden.filter((each) => each !== severity)
        : [...state.hidden, severity],
    }),
  fixAll: () => host.postMessage({ kind: "fixAll" }),
});
const audits = createAuditsSection(
  (action) => host.postMessage({ kind: "audit", action }),
  () => {
    if (showsAudits) place(audits.sentence(), [audits.root]);
  },
  {
    of: (id) => state.drafts[id] ?? "",
    keep: (id, text) => {
      const { [id]: _, ...others } = state.drafts;
      remember({ drafts: text === "" ? others : { ...others, [id]: text } });
    },
  },
);
const status = element("p", { class: "summary", role: "status", "aria-live": "polite" });
const main = element("main", { "aria-label": "Report" });
let openGroups: ReadonlySet<string> = new Set();

function choose(scope: PanelView): void {
  showView(scope);
  host.postMessage({ kind: "scope", scope });
}

function showView(scope: PanelView): void {
  remember({ scope });
  showsAudits = scope === "audits";
  draw();
}

function draw(): void {
  if (showsAudits) {
    toolbar.show({
      scope: "audits",
      grouping: state.grouping,
      text: state.text,
      hidden: new Set(state.hidden),
      counts: undefined,
      safeFixes: 0,
    });
    place(audits.sentence(), [audits.root]);
    return;
  }
  const report = content.kind === "report" ? content.report : undefined;
  toolbar.show({
    // What was chosen, also while the report of it is still on its way.
    scope: state.scope ?? content.scope,
    grouping: state.grouping,
    text: state.text,
    hidden: new Set(state.hidden),
    counts: report === undefined ? undefined : countBySeverity(report),
    safeFixes: report?.findings.filter((finding) => finding.fix === "safe").length ?? 0,
  });
  const { sentence, contents } = body();
  place(sentence, contents);
}

const modelKey = (model: string): string => `model ${model}`;
const isExpanded = (model: string): boolean => state.toggled[modelKey(model)] === true;

interface Body {
  readonly sentence: string;
  readonly contents: readonly HTMLElement[];
}

function body(): Body {
  switch (content.kind) {
    case "loading":
      return { sentence: `Reading ${content.subject}`, contents: [loading(content.subject)] };
    case "nothing":
      return { sentence: "Nothing to report on", contents: [nothingOpen(content.scope)] };
    case "failed": {
      const retry = (): void => host.postMessage({ kind: "retry" });
      const logs = (): void => host.postMessage({ kind: "logs" });
      return {
        sentence: `The report of ${content.subject} could not be made`,
        contents: [failed(content.message, retry, logs)],
      };
    }
    case "report":
      return reportBody(content);
  }
}

function reportBody({ report, subject, models: answer }: Extract<Content, { kind: "report" }>): Body {
  const groups = groupFindings(report, state.grouping, { hidden: new Set(state.hidden), text: state.text });
  const shown = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const total = report.findings.length;
  openGroups = new Set(groups.map(({ key }) => key).filter((key) => isOpen(state, key, shown)));
  const problems = problemList(report, ({ file, range }) => {
    const start = { line: 0, character: 0 };
    host.postMessage({ kind: "open", file, range: range ?? { start, end: start }, stay: false });
  });
  const models = modelsSection(answer, isExpanded, {
    open: (file, line) => {
      const at = { line, character: 0 };
      host.postMessage({ kind: "open", file, range: { start: at, end: at }, stay: false });
    },
    chooseScenario: () => host.postMessage({ kind: "scenario", accelerator: undefined }),
    chooseAccelerator: (accelerator) => host.postMessage({ kind: "scenario", accelerator }),
    isOpen: isExpanded,
    toggle: (model) => {
      update({ toggled: { ...state.toggled, [modelKey(model)]: !isExpanded(model) } });
      // The button was drawn anew: the keyboard stays on it.
      for (const each of document.querySelectorAll<HTMLButtonElement>("button[data-model]"))
        if (each.dataset["model"] === model) each.focus();
    },
  });
  const sentence = summary(report, subject, shown);
  if (total === 0) return { sentence, contents: [noFindings(report, subject), ...models, ...problems] };
  if (shown === 0) {
    const clear = (): void => {
      update({ text: "", hidden: [] });
      tree.focus();
    };
    return { sentence, contents: [allFiltered(total, clear), ...models, ...problems] };
  }
  tree.show(groups, (key) => openGroups.has(key), state.activeKey);
  return { sentence, contents: [tree.root, ...models, ...problems] };
}

/** Puts what is shown below the toolbar; what stands there already keeps its focus and its scroll position. */
function place(sentence: string, contents: readonly HTMLElement[]): void {
  if (status.textContent !== sentence) status.textContent = sentence;
  const [first, ...rest] = contents;
  if (first !== undefined && main.firstElementChild === first) {
    while (first.nextSibling !== null) first.nextSibling.remove();
    main.append(...rest);
  } else {
    main.replaceChildren(...contents);
  }
}

window.addEventListener("message", ({ data }: MessageEvent<ToPanel>) => {
  switch (data.kind) {
    case "focus":
      if (!showsAudits) tree.focus();
      return;
    case "view":
      return showView(data.view);
    case "audits":
      audits.show(data.view);
      if (showsAudits) draw();
      return;
    case "audit-phase":
      return audits.phase(data.phase, data.detail);
    case "audit-step":
      return audits.step(data.step);
    default:
      return showReport(data);
  }
});

function showReport(next: Content): void {
  const arrived = content.kind === "report" ? false : next.kind === "report";
  content = next;
  if (showsAudits) return;
  remember({ scope: content.scope });
  draw();
  if (arrived && document.hasFocus() && document.activeElement === document.body) tree.focus();
}

document.body.append(
  element("header", {}, element("h1", {}, "EcoCompute report"), status, toolbar.root),
  main,
);
draw();
host.postMessage({ kind: "ready", scope: state.scope });
