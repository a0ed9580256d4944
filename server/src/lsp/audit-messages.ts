import type { CostRequest } from "../analysis/scenario.ts";
import type {
  AuditAnswer,
  AuditBody,
  AuditChatAnswer,
  AuditChatParams,
  AuditPlan,
  AuditPlanParams,
  AuditTestAnswer,
  AuditTestParams,
} from "../protocol/audit.ts";
import type { ShownStep } from "../report/shown-audit.ts";

/** What the server asks of the thread that audits. */
export type ToAuditWorker =
  | {
      readonly kind: "plan";
      readonly id: number;
      /** Absolute. */
      readonly file: string;
      readonly text: string;
      readonly roots: readonly string[];
      readonly request: CostRequest;
      readonly asked: AuditPlanParams;
    }
  | { readonly kind: "run"; readonly id: number }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "head"; readonly fetch: number; readonly status: number; readonly contentType: string }
  | { readonly kind: "unreachable"; readonly fetch: number; readonly why?: "no-credentials" }
  | { readonly kind: "chat-answer"; readonly chat: number; readonly answer: AuditChatAnswer }
  | { readonly kind: "test"; readonly id: number; readonly asked: AuditTestParams }
  | ({ readonly kind: "body" } & AuditBody);

export type FromAuditWorker =
  | { readonly kind: "planned"; readonly id: number; readonly plan: AuditPlan }
  | { readonly kind: "answered"; readonly id: number; readonly answer: AuditAnswer }
  | { readonly kind: "progress"; readonly id: number; readonly phase: string; readonly detail: string }
  | { readonly kind: "step"; readonly id: number; readonly step: ShownStep }
  | {
      readonly kind: "fetch";
      readonly fetch: number;
      readonly id: number;
      readonly url: string;
      readonly body: string;
    }
  | { readonly kind: "abort"; readonly fetch: number }
  | { readonly kind: "chat"; readonly chat: number; readonly params: AuditChatParams }
  | { readonly kind: "tested"; readonly id: number; readonly answer: AuditTestAnswer };
