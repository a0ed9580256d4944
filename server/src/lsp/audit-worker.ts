import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import { parentPort } from "node:worker_threads";
import { applyTextEdits } from "../audit/apply-edits.ts";
import { AuditProblem } from "../audit/audit-event.ts";
import type { AuditReport } from "../audit/audit-report.ts";
import type { AuditEngine } from "../audit/engine.ts";
import { modelTable, readModels } from "../audit/gemini-models.ts";
import { createGeminiProvider } from "../audit/gemini-provider.ts";
import { visibleText } from "../audit/inert.ts";
import type { Ledger } from "../audit/ledger.ts";
import { openLedger } from "../audit/open-ledger.ts";
import { buildPrompt, type Prompt } from "../audit/prompt.ts";
import { renderAudit, verdictText } from "../audit/render-markdown.ts";
import { sleep } from "../audit/retry.ts";
import { type Route, route } from "../audit/router.ts";
import { runAudit } from "../audit/run-audit.ts";
import { createAuditEngine } from "../host/audit-engine.ts";
import { createDisk } from "../host/disk.ts";
import { createConfigFinder } from "../host/find-config.ts";
import { keptPrivateBy } from "../host/git-ignore.ts";
import { createLinter } from "../host/linter.ts";
import { parserBinaries } from "../host/parser-binaries.ts";
import { folderOf } from "../host/paths.ts";
import { readSpending, spendingRecord, writeSpending } from "../host/spending-record.ts";
import type { AuditAnswer, AuditPlan } from "../protocol/audit.ts";
import { rules } from "../rules/registry.gen.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax, type Syntax } from "../syntax/source-file.ts";
import type { FromAuditWorker, ToAuditWorker } from "./audit-messages.ts";
import { createRelayedFetch } from "./relayed-fetch.ts";

type PlanMessage = Extract<ToAuditWorker, { readonly kind: "plan" }>;

/** A plan that waits for consent, or runs. */
interface Planned {
  readonly message: PlanMessage;
  readonly engine: AuditEngine;
  readonly prompt: Prompt;
  readonly route: Extract<Route, { readonly level: 2 | 3 }>;
  readonly controller: AbortController;
}

/** Plans that nobody consented to are forgotten, the oldest first. */
const mostPlans = 10;
const idleMilliseconds = 120_000;

const post = (message: FromAuditWorker): void => parentPort?.postMessage(message);

/** Which plan a request of the client library belongs to: one audit runs at a time. */
let running = 0;
const relay = createRelayedFetch(
  (fetch, url, body) => post({ kind: "fetch", fetch, id: running, url, body }),
  (fetch) => post({ kind: "abort", fetch }),
);

const syntax: Promise<Syntax> = loadPythonParser(parserBinaries()).then(createSyntax);
const plans = new Map<number, Planned>();

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
  const prompt = buildPrompt(
    {
      task: asked.task,
      fileName: basename(file),
      text,
      focus: asked.focus ?? undefined,
      question: asked.question ?? undefined,
      engine: made,
      examined: made.examine(text),
    },
    randomBytes(8).toString("hex"),
  );
  const now = new Date().toISOString();
  const chosen = route({
    task: asked.task,
    prompt: prompt.system + prompt.user,
    hasLocalAnswer: false,
    forced: asked.level ?? undefined,
    models: modelTable(own.models),
    day: now.slice(0, 10),
    allowsSearch: asked.search,
  });
  if (chosen.level === "none" || chosen.level === 1) {
    if (chosen.level === 1)
      ledgerFor(message).note({ at: now, level: 1, task: asked.task, usd: 0, isUpperBound: false });
    return { kind: "none", why: chosen.why };
  }
  const keptBy = keptPrivateBy(file);
  if (keptBy !== undefined)
    return { kind: "none", why: `${keptBy} excludes this file: it is not sent anywhere` };
  plans.set(message.id, { message, engine: made, prompt, route: chosen, controller: new AbortController() });
  for (const oldest of plans.keys()) {
    if (plans.size <= mostPlans) break;
    plans.delete(oldest);
  }
  return {
    kind: "plan",
    id: message.id,
    host: new URL(asked.baseUrl).host,
    model: chosen.model.id,
    level: chosen.level,
    why: chosen.why,
    mostUsd: chosen.mostUsd,
    text: `${prompt.system}\n\n${prompt.user}`,
    removed: [...prompt.removed].map(([what, count]) => ({ what, count })),
  };
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
  if (running !== 0)
    return {
      kind: "problem",
      problem: "too-many-requests",
      message: "Another audit is running. Wait for it, or cancel it.",
    };
  running = id;
  active = planned.controller;
  const { message, engine, prompt, controller } = planned;
  try {
    const { report } = await runAudit({
      task: message.asked.task,
      file: basename(message.file),
      prompt,
      route: planned.route,
      // The client of the editor puts the key in.
      provider: createGeminiProvider({
        apiKey: "held-by-the-editor",
        baseUrl: message.asked.baseUrl,
        fetch: relay.fetch,
        idleMilliseconds,
      }),
      engine,
      ledger: ledgerFor(message),
      now: new Date().toISOString(),
      signal: controller.signal,
      sleep,
      onPhase: (phase, detail) => post({ kind: "progress", id, phase, detail }),
      onEvent: (event) => {
        if (event.kind === "thought")
          post({ kind: "progress", id, phase: "thinking", detail: firstLine(event.text) });
      },
    });
    return {
      kind: "report",
      markdown: renderAudit(report),
      json: JSON.stringify(report),
      changes: changesOf(report, message.text),
      spentUsd: report.spentUsd,
    };
  } catch (error) {
    if (error instanceof AuditProblem)
      return { kind: "problem", problem: error.kind, message: error.message };
    return {
      kind: "problem",
      problem: "server-error",
      message: error instanceof Error ? error.message : String(error),
    };
  } finally {
    running = 0;
    active = undefined;
  }
}

let active: AbortController | undefined;

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").replaceAll("*", "").slice(0, 100);

/**
 * What can be offered, applied to the file as the user has it: what was sent lacks its secrets. A change of lines that
 * held some cannot be applied and is not offered.
 */
function changesOf(
  { recommendations, criticalBugs }: AuditReport,
  text: string,
): Extract<AuditAnswer, { readonly kind: "report" }>["changes"] {
  const all = [
    ...criticalBugs.map(({ what, verdict, edits }) => ({ title: what, verdict, edits })),
    ...recommendations.map(({ title, verdict, edits }) => ({ title, verdict, edits })),
  ];
  return all.flatMap(({ title, verdict, edits }) => {
    const applied = applyTextEdits(text, edits);
    const isOffered = verdict.kind === "holds" || verdict.kind === "unproven";
    return isOffered && applied.kind === "applied"
      ? [{ title: visibleText(title), says: verdictText(verdict), text: applied.text }]
      : [];
  });
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
    default:
      relay.take(message);
  }
});
