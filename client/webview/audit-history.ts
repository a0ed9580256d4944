import type { PastHead } from "../src/panel/audit-messages.ts";
import { headText } from "./audit-words.ts";
import { button, element } from "./dom.ts";

export interface HistoryActions {
  open(ids: readonly string[]): void;
  remove(id: string): void;
  removeUnreadable(): void;
}

export interface AuditHistoryView {
  readonly root: HTMLElement;
  show(past: readonly PastHead[], unreadable: number, open: readonly string[]): void;
}

/** The audits of the workspace: each can be read, two be compared, all be deleted. */
export function createAuditHistory(actions: HistoryActions): AuditHistoryView {
  const root = element("section", { class: "history", "aria-labelledby": "history" });
  let chosen: readonly string[] = [];
  const compare = button("Compare Two", "secondary", () => actions.open(chosen));
  const hint = element("span", { class: "quiet", id: "compare-hint" });
  compare.setAttribute("aria-describedby", "compare-hint");
  const showChosen = (): void => {
    compare.disabled = chosen.length !== 2;
    hint.textContent = chosen.length === 2 ? "2 chosen" : `Choose two to compare; ${chosen.length} chosen`;
  };
  const choose = (id: string, isChosen: boolean): void => {
    chosen = isChosen ? [...chosen, id] : chosen.filter((each) => each !== id);
    showChosen();
  };
  const item = (head: PastHead, isOpen: boolean): HTMLElement => {
    const box = element("input", { type: "checkbox", "aria-label": `Choose to compare: ${nameOf(head)}` });
    box.checked = chosen.includes(head.id);
    box.addEventListener("change", () => choose(head.id, box.checked));
    const read = button(head.file, "link", () => actions.open([head.id]));
    read.setAttribute("aria-label", `Read the audit of ${nameOf(head)}`);
    if (isOpen) read.setAttribute("aria-current", "true");
    read.dataset["focus"] = `read ${head.id}`;
    box.dataset["focus"] = `box ${head.id}`;
    const remove = button("Delete", "link", () => actions.remove(head.id));
    remove.setAttribute("aria-label", `Delete the audit of ${nameOf(head)}`);
    remove.dataset["focus"] = `delete ${head.id}`;
    return element(
      "li",
      {},
      box,
      element("div", {}, read, " ", element("span", { class: "quiet" }, headText(head))),
      remove,
    );
  };
  return {
    root,
    show(past, unreadable, open) {
      chosen = chosen.filter((id) => past.some((head) => head.id === id));
      showChosen();
      const parts = [
        element("h2", { id: "history" }, `Audits of this workspace (${past.length})`),
        ...(past.length < 2 ? [] : [element("p", { class: "choose" }, compare, " ", hint)]),
        ...(past.length === 0
          ? [element("p", { class: "quiet" }, "None yet.")]
          : [element("ul", {}, ...past.map((head) => item(head, open.includes(head.id))))]),
        ...unreadableNote(unreadable, actions),
      ];
      keepFocus(root, () => root.replaceChildren(...parts));
    },
  };
}

const nameOf = (head: PastHead): string => `${head.file}, ${headText(head)}`;

function unreadableNote(count: number, actions: HistoryActions): readonly HTMLElement[] {
  if (count === 0) return [];
  const text = count === 1 ? "1 stored audit cannot be read." : `${count} stored audits cannot be read.`;
  return [
    element("p", { class: "note" }, text, " ", button("Delete Them", "link", actions.removeUnreadable)),
  ];
}

/** Draws anew and gives the keyboard back to the control that stands in the place of the one that had it. */
function keepFocus(root: HTMLElement, draw: () => void): void {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && root.contains(active) ? active.dataset["focus"] : undefined;
  draw();
  if (key === undefined) return;
  for (const each of root.querySelectorAll<HTMLElement>("[data-focus]"))
    if (each.dataset["focus"] === key) each.focus();
}
