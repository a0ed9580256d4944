import type { ShownCitation, ShownStep } from "../../server/src/report/shown-audit.ts";
import { element } from "./dom.ts";

/** A link that the extension opens; without an address it is text with a mark. */
export function source(
  { title, address, href }: ShownCitation,
  open: (address: string) => void,
): HTMLElement {
  if (href === null)
    return element(
      "span",
      { class: "source" },
      title,
      " ",
      element("span", { class: "mark" }, "uncited"),
      ...(address === "" || address === title ? [] : [element("span", { class: "quiet" }, ` ${address}`)]),
    );
  // A button and no anchor: the editor would follow the address of an anchor by itself.
  const link = element("button", { type: "button", class: "link", role: "link", title: href }, title);
  link.addEventListener("click", () => open(href));
  return element("span", { class: "source" }, link, element("span", { class: "quiet" }, ` ${hostOf(href)}`));
}

const hostOf = (address: string): string => /^https:\/\/([^/]+)/.exec(address)?.[1] ?? "";

/** Steps that are still coming in: what is read or focused stays where it is. */
export interface LiveTrace {
  readonly root: HTMLElement;
  add(step: ShownStep): void;
}

export function createTrace(steps: readonly ShownStep[], open: (address: string) => void): LiveTrace {
  const root = element("ol", { class: "trace" });
  let last: { readonly kind: ShownStep["kind"]; readonly body: HTMLElement } | undefined;
  const add = (step: ShownStep): void => {
    if ((step.kind === "thought" || step.kind === "text") && last?.kind === step.kind) {
      last.body.append(step.text);
      return;
    }
    const body = bodyOf(step, open);
    root.append(
      element("li", { class: `step-${step.kind}` }, element("span", { class: "what" }, titleOf(step)), body),
    );
    last = { kind: step.kind, body };
  };
  for (const step of steps) add(step);
  return { root, add };
}

function titleOf(step: ShownStep): string {
  switch (step.kind) {
    case "thought":
      return "Thought";
    case "text":
      return "Said";
    case "search":
      return "Searched the web";
    case "sources":
      return "Found";
    case "code":
      return "Ran code at Google";
    case "code-result":
      return step.isOk ? "Output of the code" : "The code failed";
    case "call":
      return `Asked the engine: ${step.name}`;
    case "call-result":
      return `The engine answered: ${step.name}`;
  }
}

function bodyOf(step: ShownStep, open: (address: string) => void): HTMLElement {
  switch (step.kind) {
    case "thought":
    case "text":
      return element("div", { class: "words" }, step.text);
    case "search":
      return element("ul", {}, ...step.queries.map((query) => element("li", {}, query)));
    case "sources":
      return element("ul", {}, ...step.sources.map((each) => element("li", {}, source(each, open))));
    case "code":
      return block("Code", step.code);
    case "code-result":
      return block("Output", step.output);
    case "call":
    case "call-result":
      return block(step.kind === "call" ? "Question" : "Answer", step.text);
  }
}

/** Text in its own lines, which may scroll: then the keyboard has to reach it. */
export const block = (label: string, text: string, ...children: readonly Node[]): HTMLElement =>
  element("pre", { tabindex: 0, role: "region", "aria-label": label }, text, ...children);

/** The steps of an answer, folded. */
export const foldedTrace = (
  steps: readonly ShownStep[],
  open: (address: string) => void,
  ...before: readonly HTMLElement[]
): HTMLElement =>
  element(
    "details",
    { class: "reasoning" },
    element(
      "summary",
      {},
      `How the model reasoned (${steps.length} ${steps.length === 1 ? "step" : "steps"})`,
    ),
    ...before,
    createTrace(steps, open).root,
  );
