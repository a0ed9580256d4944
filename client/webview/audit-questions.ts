import type { ShownReply } from "../../server/src/report/shown-audit.ts";
import { mostQuestion } from "../src/panel/audit-messages.ts";
import { foldedTrace } from "./audit-trace.ts";
import { dollars, moment } from "./audit-words.ts";
import { element, prose } from "./dom.ts";

/** The questions to an audit with their answers. */
export const answeredQuestions = (
  replies: readonly ShownReply[],
  open: (address: string) => void,
): readonly HTMLElement[] => replies.map((reply) => answered(reply, open));

const answered = (reply: ShownReply, open: (address: string) => void): HTMLElement =>
  element(
    "article",
    { class: "reply" },
    element("h4", {}, reply.question),
    element(
      "p",
      { class: "quiet" },
      `${moment(reply.at)}, level ${reply.level} (${reply.model}), ${dollars(reply.spentUsd)} spent. The model's words; what the engine does not confirm of their figures is named.`,
    ),
    ...reply.notes.map((note) => element("p", { class: "note" }, note)),
    element("div", { class: "words" }, ...fenced(reply.answer)),
    ...(reply.steps.length === 0 ? [] : [foldedTrace(reply.steps, open)]),
  );

/** Words with fenced code set as code; everything else stays the text that it is. */
function fenced(text: string): readonly (Node | string)[] {
  return text
    .split(/^```[^\n]*\n([\s\S]*?)^```[^\S\n]*$/m)
    .flatMap((piece, i): readonly (Node | string)[] => {
      if (i % 2 === 0) return prose(piece);
      return [element("pre", { tabindex: 0, role: "region", "aria-label": "Code of the answer" }, piece)];
    });
}

export interface QuestionForm {
  readonly root: HTMLElement;
  /** For which audit, and whether one can be asked now. What was typed stays, audit by audit. */
  show(id: string, isBusy: boolean): void;
  /** What was asked was answered. */
  clear(): void;
}

/** What was typed and not asked yet, by audit. */
export interface Drafts {
  of(id: string): string;
  keep(id: string, text: string): void;
}

/** Where a follow-up question is typed. It stays in its place while answers stream, so that the keyboard does. */
export function createQuestionForm(
  ask: (id: string, question: string) => void,
  drafts: Drafts,
): QuestionForm {
  let current = "";
  const input = element("textarea", {
    id: "question",
    rows: 3,
    maxlength: mostQuestion,
    placeholder: "Why is this change not offered? What would bf16 change?",
    "aria-describedby": "question-note",
  });
  const send = element("button", { type: "submit", class: "primary" }, "Ask");
  const root = element(
    "form",
    { class: "question" },
    element("label", { for: "question" }, "Ask a follow-up question"),
    input,
    element(
      "p",
      { class: "quiet", id: "question-note" },
      "The same conversation goes on. You see what is sent and what it can cost before it is, unless you agreed for this workspace.",
    ),
    send,
  );
  const submit = (): void => {
    const question = input.value.trim();
    if (question === "" || send.disabled) return;
    ask(current, question);
  };
  input.addEventListener("input", () => drafts.keep(current, input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  });
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return {
    root,
    show(id, isBusy) {
      if (id !== current) {
        current = id;
        input.value = drafts.of(id);
      }
      send.disabled = isBusy;
    },
    clear() {
      drafts.keep(current, "");
      input.value = "";
    },
  };
}
