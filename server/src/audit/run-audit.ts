import type { Content, FunctionCall, Part } from "@google/genai";
import { type AuditEvent, AuditProblem, type Citation } from "./audit-event.ts";
import { type AuditReport, checkReport } from "./audit-report.ts";
import type { AuditEngine } from "./engine.ts";
import type { Ledger } from "./ledger.ts";
import { geminiSchema, type ModelReport, modelReport } from "./model-report.ts";
import { type Prompt, reportRequest } from "./prompt.ts";
import type { Provider, Turn, TurnRequest } from "./provider.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { maxToolTokens, type Route, type Task } from "./router.ts";
import { costUsd, noUsage, type Usage } from "./spending.ts";
import { createToolbox, type Toolbox } from "./tools.ts";
import { createTrace } from "./trace.ts";

export type Phase = "thinking" | "searching" | "computing" | "correcting" | "writing" | "waiting";

export interface AuditRun {
  readonly task: Task;
  readonly file: string;
  readonly prompt: Prompt;
  readonly route: Extract<Route, { readonly level: 2 | 3 }>;
  readonly provider: Provider;
  readonly engine: AuditEngine;
  readonly ledger: Ledger;
  /** ISO date and time. */
  readonly now: string;
  readonly signal: AbortSignal;
  readonly sleep: RetryOptions["sleep"];
  onPhase(phase: Phase, detail: string): void;
  onEvent(event: AuditEvent): void;
}

/** An audit and the conversation behind it, which follow-up questions go on with. */
export interface AuditOutcome {
  readonly report: AuditReport;
  readonly conversation: readonly Content[];
}

/**
 * Asks in two phases: thinking with tools, streamed; then the report in a schema, repaired once when it does not fit.
 * What was used is written down whatever happens.
 * @throws AuditProblem
 */
export async function runAudit(run: AuditRun): Promise<AuditOutcome> {
  const day = run.now.slice(0, 10);
  const reserved = run.ledger.reserve(run.route.mostUsd, day);
  if (reserved.kind === "refused") throw new AuditProblem("no-credit", `Nothing was sent: ${reserved.why}`);
  const meter = createMeter(run, day);
  const trace = createTrace();
  const citations: Citation[] = [];
  const onEvent = (event: AuditEvent): void => {
    trace.add(event);
    if (event.kind === "citations") citations.push(...event.citations);
    run.onEvent(event);
  };
  try {
    const conversation = await think(run, meter, onEvent);
    run.onPhase("writing", "");
    const said = await write(run, conversation, meter);
    run.onPhase("correcting", "");
    const report = checkReport(said, run.prompt.text, run.engine, citations, {
      file: run.file,
      at: run.now,
      level: run.route.level,
      model: run.route.model.id,
      spentUsd: meter.usd(),
      notes: meter.notes,
      trace: trace.trace,
    });
    return { report, conversation };
  } finally {
    reserved.reservation.settle({
      at: run.now,
      level: run.route.level,
      task: run.task,
      model: run.route.model.id,
      usd: meter.usd(),
      isUpperBound: meter.isUpperBound(),
    });
  }
}

/** With fewer tokens than this no answer is worth asking for. */
const leastTokens = 256;

interface Meter {
  readonly notes: string[];
  /** Runs one request and counts it, also when it fails. */
  turn(request: TurnRequest, onEvent: (event: AuditEvent) => void): Promise<Turn>;
  usd(): number;
  isUpperBound(): boolean;
}

function createMeter(run: AuditRun, day: string): Meter {
  const { provider, signal, sleep } = run;
  const notes: string[] = [];
  let spent = 0;
  let isUpperBound = false;
  const count = (request: TurnRequest, usage: Usage, searches: number): void => {
    spent += costUsd(request.model, day, usage, searches);
  };
  return {
    notes,
    usd: () => spent,
    isUpperBound: () => isUpperBound,
    async turn(request, onEvent) {
      let touched = false;
      const attempt = async (): Promise<Turn> => {
        try {
          const turn = await provider.turn(
            request,
            (event) => {
              touched = true;
              onEvent(event);
            },
            signal,
          );
          count(request, turn.usage, turn.searches);
          return turn;
        } catch (error) {
          // A stream that broke before its last event was billed for more than it told.
          if (error instanceof AuditProblem && touched) {
            count(request, error.usage ?? noUsage, 0);
            isUpperBound = isUpperBound || error.kind === "cancelled" || error.kind === "cut-off";
          }
          throw error;
        }
      };
      return withRetries(attempt, () => !touched, {
        signal,
        sleep,
        onWait: (seconds, problem) => run.onPhase("waiting", `${problem.message} (${Math.ceil(seconds)} s)`),
      });
    },
  };
}

