import type { Content } from "@google/genai";
import { addStep, type ShownReply, type ShownStep } from "../report/shown-audit.ts";
import { type Accounted, accounted } from "./accounted.ts";
import { AuditProblem } from "./audit-event.ts";
import { savingPercent } from "./check-claims.ts";
import { asTranscript, think, userSays } from "./converse.ts";
import type { AuditEngine, Examined } from "./engine.ts";
import { visibleText } from "./inert.ts";
import { buildPrompt, type Prompt, type PromptRequest, reportRequest } from "./prompt.ts";
import { unconfirmedFigures } from "./prose-figures.ts";
import { redact } from "./redact.ts";
import { showStep } from "./show-audit.ts";

export interface FollowUpRequest extends Pick<PromptRequest, "fileName" | "text" | "engine" | "examined"> {
  readonly question: string;
  /** The conversation of the audit; `undefined` rebuilds it from the file and the report. */
  readonly conversation: readonly Content[] | undefined;
  /** What was reported, as JSON. */
  readonly report: string;
  readonly turns: readonly Pick<ShownReply, "question" | "answer">[];
}

/** A follow-up as it is sent: the whole conversation again, the service keeps nothing. */
export interface FollowUpPrompt {
  readonly prompt: Prompt;
  readonly contents: readonly Content[];
  /** The same, as a person reads it before anything is sent. */
  readonly shown: string;
}

/** @param marker a random name that the code cannot know. */
export function followUpPrompt(request: FollowUpRequest, marker: string): FollowUpPrompt {
  const { conversation, report, turns, question, ...about } = request;
  const prompt = buildPrompt({ ...about, task: "follow-up", focus: undefined, question: undefined }, marker);
  const removed = new Map(prompt.removed);
  const clean = (text: string): string => {
    const result = redact(text);
    for (const [what, count] of result.removed) removed.set(what, (removed.get(what) ?? 0) + count);
    return result.text;
  };
  const opening =
    conversation === undefined
      ? [userSays(prompt.user)]
      : [...asTranscript(conversation), userSays(reportRequest)];
  const contents = [
    ...opening,
    modelSays(clean(report)),
    ...turns.flatMap((turn) => [userSays(clean(turn.question)), modelSays(clean(turn.answer))]),
    userSays(`A follow-up question; answer in words, not in JSON.\n${clean(question)}`),
  ];
  return {
    prompt: { ...prompt, removed },
    contents,
    shown: [
      prompt.system,
      ...contents.map(({ role, parts }) => `[${role}]\n${(parts ?? []).map(({ text }) => text).join("\n")}`),
    ].join("\n\n"),
  };
}

const modelSays = (text: string): Content => ({ role: "model", parts: [{ text }] });

export interface FollowUpRun extends Accounted {
  readonly contents: readonly Content[];
  readonly question: string;
}

/**
 * Asks on in the conversation, with the tools of its level. The answer is words; figures in it that the engine does not
 * confirm, of the file as it is or of what the model asked the engine on the way, are named in the notes.
 * @throws AuditProblem
 */
export const runFollowUp = (run: FollowUpRun): Promise<ShownReply> =>
  accounted(run, async (meter) => {
    const { engine, examined } = watched(run.engine);
    const before = engine.examine(run.prompt.text);
    let steps: readonly ShownStep[] = [];
    const conversation = await think({ ...run, engine }, run.contents, meter, (event) => {
      // What it says in the end is the answer; on the way to calls it belongs to the steps.
      steps = addStep(steps, showStep(event));
      run.onEvent(event);
    });
    const answer = (conversation.at(-1)?.parts ?? [])
      .filter((part) => part.thought !== true)
      .map((part) => part.text ?? "")
      .join("");
    if (answer.trim() === "") throw new AuditProblem("empty", "Gemini answered nothing. Ask again.");
    return {
      question: visibleText(run.question),
      answer: visibleText(answer).trim(),
      at: run.now,
      level: run.route.level,
      model: run.route.model.id,
      spentUsd: meter.usd(),
      steps: steps.filter((step) => step.kind !== "text" || !visibleText(answer).includes(step.text)),
      notes: [...meter.notes, ...unconfirmed(answer, before, examined())],
    };
  });

/** The engine, and all that was asked of it. */
function watched(engine: AuditEngine): { readonly engine: AuditEngine; examined(): readonly Examined[] } {
  const all: Examined[] = [];
  return {
    examined: () => all,
    engine: {
      ...engine,
      examine(text) {
        const found = engine.examine(text);
        all.push(found);
        return found;
      },
      onAccelerator(name) {
        const found = engine.onAccelerator(name);
        if (!("error" in found)) all.push(found);
        return found;
      },
    },
  };
}

function unconfirmed(answer: string, before: Examined, all: readonly Examined[]): readonly string[] {
  const models = all.flatMap((each) => each.models);
  const savings = models.flatMap((after) => {
    const saving = savingPercent(
      before.models.find(({ name }) => name === after.name),
      after,
    );
    return saving === undefined ? [] : [saving];
  });
  const figures = unconfirmedFigures([answer], { models, savings });
  return figures.length === 0
    ? []
    : [`Figures in this answer that the engine does not confirm: ${figures.slice(0, 12).join(", ")}.`];
}
