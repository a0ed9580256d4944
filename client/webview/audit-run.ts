import type { ShownStep } from "../../server/src/report/shown-audit.ts";
import type { RunningAudit } from "../src/panel/audit-messages.ts";
import { createTrace, type LiveTrace } from "./audit-trace.ts";
import { dollars } from "./audit-words.ts";
import { button, element } from "./dom.ts";

/** An audit that is under way. Only what is new is added: the focus and what is being read stay. */
export interface AuditRunView {
  readonly root: HTMLElement;
  /** Starts anew, with the steps that came before the panel was there; `null` when none is under way. */
  show(running: RunningAudit | null): void;
  phase(phase: string, detail: string): void;
  step(step: ShownStep): void;
}

export function createAuditRun(cancel: () => void, open: (address: string) => void): AuditRunView {
  const title = element("h2", {});
  const about = element("p", { class: "quiet" });
  const now = element("strong", {});
  const detail = element("span", { class: "quiet" });
  const stop = button("Cancel", "secondary", () => {
    stop.disabled = true;
    cancel();
  });
  const place = element("div", { class: "live", tabindex: 0, role: "region", "aria-label": "Steps so far" });
  const root = element(
    "section",
    { class: "running", "aria-label": "Running audit" },
    title,
    about,
    element(
      "p",
      { class: "phase" },
      element("span", { class: "spinner", "aria-hidden": "true" }),
      now,
      " ",
      detail,
    ),
    element("p", {}, stop),
    place,
  );
  let trace: LiveTrace | undefined;
  let last: RunningAudit | undefined;

  const phase = (name: string, more: string): void => {
    now.textContent = name;
    detail.textContent = more;
  };
  /** Follows the end as long as the reader is there. */
  const following = (change: () => void): void => {
    const isAtEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 24;
    change();
    if (isAtEnd) place.scrollTop = place.scrollHeight;
  };
  return {
    root,
    show(running) {
      root.hidden = running === null;
      if (running === null) {
        last = undefined;
        place.replaceChildren();
        return;
      }
      if (last === undefined || running.steps.length === 0) stop.disabled = false;
      last = running;
      title.textContent = running.title;
      about.textContent = `Level ${running.level} (${running.model}) at ${running.host}, at most ${dollars(running.mostUsd)}.`;
      phase(running.phase, running.detail);
      trace = createTrace(running.steps, open);
      following(() => place.replaceChildren(...(trace === undefined ? [] : [trace.root])));
    },
    phase,
    step: (step) => following(() => trace?.add(step)),
  };
}
