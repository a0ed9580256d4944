import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { parentPort } from "node:worker_threads";
import type { Accounted } from "../audit/accounted.ts";
import { AuditProblem } from "../audit/audit-event.ts";
import type { AuditEngine } from "../audit/engine.ts";
import { type FollowUpPrompt, followUpPrompt, runFollowUp } from "../audit/follow-up.ts";
import { modelTable, readModels } from "../audit/gemini-models.ts";
import type { Ledger } from "../audit/ledger.ts";
import { localAnswer, localReport } from "../audit/local-answer.ts";
import { openLedger } from "../audit/open-ledger.ts";
import { buildPrompt, type Prompt, type PromptRequest, reportRequest } from "../audit/prompt.ts";
import { sleep } from "../audit/retry.ts";
import { type Route, route } from "../audit/router.ts";
import { type AuditOutcome, runAudit } from "../audit/run-audit.ts";
import { serviceWords } from "../audit/service.ts";
import { showStep } from "../audit/show-audit.ts";
import { createAuditEngine } from "../host/audit-engine.ts";
import { createDisk } from "../host/disk.ts";
import { createConfigFinder } from "../host/find-config.ts";
import { keptPrivateBy } from "../host/git-ignore.ts";
import { createLinter } from "../host/linter.ts";
import { parserBinaries } from "../host/parser-binaries.ts";
import { folderOf } from "../host/paths.ts";
import { readSpending, spendingRecord, writeSpending } from "../host/spending-record.ts";
import {
  type AuditAnswer,
  type AuditChatAnswer,
  type AuditChatParams,
  type AuditPlan,
  type AuditTestAnswer,
  type AuditTestParams,
  auditTestPlan,
} from "../protocol/audit.ts";
import { rules } from "../rules/registry.gen.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax, type Syntax } from "../syntax/source-file.ts";
import { reportAnswer } from "./audit-answer.ts";
import type { FromAuditWorker, ToAuditWorker } from "./audit-messages.ts";
import { type Chosen, chooseProvider, geminiFor, textOf } from "./audit-providers.ts";
import { createRelayedFetch } from "./relayed-fetch.ts";

type PlanMessage = Extract<ToAuditWorker, { readonly kind: "plan" }>;

/** A plan that waits for consent, or runs. */
interface Planned {
  readonly message: PlanMessage;
  readonly engine: AuditEngine;
  readonly prompt: Prompt;
  /** Set for a follow-up: the conversation that it goes on with. */
  readonly followUp: FollowUpPrompt | undefined;
  readonly chosen: Chosen;
  readonly route: Extract<Route, { readonly level: 2 | 3 }>;
  readonly controller: AbortController;
}

/** Plans that nobody consented to are forgotten, the oldest first. */
const mostPlans = 10;

const post = (message: FromAuditWorker): void => parentPort?.postMessage(message);

/** Which plan a request of the client library belongs to: one audit runs at a time. */
let running: number = auditTestPlan;
const relay = createRelayedFetch(
  (fetch, url, body) => post({ kind: "fetch", fetch, id: running, url, body }),
  (fetch) => post({ kind: "abort", fetch }),
);

const syntax: Promise<Syntax> = loadPythonParser(parserBinaries()).then(createSyntax);
const plans = new Map<number, Planned>();

/** Conversations of audits that follow-ups may go on with: in memory only, as they hold code. */
const kept = new Map<number, Pick<AuditOutcome, "conversation"> & { readonly text: string }>();
const mostKept = 5;

function keep(id: number, audit: Pick<AuditOutcome, "conversation"> & { readonly text: string }): void {
  kept.set(id, audit);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
}

const ledgerFor = ({ asked }: PlanMessage): Ledger =>
  openLedger(
    readSpending,
    writeSpending,
    { perAuditUsd: asked.maxUsd, perDayUsd: asked.maxUsdPerDay },
    spendingRecord(),
  );

