import type { ShownStep } from "../../server/src/report/shown-audit.ts";
import type { AuditAction, AuditsView, SpendingView } from "../src/panel/audit-messages.ts";
import { auditArticle } from "./audit-article.ts";
import { auditComparison } from "./audit-comparison.ts";
import { createAuditHistory } from "./audit-history.ts";
import { answeredQuestions, createQuestionForm, type Drafts } from "./audit-questions.ts";
import { createAuditRun } from "./audit-run.ts";
import { rounded, spendingText } from "./audit-words.ts";
import { button, element } from "./dom.ts";

/** Audits in the panel: how to start one, the one that runs, the one that is read or two compared, and all before. */
export interface AuditsSection {
  readonly root: HTMLElement;
  show(view: AuditsView): void;
  phase(phase: string, detail: string): void;
  step(step: ShownStep): void;
  /** What is read out. */
  sentence(): string;
}

/** @param told is called when there is another sentence. */
export function createAuditsSection(
  act: (action: AuditAction) => void,
  told: () => void,
  drafts: Drafts,
): AuditsSection {
  const openSource = (address: string): void => act({ kind: "source", address });
  const start = element("div", { class: "start" });
  const problem = element("div", { class: "problem" });
  const run = createAuditRun(() => act({ kind: "cancel" }), openSource);
  const article = element("article", { class: "audit" });
  const replies = element("div", { class: "replies" });
  const form = createQuestionForm((id, question) => act({ kind: "ask", id, question }), drafts);
  const history = createAuditHistory({
    open: (ids) => act({ kind: "open", ids }),
    remove: (id) => act({ kind: "delete", id }),
    removeUnreadable: () => act({ kind: "delete-unreadable" }),
  });
  const spending = element("section", { class: "spending", "aria-labelledby": "spending" });
  const root = element(
    "div",
    { class: "audits" },
    start,
    problem,
    article,
    replies,
    run.root,
    form.root,
    history.root,
    spending,
  );
  let view: AuditsView | undefined;
  let shownKey = "";
  let startKey = "";
  let wasRunning = false;

  const showOpen = ({ open }: AuditsView): void => {
    const key = open.map(({ id }) => id).join(" ");
    const [first, second] = open;
    if (key !== shownKey) {
      shownKey = key;
      const close = button("Close", "secondary close", () => act({ kind: "open", ids: [] }));
      const parts =
        first === undefined
          ? []
          : second === undefined
            ? auditArticle(first, {
                line: (id, line) => act({ kind: "line", id, line }),
                change: (id, list, index) => act({ kind: "change", id, list, index }),
                source: openSource,
              })
            : auditComparison(first, second);
      article.replaceChildren(...(parts.length === 0 ? [] : [close, ...parts]));
    }
    const single = first !== undefined && second === undefined ? first : undefined;
    article.hidden = first === undefined;
    form.root.hidden = single === undefined || view?.readiness === "restricted";
    replies.hidden = single === undefined || single.replies.length === 0;
    const answered = single === undefined ? [] : answeredQuestions(single.replies, openSource);
    const asked = single === undefined ? "" : `${single.id} ${single.replies.length}`;
    if (replies.dataset["shown"] !== asked) {
      if (replies.dataset["shown"]?.startsWith(`${single?.id} `)) form.clear();
      replies.dataset["shown"] = asked;
      replies.replaceChildren(
        ...(answered.length === 0 ? [] : [element("h3", {}, "Questions"), ...answered]),
      );
    }
  };

  return {
    root,
    show(next) {
      view = next;
      const { running } = next;
      const inRun = run.root.contains(document.activeElement);
      const inHistory = history.root.contains(document.activeElement);
      const before = shownKey;
      const asked = replies.dataset["shown"];
      const key = `${next.readiness} ${next.file} ${running === null}`;
      if (key !== startKey) start.replaceChildren(...starting(next, act));
      startKey = key;
      problem.replaceChildren(...problemParts(next, act));
      run.show(running);
      showOpen(next);
      const [single] = next.open;
      if (single !== undefined) form.show(single.id, running !== null);
      history.show(
        next.past,
        next.unreadable,
        next.open.map(({ id }) => id),
      );
      spending.replaceChildren(...spendingParts(next.spending));
      // What had the keyboard is gone with the run: it goes on where the answer is.
      const isGone = wasRunning && running === null && inRun;
      // What was chosen in the list stands far above it.
      const isChosen = inHistory && before !== shownKey && next.open.length > 0;
      if (isGone || isChosen) article.querySelector<HTMLElement>("h2")?.focus();
      if (running !== null && !wasRunning) run.root.scrollIntoView({ block: "nearest" });
      const isAnswered = wasRunning && running === null && replies.dataset["shown"] !== asked;
      if (isAnswered) replies.lastElementChild?.scrollIntoView({ block: "nearest" });
      wasRunning = running !== null;
    },
    phase(phase, detail) {
      run.phase(phase, detail);
      if (view?.running) view = { ...view, running: { ...view.running, phase, detail } };
      told();
    },
    step: run.step,
    sentence: () => (view === undefined ? "Reading audits" : sentenceOf(view)),
  };
}

