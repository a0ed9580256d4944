import { Worker } from "node:worker_threads";
import type {
  AuditAnswer,
  AuditBody,
  AuditChatAnswer,
  AuditChatParams,
  AuditFetchAnswer,
  AuditFetchParams,
  AuditPlan,
  AuditProgress,
  AuditStep,
  AuditTestAnswer,
  AuditTestParams,
} from "../protocol/audit.ts";
import type { FromAuditWorker, ToAuditWorker } from "./audit-messages.ts";
import type { Log } from "./log.ts";

export type PlanRequest = Omit<Extract<ToAuditWorker, { readonly kind: "plan" }>, "kind" | "id">;

/** Audits in a thread of its own, started when the first one is planned: keystrokes never wait for one. */
export interface Audits {
  plan(request: PlanRequest): Promise<AuditPlan>;
  test(asked: AuditTestParams): Promise<AuditTestAnswer>;
  run(id: number, onCancel: (cancel: () => void) => void): Promise<AuditAnswer>;
  /** The next piece of a body that the client reads for us. */
  body(piece: AuditBody): void;
  dispose(): void;
}

export interface AuditOptions {
  readonly script: URL;
  readonly log: Log;
  fetch(params: AuditFetchParams): Promise<AuditFetchAnswer>;
  abort(fetch: number): void;
  chat(params: AuditChatParams): Promise<AuditChatAnswer>;
  progress(progress: AuditProgress): void;
  step(step: AuditStep): void;
}

const failure = "The audit failed by a fault of ours; the log says more. What was sent may have been billed.";
const died: Extract<AuditAnswer, { readonly kind: "problem" }> = {
  kind: "problem",
  problem: "server-error",
  message: failure,
};

export function createAudits({ script, log, fetch, abort, chat, progress, step }: AuditOptions): Audits {
  const plans = new Map<number, (plan: AuditPlan) => void>();
  const answers = new Map<number, (answer: AuditAnswer) => void>();
  const tests = new Map<number, (answer: AuditTestAnswer) => void>();
  let worker: Worker | undefined;
  let lastId = 0;

  const post = (message: ToAuditWorker): void => worker?.postMessage(message);

  const relay = (params: AuditFetchParams): void => {
    fetch(params)
      .catch((error: unknown): AuditFetchAnswer => {
        log.error("the client did not carry out a request of an audit", error);
        return { kind: "failed" };
      })
      .then((answer) => {
        if (answer.kind === "failed") post({ ...answer, kind: "unreachable", fetch: params.fetch });
        else
          post({ kind: "head", fetch: params.fetch, status: answer.status, contentType: answer.contentType });
      })
      .catch((error: unknown) => log.error("relaying a request failed", error));
  };

  const ask = (number: number, params: AuditChatParams): void => {
    chat(params)
      .catch((error: unknown): AuditChatAnswer => {
        log.error("the client did not ask its language model", error);
        return { kind: "failed", why: "failed" };
      })
      .then((answer) => post({ kind: "chat-answer", chat: number, answer }))
      .catch((error: unknown) => log.error("relaying a question failed", error));
  };

  const take = (message: FromAuditWorker): void => {
    switch (message.kind) {
      case "planned":
        plans.get(message.id)?.(message.plan);
        plans.delete(message.id);
        return;
      case "answered":
        answers.get(message.id)?.(message.answer);
        answers.delete(message.id);
        return;
      case "progress":
        progress({ id: message.id, phase: message.phase, detail: message.detail });
        return;
      case "step":
        step({ id: message.id, step: message.step });
        return;
      case "fetch":
        relay({ fetch: message.fetch, id: message.id, url: message.url, body: message.body });
        return;
      case "abort":
        abort(message.fetch);
        return;
      case "chat":
        ask(message.chat, message.params);
        return;
      case "tested":
        tests.get(message.id)?.(message.answer);
        tests.delete(message.id);
    }
  };

  const ensureWorker = (): void => {
    if (worker !== undefined) return;
    const made = new Worker(script);
    made.unref();
    made.on("message", take);
    made.on("error", (error) => log.error("the thread that audits failed", error));
    made.on("exit", () => {
      if (worker === made) worker = undefined;
      for (const resolve of plans.values()) resolve({ kind: "none", why: failure });
      for (const resolve of answers.values()) resolve(died);
      for (const resolve of tests.values()) resolve(died);
      tests.clear();
      plans.clear();
      answers.clear();
    });
    worker = made;
  };

  return {
    plan(request) {
      ensureWorker();
      const id = ++lastId;
      return new Promise((resolve) => {
        plans.set(id, resolve);
        post({ kind: "plan", id, ...request });
      });
    },
    test(asked) {
      ensureWorker();
      const id = ++lastId;
      return new Promise((resolve) => {
        tests.set(id, resolve);
        post({ kind: "test", id, asked });
      });
    },
    run(id, onCancel) {
      if (worker === undefined) return Promise.resolve(died);
      return new Promise((resolve) => {
        answers.set(id, resolve);
        onCancel(() => post({ kind: "cancel", id }));
        post({ kind: "run", id });
      });
    },
    body: (piece) => post({ kind: "body", ...piece }),
    dispose: () => void worker?.terminate(),
  };
}
