import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer of the server; the next request gets the next one. */
export type Answer = (request: GeminiRequest, response: ServerResponse) => void | Promise<void>;

export interface GeminiRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface LoopbackGemini {
  readonly url: string;
  readonly requests: readonly GeminiRequest[];
  /** Connections that were ever opened. */
  connections(): number;
  /** Resolves when a client closed its connection before the answer was whole. */
  readonly hungUp: Promise<void>;
  close(): Promise<void>;
}

/** A server on this machine in place of Gemini. Requests beyond the last answer get an HTTP 500. */
export async function startGemini(answers: readonly Answer[]): Promise<LoopbackGemini> {
  const requests: GeminiRequest[] = [];
  let connections = 0;
  let onHangUp = (): void => undefined;
  const hungUp = new Promise<void>((resolve) => {
    onHangUp = resolve;
  });
  const server = createServer(async (message, response) => {
    const request = { path: message.url ?? "", headers: message.headers, body: await bodyOf(message) };
    const answer = answers[requests.length];
    requests.push(request);
    response.on("close", () => {
      if (!response.writableFinished) onHangUp();
    });
    if (answer === undefined) response.writeHead(500).end("no answer is left");
    else await answer(request, response);
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    hungUp,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function bodyOf(message: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const piece of message) text += String(piece);
  return text === "" ? undefined : JSON.parse(text);
}

/** Events as the service sends them. */
export const events =
  (...chunks: readonly unknown[]): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`);
    response.end();
  };

/** A body as it was recorded. */
export const raw =
  (body: string): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end(body);
  };

/** A refusal. Errors of streams come as events as well. */
export const refusal =
  (
    status: number,
    message = "no",
    details: readonly unknown[] = [],
    headers: Readonly<Record<string, string>> = {},
  ): Answer =>
  (_, response) => {
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify({ error: { code: status, message, status: "SOME_STATUS", details } }));
  };

/** One event that holds a whole answer. */
export const says = (
  text: string,
  finishReason = "STOP",
  usage = { promptTokenCount: 100, candidatesTokenCount: 20, thoughtsTokenCount: 5 },
) => ({
  candidates: [{ content: { role: "model", parts: [{ text }] }, finishReason, index: 0 }],
  usageMetadata: usage,
});