function sentenceOf({ running, problem, open, past }: AuditsView): string {
  if (running !== null) return `${running.title}: ${running.phase}`;
  if (problem !== null) return problem.message;
  const [first, second] = open;
  if (second !== undefined) return "Two audits side by side";
  if (first === undefined && past.length === 0) return "No audit of this workspace yet";
  if (first === undefined)
    return past.length === 1 ? "1 audit of this workspace" : `${past.length} audits of this workspace`;
  const { file, saving } = first.audit;
  const last = first.replies.at(-1);
  if (last !== undefined)
    return `Audit of ${file}: ${first.replies.length === 1 ? "1 question" : `${first.replies.length} questions`} answered`;
  return saving === null
    ? `Audit of ${file}: no saving computed`
    : `Audit of ${file}: saves ${rounded(saving.percent)} % of the energy, computed`;
}

/** How to begin: what is missing says what to do. */
function starting(view: AuditsView, act: (action: AuditAction) => void): readonly HTMLElement[] {
  if (view.running !== null) return [];
  switch (view.readiness) {
    case "restricted":
      return notice(
        "Audits are off in Restricted Mode",
        "Nothing of a folder is sent before you trust it. Findings, models and costs work all the same.",
        button("Manage Workspace Trust", "primary", () => act({ kind: "trust" })),
      );
    case "no-key":
      return notice(
        "Gemini needs a key of yours",
        "An audit asks Gemini what to change, and the engine checks every figure and every change it proposes. Nothing is sent before you have seen the exact text, where it goes and what it can cost. The key is kept in the secret storage of the editor.",
        button("Set Gemini API Key", "primary", () => act({ kind: "set-key" })),
      );
    case "ready":
      return view.file === null
        ? notice("No Python file is open", "Open a file that defines or trains a PyTorch model to audit it.")
        : [
            element(
              "div",
              { class: "actions", role: "group", "aria-label": "Start an audit" },
              button(`Audit ${view.file}`, "primary", () => act({ kind: "start", task: "audit-file" })),
              button("Audit a Model", "secondary", () => act({ kind: "start", task: "audit-model" })),
              button("Audit the Selection", "secondary", () =>
                act({ kind: "start", task: "audit-selection" }),
              ),
            ),
            element(
              "p",
              { class: "quiet" },
              "You see the exact text, where it goes and what it can cost before anything is sent.",
            ),
          ];
  }
}

const notice = (title: string, text: string, ...actions: readonly HTMLElement[]): readonly HTMLElement[] => [
  element("h2", {}, title),
  element("p", { class: "words" }, text),
  ...(actions.length === 0 ? [] : [element("div", { class: "actions" }, ...actions)]),
];

function problemParts({ problem }: AuditsView, act: (action: AuditAction) => void): readonly HTMLElement[] {
  if (problem === null) return [];
  return [
    element("h2", {}, "The last audit came to nothing"),
    element("p", { class: "words" }, problem.message),
    element(
      "div",
      { class: "actions" },
      ...(problem.isAboutKey ? [button("Set Key", "primary", () => act({ kind: "set-key" }))] : []),
      button("Dismiss", "secondary", () => act({ kind: "dismiss" })),
    ),
  ];
}

const spendingParts = (spending: SpendingView | null): readonly HTMLElement[] =>
  spending === null
    ? []
    : [
        element("h2", { id: "spending" }, "What audits cost"),
        ...spendingText(spending).map((text) => element("p", {}, text)),
      ];
