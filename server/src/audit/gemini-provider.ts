import type { Content, GenerateContentConfig } from "@google/genai";
import { AuditProblem, type ProblemKind, type Used } from "./audit-event.ts";
import type { GeminiModel } from "./gemini-models.ts";
import { problemOf } from "./gemini-problem.ts";
import type { Provider, Turn, TurnRequest } from "./provider.ts";
import { modelName, type Service } from "./service.ts";
import { createStreamReader, type StreamReader } from "./stream-reader.ts";

export interface GeminiSettings {
  readonly service?: Service;
  /** Whoever carries out the requests may put another in its place, or credentials. */
  readonly apiKey: string;
  /** Google's address, or a private gateway. */
  readonly baseUrl: string;
  /** The program's own, so that proxies of the editor are used and connections are kept. */
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds without a sign of life after which a stream counts as dead. */
  readonly idleMilliseconds: number;
}

/** Gemini by the client of Google, which is loaded at the first request. */
export function createGeminiProvider(settings: GeminiSettings): Provider & { test: ModelTest } {
  const { service = { kind: "gemini" } } = settings;
  const client = once(async () => {
    const { GoogleGenAI } = await import("@google/genai/web");
    // Key and address are always given: the client would take others from the environment.
    return new GoogleGenAI({
      apiKey: settings.apiKey,
      vertexai: service.kind === "vertex",
      apiVersion: service.kind === "vertex" ? "v1beta1" : "v1beta",
      httpOptions: {
        baseUrl: settings.baseUrl,
        fetch: (input: string | URL | Request, init?: RequestInit) => settings.fetch(input, init),
      },
    });
  });

  return {
    host: new URL(settings.baseUrl).host,
    async turn(request, onEvent, signal) {
      const reader = createStreamReader(onEvent);
      const watch = watchdog(settings.idleMilliseconds, signal);
      let isSent = false;
      let isAnswered = false;
      try {
        const { models } = await client();
        signal.throwIfAborted();
        isSent = true;
        const stream = await models.generateContentStream({
          model: modelName(service, request.model.id),
          contents: [...request.contents],
          config: configOf(request, service, watch.signal),
        });
        isAnswered = true;
        for await (const chunk of stream) {
          watch.alive();
          reader.read(chunk);
        }
        return turnOf(reader);
      } catch (error) {
        const problem = problemOf(error, {
          service: service.kind,
          wasCancelled: signal.aborted,
          timedOut: watch.isExpired(),
          isAnswered,
        });
        if (isSent && (reader.hasRead() || unsettled.has(problem.kind))) problem.used = usedOf(reader);
        throw problem;
      } finally {
        // Also closes the connection when we stop reading early.
        watch.end();
      }
    },
    async test(model, signal) {
      const watch = watchdog(settings.idleMilliseconds, signal);
      try {
        const { models } = await client();
        const config = { abortSignal: watch.signal };
        await models.countTokens({ model: modelName(service, model.id), contents: "Hello.", config });
      } catch (error) {
        throw problemOf(error, {
          service: service.kind,
          wasCancelled: signal.aborted,
          timedOut: watch.isExpired(),
          isAnswered: false,
        });
      } finally {
        watch.end();
      }
    },
  };
}

/** Counts a word by a model: nothing is billed, and what is wrong with a key shows. @throws AuditProblem */
export type ModelTest = (model: GeminiModel, signal: AbortSignal) => Promise<void>;

/** Failures that leave open whether the service worked, and bills for it. */
const unsettled: ReadonlySet<ProblemKind> = new Set(["cancelled", "timed-out", "cut-off", "malformed"]);

const usedOf = (reader: StreamReader): Used => ({
  usage: reader.usage(reader.hasEnded()),
  searches: reader.searches(),
  isWhole: reader.hasEnded(),
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function turnOf(reader: StreamReader): Turn {
  const finish = reader.finish();
  if (finish.kind === "problem") throw new AuditProblem(finish.problem, finish.message);
  const content: Content = { role: "model", parts: [...reader.parts] };
  return {
    finish: finish.finish,
    usage: reader.usage(true),
    searches: reader.searches(),
    text: reader.text(),
    content,
  };
}

function configOf(request: TurnRequest, service: Service, signal: AbortSignal): GenerateContentConfig {
  const { model, search, codeExecution, functions, schema } = request;
  const tools = [
    ...(search ? [{ googleSearch: {} }] : []),
    ...(codeExecution ? [{ codeExecution: {} }] : []),
    ...(functions.length > 0 ? [{ functionDeclarations: [...functions] }] : []),
  ];
  const isMixed = functions.length > 0 && (search || codeExecution);
  return {
    systemInstruction: request.system,
    maxOutputTokens: request.maxOutputTokens,
    abortSignal: signal,
    automaticFunctionCalling: { disable: true },
    thinkingConfig: { includeThoughts: schema === undefined || tools.length > 0, ...thinkingOf(model) },
    ...(tools.length > 0 && { tools }),
    ...(isMixed && {
      toolConfig: {
        ...(service.kind === "gemini" && { includeServerSideToolInvocations: true }),
        functionCallingConfig: { mode: "VALIDATED" as NonNullable<FunctionMode> },
      },
    }),
    ...(schema !== undefined && { responseMimeType: "application/json", responseJsonSchema: schema }),
  };
}

type FunctionMode = NonNullable<
  NonNullable<GenerateContentConfig["toolConfig"]>["functionCallingConfig"]
>["mode"];
type Thinking = NonNullable<GenerateContentConfig["thinkingConfig"]>;

const thinkingOf = ({ thinking }: TurnRequest["model"]): Thinking =>
  thinking.kind === "budget"
    ? { thinkingBudget: thinking.tokens }
    : { thinkingLevel: thinking.level as NonNullable<Thinking["thinkingLevel"]> };

/** Ends a request that the caller cancels or that shows no sign of life. */
function watchdog(idleMilliseconds: number, outer: AbortSignal) {
  const controller = new AbortController();
  let expired = false;
  const expire = (): void => {
    expired = true;
    controller.abort();
  };
  let timer = setTimeout(expire, idleMilliseconds);
  const cancel = (): void => controller.abort();
  outer.addEventListener("abort", cancel, { once: true });
  return {
    signal: controller.signal,
    isExpired: () => expired,
    alive(): void {
      clearTimeout(timer);
      timer = setTimeout(expire, idleMilliseconds);
    },
    end(): void {
      clearTimeout(timer);
      outer.removeEventListener("abort", cancel);
      controller.abort();
    },
  };
}