async function plan(message: PlanMessage): Promise<AuditPlan> {
  const { file, text, asked } = message;
  const own = readModels(asked.models);
  if (own.kind === "error") return { kind: "none", why: own.why };
  const made = await makeEngine(message);
  if (made.kind === "error") return { kind: "none", why: made.message };
  const examined = made.examine(text);
  const marker = randomBytes(8).toString("hex");
  const about = { fileName: basename(file), text, engine: made, examined };
  const followUp = followUpOf(message, about, marker);
  const prompt =
    followUp?.prompt ??
    buildPrompt(
      { ...about, task: asked.task, focus: asked.focus ?? undefined, question: asked.question ?? undefined },
      marker,
    );
  const now = new Date().toISOString();
  const { task } = asked;
  const chosenProvider = chooseProvider(asked, modelTable(own.models), relay.fetch, (messages, signal) =>
    chat(message.id, messages, signal),
  );
  const here = {
    task,
    focus: asked.focus ?? undefined,
    question: asked.question ?? undefined,
    engine: made,
    examined,
  };
  const local = localAnswer(here);
  const chosen = route({
    task: asked.task,
    prompt: followUp?.shown ?? prompt.system + prompt.user,
    hasLocalAnswer: local !== undefined,
    question: asked.question ?? undefined,
    forced: asked.level ?? undefined,
    models: chosenProvider.models,
    day: now.slice(0, 10),
    allowsSearch: asked.search,
  });
  if (chosen.level === "none") return { kind: "none", why: chosen.why };
  if (chosen.level === 1) {
    ledgerFor(message).note({ at: now, level: 1, task, usd: 0, isUpperBound: false });
    return { kind: "local", why: local?.why ?? chosen.why, markdown: local?.markdown ?? localReport(here) };
  }
  const keptBy = keptPrivateBy(file);
  if (keptBy !== undefined)
    return { kind: "none", why: `${keptBy} excludes this file: it is not sent anywhere` };
  plans.set(message.id, {
    message,
    engine: made,
    prompt,
    followUp,
    chosen: chosenProvider,
    route: chosen,
    controller: new AbortController(),
  });
  for (const oldest of plans.keys()) {
    if (plans.size <= mostPlans) break;
    plans.delete(oldest);
  }
  return {
    kind: "plan",
    id: message.id,
    host: chosenProvider.provider.host,
    service: chosenProvider.service,
    search: chosen.maxSearches > 0,
    model: chosen.model.id,
    level: chosen.level,
    why: chosen.why,
    mostUsd: chosen.mostUsd,
    text: followUp?.shown ?? `${prompt.system}\n\n${prompt.user}\n\n${reportRequest}`,
    removed: [...prompt.removed].map(([what, count]) => ({ what, count })),
  };
}

/** The conversation of the audit goes on as long as it is about the file as it is. */
function followUpOf(
  { asked, text }: PlanMessage,
  about: Pick<PromptRequest, "fileName" | "text" | "engine" | "examined">,
  marker: string,
): FollowUpPrompt | undefined {
  const { followUp, question } = asked;
  if (followUp === undefined || question === null) return undefined;
  const before = kept.get(followUp.audit);
  const conversation = before?.text === text ? before.conversation : undefined;
  const { report, turns } = followUp;
  return followUpPrompt({ ...about, question, conversation, report, turns }, marker);
}

async function makeEngine({ file, text, roots, request }: PlanMessage) {
  const files = createDisk();
  const folder = folderOf(file);
  const finder = createConfigFinder(rules, { ceilingOf: () => undefined, fallbackOf: () => folder });
  const found = finder.forFile(file);
  const loaded = await syntax;
  const linter = createLinter({
    syntax: loaded,
    rules,
    config: found.config,
    folder: found.folder,
    baseline: undefined,
    torch: found.config.torchVersion ?? found.torch?.version,
    files,
    roots,
    onCrash: () => undefined,
  });
  return createAuditEngine({ file, text, roots, request, syntax: loaded, files, linter });
}

