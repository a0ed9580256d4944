import type { Usage } from "./spending.ts";

/** A source that a search named. */
export interface Citation {
  readonly title: string;
  readonly uri: string;
  /** The sentences that it supports. */
  readonly supports: readonly string[];
}

/** What happens while a model answers, in the order in which it happens. */
export type AuditEvent =
  | { readonly kind: "thought"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "code-result"; readonly output: string; readonly isOk: boolean }
  | { readonly kind: "search"; readonly queries: readonly string[] }
  | { readonly kind: "citations"; readonly citations: readonly Citation[] }
  | { readonly kind: "call"; readonly name: string; readonly args: Readonly<Record<string, unknown>> }
  | {
      readonly kind: "call-result";
      readonly name: string;
      readonly result: Readonly<Record<string, unknown>>;
    };

/** Why an answer ended. */
export type Finish = "complete" | "out-of-tokens" | "calls";

export interface TurnResult {
  readonly finish: Finish;
  readonly usage: Usage;
  readonly searches: number;
  readonly text: string;
}

/** Sorts of failure, each with another thing to do. */
export type ProblemKind =
  | "cancelled"
  | "bad-request"
  | "wrong-key"
  | "no-credentials"
  | "no-permission"
  | "no-model"
  | "no-credit"
  | "too-many-requests"
  | "day-quota"
  | "overloaded"
  | "server-error"
  | "timed-out"
  | "no-network"
  | "cut-off"
  | "malformed"
  | "blocked"
  | "recitation"
  | "empty"
  | "out-of-tokens"
  | "too-many-turns";

export interface Used {
  readonly usage: Usage;
  readonly searches: number;
  /** The service came to an end and told all of it. Otherwise it may have been billed for more. */
  readonly isWhole: boolean;
}

/** A failure as a person reads it. */
export class AuditProblem extends Error {
  readonly kind: ProblemKind;
  /** Seconds after which to try again, when the service said so. */
  readonly retryAfter: number | undefined;
  /** What the failed request used; `undefined` when it never left this machine or was refused: that costs nothing. */
  used: Used | undefined;

  /** @param message what happened and what to do. */
  constructor(kind: ProblemKind, message: string, retryAfter?: number) {
    super(message);
    this.name = "AuditProblem";
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}
