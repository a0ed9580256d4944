import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export type Responder = (request: HttpRequest, response: ServerResponse) => void;

export interface LoopbackHttp {
  readonly url: string;
  readonly requests: readonly HttpRequest[];
  close(): Promise<void>;
}

/** A server on this machine in place of a service. */
export async function startHttp(respond: Responder): Promise<LoopbackHttp> {
  const requests: HttpRequest[] = [];
  const server = createServer(async (message, response) => {
    let text = "";
    for await (const piece of message) text += String(piece);
    const request = {
      method: message.method ?? "",
      path: message.url ?? "",
      headers: message.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    requests.push(request);
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const json = (response: ServerResponse, status: number, value: unknown, headers = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
};

interface StoredComment {
  readonly id: number;
  readonly user: { readonly login: string };
  body: string;
  readonly html_url: string;
}

/** The part of GitHub's REST that a gate uses, for the repository `acme/models`. */
export interface FakeGitHub {
  readonly respond: Responder;
  readonly comments: StoredComment[];
}

/**
 * @param fail answers a request in GitHub's place where it returns true
 * @param pulls what `GET /pulls/N` answers
 */
export function fakeGitHub(
  comments: readonly (readonly [login: string, body: string])[] = [],
  {
    fail = () => false,
    pulls = {},
    login,
  }: {
    readonly fail?: (request: HttpRequest, response: ServerResponse, index: number) => boolean;
    readonly pulls?: Readonly<Record<string, unknown>>;
    readonly login?: string;
  } = {},
): FakeGitHub {
  const make = (author: string, body: string, index: number): StoredComment => ({
    id: 100 + index,
    user: { login: author },
    body,
    html_url: `https://github.com/acme/models/pull/7#issuecomment-${100 + index}`,
  });
  const stored = comments.map(([author, body], i) => make(author, body, i));
  let asked = 0;
  const respond: Responder = (request, response) => {
    if (fail(request, response, asked++)) return;
    const { method, path, body } = request;
    const [, number = ""] = /^\/repos\/acme\/models\/pulls\/(\d+)$/.exec(path) ?? [];
    const [, edited = ""] = /^\/repos\/acme\/models\/issues\/comments\/(\d+)$/.exec(path) ?? [];
    const query = /^\/repos\/acme\/models\/issues\/7\/comments\?per_page=(\d+)&page=(\d+)$/.exec(path);
    if (request.headers.authorization !== "Bearer the-token")
      json(response, 401, { message: "Bad credentials" });
    else if (path === "/user" && login !== undefined) json(response, 200, { login });
    else if (path === "/user") json(response, 403, { message: "Resource not accessible by integration" });
    else if (method === "GET" && number in pulls) json(response, 200, pulls[number]);
    else if (method === "GET" && query !== null) {
      const [, size = "", page = ""] = query;
      const start = Number(size) * (Number(page) - 1);
      json(response, 200, stored.slice(start, start + Number(size)));
    } else if (method === "POST" && path === "/repos/acme/models/issues/7/comments") {
      stored.push(make(login ?? "github-actions[bot]", textOf(body), stored.length));
      json(response, 201, stored.at(-1));
    } else if (method === "PATCH" && edited !== "") {
      const found = stored.find(({ id }) => String(id) === edited);
      if (found === undefined) json(response, 404, { message: "Not Found" });
      else {
        found.body = textOf(body);
        json(response, 200, found);
      }
    } else json(response, 404, { message: "Not Found" });
  };
  return { respond, comments: stored };
}

const textOf = (body: unknown): string =>
  typeof body === "object" && body !== null && "body" in body ? String(body.body) : "";
