import { type AuditLevel, type GeminiModel, priceOn } from "./gemini-models.ts";
import { levelOfQuestion } from "./question-topic.ts";
import { mostTokens, mostUsd } from "./spending.ts";

/** What a person asks for. */
export type Task =
  | "explain-finding"
  | "fix-finding"
  | "audit-selection"
  | "audit-model"
  | "audit-file"
  | "follow-up";

export interface RouteRequest {
  readonly task: Task;
  /** All that would be sent. */
  readonly prompt: string;
  /** The rules and the engine answer this already: a figure, a safe fix, a page that explains. */
  readonly hasLocalAnswer: boolean;
  /** What a person wants to know in particular. */
  readonly question?: string | undefined;
  /** The person's choice over ours. */
  readonly forced: 1 | AuditLevel | undefined;
  readonly models: readonly GeminiModel[];
  /** ISO date. */
  readonly day: string;
  readonly allowsSearch: boolean;
}

/** Where a request goes, why, and what it can cost. */
export type Route =
  | { readonly level: 1; readonly why: string; readonly mostUsd: 0 }
  | {
      readonly level: AuditLevel;
      readonly why: string;
      /** Thinks, calls tools, streams. */
      readonly model: GeminiModel;
      /** Writes the structured report. */
      readonly writer: GeminiModel;
      readonly maxTurns: number;
      readonly maxSearches: number;
      readonly maxOutputTokens: number;
      readonly mostUsd: number;
    }
  | { readonly level: "none"; readonly why: string };

const levelOf: Readonly<Record<Task, AuditLevel>> = {
  "explain-finding": 2,
  "fix-finding": 2,
  "follow-up": 2,
  "audit-selection": 3,
  "audit-model": 3,
  "audit-file": 3,
};

/** A question about a whole file may be a small one. */
const levelFor = (task: Task, question: string | undefined): AuditLevel =>
  question === undefined || levelOf[task] === 2 ? levelOf[task] : levelOfQuestion(question);

const reasons: Readonly<Record<AuditLevel, string>> = {
  2: "a small, local question: a light model is enough",
  3: "a question about a whole architecture or training loop: it needs thinking and tools",
};

/** Turns of the conversation with tools; one turn may hold several calls. */
const maxTurns = { 2: 4, 3: 6 } as const;
/** Of all turns together, thinking included. */
const maxOutputTokens = { 2: 4_096, 3: 12_288 } as const;
const maxSearches = 8;
/** What the tools of all turns give back together, at most. */
export const maxToolTokens = 8_000;

/** The cheapest level that can answer. The same request always takes the same way. */
export function route(request: RouteRequest): Route {
  const { task, forced, hasLocalAnswer, models, day, prompt } = request;
  if (forced === 1 || (forced === undefined && hasLocalAnswer))
    return {
      level: 1,
      why:
        forced === 1
          ? "as you chose: rules and the engine only"
          : "the rules answer this already, at no cost",
      mostUsd: 0,
    };
  const level = forced ?? levelFor(task, request.question);
  const model = models.find((each) => each.level === level);
  const writer = models.find((each) => each.level === 2) ?? model;
  if (model === undefined || writer === undefined)
    return { level: "none", why: `no model of level ${level} is in the table; add one to the settings` };
  const promptTokens = mostTokens(prompt);
  if (promptTokens + maxToolTokens + maxOutputTokens[level] > model.contextTokens)
    return {
      level: "none",
      why: `the text has up to ${promptTokens.toLocaleString("en-US")} tokens and \`${model.id}\` takes ${model.contextTokens.toLocaleString("en-US")}; select a part of it`,
    };
  const searches = request.allowsSearch && level === 3 && model.combinesTools ? maxSearches : 0;
  const turns = maxTurns[level];
  // Each turn sends everything before it again.
  const conversation = turns * (promptTokens + maxToolTokens + maxOutputTokens[level]);
  const thinking = mostUsd(model, day, conversation, maxOutputTokens[level], searches);
  const writing =
    2 * mostUsd(writer, day, promptTokens + maxOutputTokens[level] * 2, maxOutputTokens[level], 0);
  return {
    level,
    why: forced === undefined ? reasons[level] : "as you chose",
    model,
    writer,
    maxTurns: turns,
    maxSearches: searches,
    maxOutputTokens: maxOutputTokens[level],
    mostUsd: priceOn(model, day) === undefined ? 0 : thinking + writing,
  };
}