async function run(id: number): Promise<AuditAnswer> {
  const planned = plans.get(id);
  plans.delete(id);
  if (planned === undefined)
    return {
      kind: "problem",
      problem: "cancelled",
      message: "This audit was planned too long ago. Start it again.",
    };
  if (running !== auditTestPlan)
    return {
      kind: "problem",
      problem: "too-many-requests",
      message: "Another audit is running. Wait for it, or cancel it.",
    };
  running = id;
  active = planned.controller;
  const { message, engine, prompt, followUp, chosen, controller } = planned;
  const { task, question } = message.asked;
  try {
    const asking: Accounted = {
      task,
      prompt,
      route: planned.route,
      provider: chosen.provider,
      notes: chosen.notes,
      engine,
      ledger: ledgerFor(message),
      now: new Date().toISOString(),
      signal: controller.signal,
      sleep,
      onPhase: (phase, detail) => post({ kind: "progress", id, phase, detail }),
      onEvent: (event) => post({ kind: "step", id, step: showStep(event) }),
    };
    if (followUp !== undefined) {
      const { contents } = followUp;
      const reply = await runFollowUp({ ...asking, contents, question: question ?? "" });
      return { kind: "reply", reply, spentUsd: reply.spentUsd };
    }
    const { report, conversation } = await runAudit({ ...asking, file: basename(message.file) });
    keep(id, { text: message.text, conversation });
    return reportAnswer(report, message.text);
  } catch (error) {
    if (error instanceof AuditProblem)
      return { kind: "problem", problem: error.kind, message: error.message };
    return {
      kind: "problem",
      problem: "server-error",
      message: error instanceof Error ? error.message : String(error),
    };
  } finally {
    running = auditTestPlan;
    active = undefined;
  }
}

let active: AbortController | undefined;

/** Questions to the language model of the editor that wait for their answers. */
const chatMilliseconds = 300_000;
const chats = new Map<number, (answer: AuditChatAnswer) => void>();
let lastChat = 0;

async function chat(id: number, messages: AuditChatParams["messages"], signal: AbortSignal): Promise<string> {
  const number = ++lastChat;
  const answer = await new Promise<AuditChatAnswer>((resolve) => {
    const cancel = (): void => resolve({ kind: "failed", why: "cancelled" });
    if (signal.aborted) return cancel();
    signal.addEventListener("abort", cancel, { once: true });
    chats.set(number, resolve);
    setTimeout(() => resolve({ kind: "failed", why: "failed" }), chatMilliseconds).unref();
    post({ kind: "chat", chat: number, params: { id, messages } });
  });
  chats.delete(number);
  return textOf(answer);
}

/** Whether a key is accepted, by a request that counts a word: no code leaves, nothing is billed. */
async function test({
  models,
  provider = { kind: "gemini" },
  baseUrl,
}: AuditTestParams): Promise<AuditTestAnswer> {
  const problem = (kind: string, message: string): AuditTestAnswer => ({
    kind: "problem",
    problem: kind,
    message,
  });
  const own = readModels(models);
  if (own.kind === "error") return problem("bad-request", own.why);
  if (provider.kind === "editor")
    return problem("bad-request", "A language model of the editor has no key to be tested.");
  if (running !== auditTestPlan)
    return problem("too-many-requests", "An audit is running. Wait for it, or cancel it.");
  const [model] = modelTable(own.models).filter(({ level }) => level === 2);
  if (model === undefined)
    return problem("no-model", "No model of level 2 is in the table; add one to the settings.");
  try {
    await geminiFor(provider, baseUrl, relay.fetch).test(model, new AbortController().signal);
    return { kind: "accepted", message: `${model.id} answered: ${serviceWords(provider)} can be used.` };
  } catch (error) {
    if (error instanceof AuditProblem) return problem(error.kind, error.message);
    return problem("server-error", error instanceof Error ? error.message : String(error));
  }
}

parentPort?.on("message", (message: ToAuditWorker) => {
  switch (message.kind) {
    case "plan":
      void plan(message)
        .catch(
          (error: unknown): AuditPlan => ({
            kind: "none",
            why: error instanceof Error ? error.message : String(error),
          }),
        )
        .then((made) => post({ kind: "planned", id: message.id, plan: made }));
      return;
    case "run":
      void run(message.id).then((answer) => post({ kind: "answered", id: message.id, answer }));
      return;
    case "cancel":
      if (running === message.id) active?.abort();
      plans.delete(message.id);
      return;
    case "chat-answer":
      chats.get(message.chat)?.(message.answer);
      return;
    case "test":
      void test(message.asked).then((answer) => post({ kind: "tested", id: message.id, answer }));
      return;
    default:
      relay.take(message);
  }
});
