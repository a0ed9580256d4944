import type { ShownStep } from "../../../server/src/report/shown-audit.ts";
import type { PastAudit } from "../audit/past-audit.ts";

/** What the report panel shows of audits. */
export interface AuditsView {
  /** `restricted`: the folder is not trusted, so nothing is sent. */
  readonly readiness: "ready" | "no-key" | "restricted";
  /** The file that would be audited; `null` when no Python file is open. */
  readonly file: string | null;
  readonly running: RunningAudit | null;
  /** Why the last attempt came to nothing. */
  readonly problem: { readonly message: string; readonly isAboutKey: boolean } | null;
  /** The newest first. */
  readonly past: readonly PastHead[];
  /** Stored audits that cannot be read. */
  readonly unreadable: number;
  /** None, the one that is read, or two that are compared: the older first. */
  readonly open: readonly PastAudit[];
  readonly spending: SpendingView | null;
}

export interface RunningAudit {
  readonly title: string;
  /** Of the audit that a question follows; `null` for an audit. */
  readonly follows: string | null;
  readonly model: string;
  readonly level: 2 | 3;
  readonly host: string;
  /** USD at most. */
  readonly mostUsd: number;
  readonly phase: string;
  readonly detail: string;
  readonly steps: readonly ShownStep[];
}

export interface PastHead {
  readonly id: string;
  readonly file: string;
  /** ISO date and time. */
  readonly at: string;
  readonly level: 2 | 3;
  readonly model: string;
  /** Of the audit and all questions. */
  readonly spentUsd: number;
  readonly questions: number;
  /** Percent of the energy, computed. */
  readonly saving: number | null;
}

export interface SpendingView {
  readonly todayUsd: number;
  readonly capPerDayUsd: number;
  readonly capPerAuditUsd: number;
  readonly totalUsd: number;
  readonly levels: readonly {
    readonly level: 1 | 2 | 3;
    readonly requests: number;
    readonly percent: number;
  }[];
  readonly isUpperBound: boolean;
}

export type AuditToPanel =
  | { readonly kind: "audits"; readonly view: AuditsView }
  | { readonly kind: "audit-phase"; readonly phase: string; readonly detail: string }
  | { readonly kind: "audit-step"; readonly step: ShownStep };

/** What a person does in the panel. */
export type AuditAction =
  | { readonly kind: "start"; readonly task: "audit-file" | "audit-model" | "audit-selection" }
  | { readonly kind: "cancel" }
  | { readonly kind: "set-key" }
  | { readonly kind: "trust" }
  | { readonly kind: "dismiss" }
  /** One to read, two to compare, none to close. */
  | { readonly kind: "open"; readonly ids: readonly string[] }
  | { readonly kind: "delete"; readonly id: string }
  | { readonly kind: "delete-unreadable" }
  | { readonly kind: "ask"; readonly id: string; readonly question: string }
  /** Compares a change with the file: the place of a recommendation or bug in its list; of `together` there is one. */
  | {
      readonly kind: "change";
      readonly id: string;
      readonly list: "recommendations" | "criticalBugs" | "together";
      readonly index: number;
    }
  /** A zero-based line of the audited file. */
  | { readonly kind: "line"; readonly id: string; readonly line: number }
  | { readonly kind: "source"; readonly address: string };

/** Longer questions are cut by the panel, and refused here. */
export const mostQuestion = 4_000;

/** Reads what the panel posted; `undefined` for anything else. */
export function readAuditAction(action: unknown): AuditAction | undefined {
  if (!isRecord(action)) return undefined;
  const { kind, id, task, ids, question, list, index, line, address } = action;
  switch (kind) {
    case "cancel":
    case "set-key":
    case "trust":
    case "dismiss":
    case "delete-unreadable":
      return { kind };
    case "start":
      return task === "audit-file" || task === "audit-model" || task === "audit-selection"
        ? { kind, task }
        : undefined;
    case "open": {
      if (!Array.isArray(ids) || ids.length > 2) return undefined;
      const all: readonly unknown[] = ids;
      return all.every((each) => typeof each === "string") ? { kind, ids: all } : undefined;
    }
    case "delete":
      return typeof id === "string" ? { kind, id } : undefined;
    case "ask": {
      if (typeof id !== "string" || typeof question !== "string") return undefined;
      const asked = question.trim();
      return asked === "" || asked.length > mostQuestion ? undefined : { kind, id, question: asked };
    }
    case "change":
      return typeof id === "string" &&
        (list === "recommendations" || list === "criticalBugs" || list === "together") &&
        isCount(index)
        ? { kind, id, list, index }
        : undefined;
    case "line":
      return typeof id === "string" && isCount(line) ? { kind, id, line } : undefined;
    case "source":
      return typeof address === "string" ? { kind, address } : undefined;
    default:
      return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0;
