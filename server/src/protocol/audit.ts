import type { ShownAudit, ShownEdit, ShownReply, ShownStep } from "../report/shown-audit.ts";

/** What a person asks Gemini. */
export type AuditTask =
  | "audit-file"
  | "audit-model"
  | "audit-selection"
  | "explain-finding"
  | "fix-finding"
  | "follow-up";

/** Client to server: `AuditPlanParams` in, `AuditPlan` out. Nothing is sent anywhere. */
export const auditPlanMethod = "ecocompute/audit/plan";

export interface AuditPlanParams {
  readonly uri: string;
  readonly task: AuditTask;
  /** The selected code, the name of the model, or the finding in words. */
  readonly focus: string | null;
  readonly question: string | null;
  /** `null` takes the cheapest that can answer. */
  readonly level: 1 | 2 | 3 | null;
  readonly search: boolean;
  readonly baseUrl: string;
  readonly maxUsd: number;
  readonly maxUsdPerDay: number;
  /** Models of Gemini beside those of the table, or in place of them. */
  readonly models: readonly unknown[];
  /** Who is asked; Google's Gemini API when left out. */
  readonly provider?: AuditProvider;
  /** The audit that a follow-up goes on with, as the client kept it. */
  readonly followUp?: FollowUp;
}

export interface FollowUp {
  /** The plan of the audit: its conversation goes on if the server still has it, else it is rebuilt from the rest. */
  readonly audit: number;
  /** What was reported, without its trace. */
  readonly report: string;
  readonly turns: readonly Pick<ShownReply, "question" | "answer">[];
}

export type AuditProvider =
  | { readonly kind: "gemini" }
  /** Gemini through a project of Google Cloud, with the credentials of its command line. */
  | { readonly kind: "vertex"; readonly project: string; readonly location: string }
  /** A language model that the editor offers: no search, no tools, its price unknown. */
  | { readonly kind: "editor"; readonly model: string };

/** What would be sent, to whom and for how much: shown to the person before anything happens. */
export type AuditPlan =
  | {
      readonly kind: "plan";
      /** By which `auditRunMethod` asks for it. */
      readonly id: number;
      readonly host: string;
      /** Who is asked, in words: `Gemini`, `Gemini on Google Cloud, project x`, a model of the editor. */
      readonly service: string;
      /** Queries may tell what the code is about. */
      readonly search: boolean;
      readonly model: string;
      readonly level: 2 | 3;
      readonly why: string;
      /** USD at most. */
      readonly mostUsd: number;
      /** The exact text. */
      readonly text: string;
      /** Secrets that were taken out of it. */
      readonly removed: readonly { readonly what: string; readonly count: number }[];
    }
  /** Rules and engine answer it on this machine, at no cost; `level` 2 or 3 asks all the same. */
  | { readonly kind: "local"; readonly why: string; readonly markdown: string }
  /** It cannot be sent. */
  | { readonly kind: "none"; readonly why: string };

/** Client to server, cancellable, after consent: `{ id }` of a plan in, `AuditAnswer` out. */
export const auditRunMethod = "ecocompute/audit/run";

export interface AuditRunParams {
  readonly id: number;
}

export type AuditAnswer =
  | {
      readonly kind: "report";
      /** For people. What the model wrote is in it as text that does nothing. */
      readonly markdown: string;
      /** For programs: `ecocompute.audit/1` as JSON. */
      readonly json: string;
      /** The changes that can be offered, each with the whole file as it would be. */
      readonly changes: readonly { readonly title: string; readonly says: string; readonly text: string }[];
      /** For the panel. */
      readonly shown: ShownAudit;
      readonly spentUsd: number;
    }
  /** To a follow-up. Figures in it are the model's words. */
  | { readonly kind: "reply"; readonly reply: ShownReply; readonly spentUsd: number }
  | { readonly kind: "problem"; readonly problem: string; readonly message: string };

/** Server to client: how far an audit is. */
export const auditProgressMethod = "ecocompute/audit/progress";

export interface AuditProgress {
  readonly id: number;
  readonly phase: string;
  readonly detail: string;
}

/** Server to client: a step of the way to the answer, as it comes. */
export const auditStepMethod = "ecocompute/audit/step";

export interface AuditStep {
  readonly id: number;
  readonly step: ShownStep;
}

/** Client to server: the document with these edits, to be compared with what it is. Nothing is changed. */
export const auditChangeMethod = "ecocompute/audit/change";

export interface AuditChangeParams {
  readonly uri: string;
  readonly edits: readonly ShownEdit[];
}

export type AuditChange =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none"; readonly why: string };

/**
 * Server to client: a request over the network, which the client alone can make: it holds the key and knows the proxy.
 * The answer is its head; the body follows in `auditBodyMethod`.
 */
export const auditFetchMethod = "ecocompute/audit/fetch";

export interface AuditFetchParams {
  readonly fetch: number;
  /** Of the plan that was consented to. */
  readonly id: number;
  readonly url: string;
  readonly body: string;
}

export type AuditFetchAnswer =
  | { readonly kind: "head"; readonly status: number; readonly contentType: string }
  /** Nothing left this machine where there are no credentials. */
  | { readonly kind: "failed"; readonly why?: "no-credentials" };

/** Client to server: the next piece of a body; `undefined` text ends it, `isBroken` when it ended too early. */
export const auditBodyMethod = "ecocompute/audit/body";

export interface AuditBody {
  readonly fetch: number;
  readonly text?: string;
  readonly isBroken?: boolean;
}

/** Server to client: stop this request and close its connection. */
export const auditAbortMethod = "ecocompute/audit/abort";

export interface AuditAbort {
  readonly fetch: number;
}

/** Server to client: one question to a language model of the editor, whose answer is the `AuditChatAnswer`. */
export const auditChatMethod = "ecocompute/audit/chat";

export interface AuditChatParams {
  /** Of the plan that was consented to. */
  readonly id: number;
  /** The whole conversation. */
  readonly messages: readonly { readonly role: "user" | "model"; readonly text: string }[];
}

export type AuditChatAnswer =
  | { readonly kind: "said"; readonly text: string }
  | {
      readonly kind: "failed";
      readonly why: "no-model" | "no-permission" | "blocked" | "cancelled" | "failed";
    };

/** Client to server: whether a key or credentials are accepted. A word is counted, no code is sent, nothing is billed. */
export const auditTestMethod = "ecocompute/audit/test";

export interface AuditTestParams {
  readonly baseUrl: string;
  readonly models: readonly unknown[];
  readonly provider?: AuditProvider;
}

export type AuditTestAnswer =
  /** `message` says which model answered. */
  | { readonly kind: "accepted"; readonly message: string }
  | { readonly kind: "problem"; readonly problem: string; readonly message: string };

/** The plan under which the requests of a test go out. */
export const auditTestPlan = 0;

/** Client to server: what audits have cost on this machine. */
export const auditSpendingMethod = "ecocompute/audit/spending";

export type AuditSpending =
  | {
      readonly kind: "spending";
      readonly todayUsd: number;
      readonly totalUsd: number;
      /** One for each level, level 1 included, which is free. */
      readonly levels: readonly {
        readonly level: 1 | 2 | 3;
        readonly requests: number;
        /** Of all requests. */
        readonly percent: number;
        readonly usd: number;
      }[];
      /** Some of it was cut off before the service said what it used: then the figures are what it cost at most. */
      readonly isUpperBound: boolean;
    }
  | { readonly kind: "unreadable"; readonly why: string };