/** Phase 1: the model thinks, searches, computes and calls our functions until it has said what it has to say. */
async function think(
  run: AuditRun,
  meter: Meter,
  onEvent: (event: AuditEvent) => void,
): Promise<readonly Content[]> {
  const { route, prompt, engine } = run;
  const toolbox = createToolbox(prompt.text, engine);
  // Where built-in tools and functions exclude each other, ours win: they compute what the report needs.
  const builtIn = route.level === 3 && route.model.combinesTools;
  let contents: readonly Content[] = [{ role: "user", parts: [{ text: prompt.user }] }];
  let told = 0;
  let left = route.maxOutputTokens;
  run.onPhase("thinking", route.model.id);
  for (let i = 0; i < route.maxTurns; i++) {
    const isLast = i === route.maxTurns - 1 || left < route.maxOutputTokens / 4;
    const turn = await meter.turn(
      {
        model: route.model,
        system: prompt.system,
        contents,
        search: builtIn && route.maxSearches > 0,
        codeExecution: builtIn,
        functions: isLast ? [] : toolbox.declarations,
        maxOutputTokens: left,
      },
      (event) => {
        if (event.kind === "search") run.onPhase("searching", event.queries.join("; "));
        if (event.kind === "code" || event.kind === "call")
          run.onPhase("computing", event.kind === "call" ? event.name : "");
        onEvent(event);
      },
    );
    contents = [...contents, turn.content];
    left -= turn.usage.answerTokens + turn.usage.thoughtTokens;
    if (turn.finish !== "calls") {
      if (turn.finish === "out-of-tokens") meter.notes.push("The answer was cut off at its limit of tokens.");
      return contents;
    }
    const answers = answerCalls(turn.content.parts ?? [], toolbox, onEvent, maxToolTokens - told);
    told += answers.tokens;
    if (left < leastTokens)
      throw new AuditProblem(
        "out-of-tokens",
        "Gemini used up its tokens with thinking and calls before it came to an end. Select less code.",
      );
    contents = [...contents, { role: "user", parts: [...answers.parts] }];
    run.onPhase("thinking", route.model.id);
  }
  throw new AuditProblem(
    "too-many-turns",
    "Gemini called functions without coming to an end. Ask about a smaller part.",
  );
}

/** One answer for every call, in the same order: the API counts them. */
function answerCalls(
  parts: readonly Part[],
  toolbox: Toolbox,
  onEvent: (event: AuditEvent) => void,
  tokensLeft: number,
): { readonly parts: readonly Part[]; readonly tokens: number } {
  let tokens = 0;
  const answer = (call: FunctionCall): Part => {
    const name = call.name ?? "";
    const full = toolbox.call(name, call.args ?? {});
    const length = Math.ceil(JSON.stringify(full).length / 3);
    const fits = tokens + length <= tokensLeft;
    tokens += fits ? length : 20;
    const result = fits ? full : { error: "no room is left for further results: come to your conclusions" };
    onEvent({ kind: "call-result", name, result });
    return {
      functionResponse: { ...(call.id !== undefined && { id: call.id }), name, response: { ...result } },
    };
  };
  const calls = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
  return { parts: calls.map(answer), tokens };
}

/** Phase 2: the report as data, by the light model without tools; repaired once. */
async function write(run: AuditRun, conversation: readonly Content[], meter: Meter): Promise<ModelReport> {
  const { route, prompt } = run;
  const request = (contents: readonly Content[]): TurnRequest => ({
    model: route.writer,
    system: prompt.system,
    contents,
    search: false,
    codeExecution: false,
    functions: [],
    schema: geminiSchema(modelReport),
    maxOutputTokens: route.maxOutputTokens,
  });
  const asked = [...asTranscript(conversation), userSays(reportRequest)];
  const ignore = (): void => undefined;
  const first = await meter.turn(request(asked), ignore);
  const read = readReport(first.text);
  if (read.kind === "read") return read.report;
  const again = [
    ...asked,
    { role: "model", parts: [{ text: first.text.slice(0, 20_000) }] },
    userSays(`This does not fit the schema: ${read.why}. Write the whole report again.`),
  ];
  const second = readReport((await meter.turn(request(again), ignore)).text);
  if (second.kind === "unreadable")
    throw new AuditProblem(
      "malformed",
      "Gemini did not write its report in the form that was asked for, twice. Try again.",
    );
  meter.notes.push("The first report did not fit the form that was asked for and was repaired.");
  return second.report;
}

const userSays = (text: string): Content => ({ role: "user", parts: [{ text }] });

/**
 * The conversation as text for another model: signatures of thoughts are bound to the model that made them, and calls
 * without them are refused.
 */
function asTranscript(conversation: readonly Content[]): readonly Content[] {
  return conversation.flatMap(({ role, parts }): readonly Content[] => {
    const text = (parts ?? [])
      .filter((part) => part.thought !== true)
      .map(partAsText)
      .filter((line) => line !== "")
      .join("\n");
    return text === "" ? [] : [{ role: role ?? "user", parts: [{ text }] }];
  });
}

function partAsText(part: Part): string {
  if (part.functionCall !== undefined)
    return `[called ${part.functionCall.name} with ${JSON.stringify(part.functionCall.args ?? {})}]`;
  if (part.functionResponse !== undefined)
    return `[${part.functionResponse.name} returned ${JSON.stringify(part.functionResponse.response ?? {})}]`;
  if (part.executableCode !== undefined) return `[ran]\n${part.executableCode.code ?? ""}`;
  if (part.codeExecutionResult !== undefined) return `[output]\n${part.codeExecutionResult.output ?? ""}`;
  return part.text ?? "";
}

function readReport(
  text: string,
):
  | { readonly kind: "read"; readonly report: ModelReport }
  | { readonly kind: "unreadable"; readonly why: string } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\s*```(?:json)?\s*|\s*```\s*$/g, ""));
  } catch {
    return { kind: "unreadable", why: "it is no JSON" };
  }
  const read = modelReport.safeParse(json);
  if (read.success) return { kind: "read", report: read.data };
  const issues = read.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  return { kind: "unreadable", why: issues.join("; ") };
}
