import type { Content, FunctionDeclaration } from "@google/genai";
import type { AuditEvent, TurnResult } from "./audit-event.ts";
import type { GeminiModel } from "./gemini-models.ts";

/** One request to a model. */
export interface TurnRequest {
  readonly model: GeminiModel;
  readonly system: string;
  /** The whole conversation: nothing is kept by the service. */
  readonly contents: readonly Content[];
  readonly search: boolean;
  readonly codeExecution: boolean;
  readonly functions: readonly FunctionDeclaration[];
  /** JSON schema of the answer; together with tools only where the model combines them. */
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly maxOutputTokens: number;
}

export interface Turn extends TurnResult {
  /** What the model said, to be sent back as it is: it holds signatures of its thoughts. */
  readonly content: Content;
}

/** A service that answers with a stream. */
export interface Provider {
  /** Who is asked, as shown before consent: a host name. */
  readonly host: string;
  /** @throws AuditProblem */
  turn(request: TurnRequest, onEvent: (event: AuditEvent) => void, signal: AbortSignal): Promise<Turn>;
}
