import type { ModelsAnswer } from "../../../server/src/protocol/models-request.ts";
import type { Range, ReportFinding, ReportProblem } from "../../../server/src/report/report.ts";
import { type AuditAction, type AuditToPanel, readAuditAction } from "./audit-messages.ts";

/** Plain messages between the extension and its report panel. */
export type PanelScope = "file" | "workspace";
/** What the panel can show: a report, or audits. */
export type PanelView = PanelScope | "audits";

export type ToPanel =
  | { readonly kind: "loading"; readonly scope: PanelScope; readonly subject: string }
  | {
      readonly kind: "report";
      readonly scope: PanelScope;
      readonly subject: string;
      readonly report: PanelReport;
      /** Of the file; empty for a workspace. */
      readonly models: ModelsAnswer;
    }
  /** There is no document or folder that the scope could be about. */
  | { readonly kind: "nothing"; readonly scope: PanelScope }
  | {
      readonly kind: "failed";
      readonly scope: PanelScope;
      readonly subject: string;
      readonly message: string;
    }
  /** Another view was asked for. */
  | { readonly kind: "view"; readonly view: PanelView }
  | AuditToPanel
  /** The panel was asked for again: the keyboard goes back to the row it was on. */
  | { readonly kind: "focus" };

export interface PanelReport {
  readonly findings: readonly ReportFinding[];
  readonly problems: readonly ReportProblem[];
  readonly filesChecked: number;
  /** What to call each file of the report, by its URI: its path in the workspace. */
  readonly labels: Readonly<Record<string, string>>;
}

export type FromPanel =
  /** The script runs; `scope` is what it showed before it was hidden. */
  | { readonly kind: "ready"; readonly scope: PanelView | undefined }
  | { readonly kind: "scope"; readonly scope: PanelView }
  | { readonly kind: "audit"; readonly action: AuditAction }
  | { readonly kind: "retry" }
  | { readonly kind: "fixAll" }
  | { readonly kind: "logs" }
  /** The user wants to say where models run; with an accelerator he has said so. */
  | { readonly kind: "scenario"; readonly accelerator: string | undefined }
  | { readonly kind: "page"; readonly page: string }
  /** `stay` leaves the keyboard in the panel. */
  | { readonly kind: "open"; readonly file: string; readonly range: Range; readonly stay: boolean };

/** Reads what the panel posted; `undefined` for anything else. */
export function readFromPanel(message: unknown): FromPanel | undefined {
  if (!isRecord(message)) return undefined;
  switch (message["kind"]) {
    case "ready":
      return { kind: "ready", scope: isView(message["scope"]) ? message["scope"] : undefined };
    case "scope":
      return isView(message["scope"]) ? { kind: "scope", scope: message["scope"] } : undefined;
    case "retry":
    case "fixAll":
    case "logs":
      return { kind: message["kind"] };
    case "scenario": {
      const { accelerator } = message;
      return { kind: "scenario", accelerator: typeof accelerator === "string" ? accelerator : undefined };
    }
    case "audit": {
      const action = readAuditAction(message["action"]);
      return action && { kind: "audit", action };
    }
    case "page":
      return typeof message["page"] === "string" ? { kind: "page", page: message["page"] } : undefined;
    case "open": {
      const { file, range, stay } = message;
      if (typeof file !== "string" || !isRange(range)) return undefined;
      return { kind: "open", file, range, stay: stay === true };
    }
    default:
      return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isView = (value: unknown): value is PanelView =>
  value === "file" || value === "workspace" || value === "audits";

const isRange = (value: unknown): value is Range =>
  isRecord(value) && isPosition(value["start"]) && isPosition(value["end"]);

const isPosition = (value: unknown): boolean =>
  isRecord(value) && Number.isInteger(value["line"]) && Number.isInteger(value["character"]);
