import type { Content, GenerateContentConfig } from "@google/genai";
import { AuditProblem, type ProblemKind, type Used } from "./audit-event.ts";
import { problemOf } from "./gemini-problem.ts";
import type { Provider, Turn, TurnRequest } from "./provider.ts";
import { createStreamReader, type StreamReader } from "./stream-reader.ts";

export interface GeminiSettings {
  readonly apiKey: string;
  /** A private gateway in place of Google's address. */
  readonly baseUrl: string;
  /** The program's own, so that proxies of the editor are used and connections are kept. */
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds without a sign of life after which a stream counts as dead. */
  readonly idleMilliseconds: number;
}

export const googleBaseUrl = "https://generativelanguage.googleapis.com";

/** Gemini through the Developer API. The client is loaded at the first request. */
export function createGeminiProvider(settings: GeminiSettings): Provider {
  const client = once(async () => {
    const { GoogleGenAI } = await import("@google/genai/web");
    // Key and address are always given: the client would take others from the environment.
    return new GoogleGenAI({
      apiKey: settings.apiKey,
      apiVersion: "v1beta",
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
          model: request.model.id,
          contents: [...request.contents],
          config: configOf(request, watch.signal),
        });
        isAnswered = true;
        for await (const chunk of stream) {
          watch.alive();
          reader.read(chunk);
        }
        return turnOf(reader);
      } catch (error) {
        const problem = problemOf(error, {
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
  };
}

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

function configOf(request: TurnRequest, signal: AbortSignal): GenerateContentConfig {
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
    thinkingConfig: { includeThoughts: schema === undefined, ...thinkingOf(model) },
    ...(tools.length > 0 && { tools }),
    ...(isMixed && {
      toolConfig: {
        includeServerSideToolInvocations: true,
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
