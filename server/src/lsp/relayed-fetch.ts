import { noCredentials } from "../audit/gemini-problem.ts";
import type { ToAuditWorker } from "./audit-messages.ts";

type Arrived = Extract<ToAuditWorker, { readonly kind: "head" | "unreachable" | "body" }>;

/** `fetch` by somebody else: requests go out as messages, and what arrives is handed in. */
export interface RelayedFetch {
  readonly fetch: typeof globalThis.fetch;
  take(message: Arrived): void;
}

interface Open {
  head(response: Response): void;
  fail(error: Error): void;
  body: ReadableStreamDefaultController<Uint8Array> | undefined;
}

/** @param send asks for a request. @param abort asks to stop one. */
export function createRelayedFetch(
  send: (fetch: number, url: string, body: string) => void,
  abort: (fetch: number) => void,
): RelayedFetch {
  const open = new Map<number, Open>();
  const encoder = new TextEncoder();
  let last = 0;

  const begin = (url: string, body: string, signal: AbortSignal | null | undefined): Promise<Response> =>
    new Promise((resolve, reject) => {
      const fetch = ++last;
      const entry: Open = { head: resolve, fail: reject, body: undefined };
      open.set(fetch, entry);
      const stop = (): void => {
        if (!open.delete(fetch)) return;
        abort(fetch);
        const error = new DOMException("This operation was aborted", "AbortError");
        entry.fail(error);
        entry.body?.error(error);
      };
      if (signal?.aborted === true) return stop();
      signal?.addEventListener("abort", stop, { once: true });
      send(fetch, url, body);
    });

  return {
    fetch: (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return begin(url, typeof init?.body === "string" ? init.body : "", init?.signal);
    },
    take(message) {
      const entry = open.get(message.fetch);
      if (entry === undefined) return;
      if (message.kind === "unreachable") {
        open.delete(message.fetch);
        entry.fail(message.why === "no-credentials" ? noCredentials() : new TypeError("fetch failed"));
      } else if (message.kind === "head") {
        const stream = new ReadableStream<Uint8Array>({
          start: (controller) => {
            entry.body = controller;
          },
        });
        entry.head(
          new Response(stream, { status: message.status, headers: { "content-type": message.contentType } }),
        );
      } else if (message.text !== undefined) {
        entry.body?.enqueue(encoder.encode(message.text));
      } else {
        open.delete(message.fetch);
        if (message.isBroken === true) entry.body?.error(new TypeError("terminated"));
        else entry.body?.close();
      }
    },
  };
}
