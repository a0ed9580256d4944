import type { Content } from "@google/genai";
import { type Accounted, accounted } from "./accounted.ts";
import { type AuditEvent, AuditProblem, type Citation } from "./audit-event.ts";
import { type AuditReport, checkReport } from "./audit-report.ts";
import { asTranscript, think, userSays } from "./converse.ts";
import type { Meter } from "./meter.ts";
import { geminiSchema, type ModelReport, modelReport } from "./model-report.ts";
import { reportRequest } from "./prompt.ts";
import type { TurnRequest } from "./provider.ts";
import { readReport } from "./read-report.ts";
import { createTrace } from "./trace.ts";

export interface AuditRun extends Accounted {
  readonly file: string;
}

/** An audit and the conversation behind it, which follow-up questions go on with. */
export interface AuditOutcome {
  readonly report: AuditReport;
  readonly conversation: readonly Content[];
}

/**
 * Asks in two phases: thinking with tools, streamed; then the report in a schema, repaired once when it does not fit.
 * A model that does both in one request is asked once.
 * What was used is written down whatever happens.
 * @throws AuditProblem
 */
export const runAudit = (run: AuditRun): Promise<AuditOutcome> =>
  accounted(run, async (meter) => {
    const trace = createTrace();
    const citations: Citation[] = [];
    const onEvent = (event: AuditEvent): void => {
      trace.add(event);
      if (event.kind === "citations") citations.push(...event.citations);
      run.onEvent(event);
    };
    const { conversation, said } = await ask(run, meter, onEvent);
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
  });

interface Asked {
  readonly conversation: readonly Content[];
  readonly said: ModelReport;
}

/** In one phase where the model is documented to take tools beside a schema; what is no report then goes on to the second. */
async function ask(run: AuditRun, meter: Meter, onEvent: (event: AuditEvent) => void): Promise<Asked> {
  const { route, prompt } = run;
  // Searches are known to fall silent where JSON is asked for.
  const isOnePhase = route.model.combinesSchema && route.maxSearches === 0 && route.level === 3;
  const opening = isOnePhase ? `${prompt.user}\n\n${reportRequest}` : prompt.user;
  const schema = isOnePhase ? geminiSchema(modelReport) : undefined;
  const conversation = await think(run, [userSays(opening)], meter, onEvent, schema);
  if (isOnePhase) {
    const parts = conversation.at(-1)?.parts ?? [];
    const text = parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join("");
    const read = readReport(text);
    if (read.kind === "read") return { conversation, said: read.report };
    onEvent({ kind: "text", text });
  }
  run.onPhase("writing", "");
  return { conversation, said: await write(run, conversation, meter) };
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
