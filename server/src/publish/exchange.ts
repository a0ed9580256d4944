import { shortened, visibleLine } from "../report/escape.ts";

/** What publishing needs of the machine; tests give their own. */
export interface Wire {
  readonly fetch: typeof globalThis.fetch;
  readonly sleep: (seconds: number) => Promise<void>;
  /** For each attempt, the body included. */
  readonly timeoutMilliseconds: number;
}

export interface Request {
  /** Who is asked, in words for people: the address may hold a secret. */
  readonly service: string;
  readonly method: "GET" | "POST" | "PATCH" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Why nothing was published: a warning for people, never the end of a run. */
export interface Failure {
  readonly kind: "failure";
  readonly message: string;
  readonly status: number | undefined;
  /** It may pass when it is tried again. */
  readonly isPassing: boolean;
  /** Seconds that the service asks to wait. */
  readonly retryAfter: number | undefined;
}

const attempts = 3;
/** Seconds. A build does not wait longer for a message. */
const longestWait = 60;
const mostBytes = 16 * 2 ** 20;

/** Waits 1 s, then 4 s, or as long as the service asks, and tries again what may pass. */
export async function persistently<T extends { readonly kind: string }>(
  attempt: () => Promise<T | Failure>,
  { sleep }: Wire,
): Promise<T | Failure> {
  for (let i = 1; ; i++) {
    const result = await attempt();
    if (!isFailure(result) || !result.isPassing || i === attempts) return result;
    const wait = result.retryAfter ?? 4 ** (i - 1);
    if (wait > longestWait) return result;
    await sleep(wait);
  }
}

export const isFailure = (result: { readonly kind: string }): result is Failure => result.kind === "failure";

/** One attempt. An answer that is no 2xx is a failure; redirects are not followed, since a token would go along. */
export async function exchange(request: Request, wire: Wire): Promise<Answer | Failure> {
  const { service, method, url, headers, body } = request;
  try {
    const response = await wire.fetch(url, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(wire.timeoutMilliseconds),
    });
    const text = await textOf(response);
    if (response.ok) return { kind: "answer", status: response.status, headers: response.headers, text };
    return refusal(service, response, text);
  } catch (error) {
    return failure(`${service} ${faultOf(error)}.`, { isPassing: true });
  }
}

export const failure = (
  message: string,
  more: Partial<Pick<Failure, "status" | "isPassing" | "retryAfter">> = {},
): Failure => ({
  kind: "failure",
  message,
  status: more.status,
  isPassing: more.isPassing ?? false,
  retryAfter: more.retryAfter,
});

async function textOf(response: Response): Promise<string> {
  if (response.body === null) return "";
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body) {
    size += piece.byteLength;
    if (size > mostBytes) throw new RangeError("too large");
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}

function refusal(service: string, { status, headers }: Response, text: string): Failure {
  const isLimited =
    status === 429 ||
    (status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0"));
  return failure(`${service} answered ${status}${reasonOf(text)}.`, {
    status,
    isPassing: isLimited || status >= 500 || status === 408,
    retryAfter: secondsOf(headers.get("retry-after")),
  });
}

function secondsOf(header: string | null): number | undefined {
  const seconds = header === null || header.trim() === "" ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** The service's own words, which are no more trusted than any text. */
function reasonOf(text: string): string {
  let said = text;
  try {
    const held: unknown = JSON.parse(text);
    if (typeof held === "object" && held !== null && "message" in held) said = String(held.message);
  } catch {
    if (/^\s*</.test(text)) said = "";
  }
  const line = shortened(visibleLine(said.trim()), 160).replace(/\.$/, "");
  return line === "" ? "" : `: ${line}`;
}

/** Without the address: a webhook's address is its secret. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return "could not be asked";
  if (error.name === "TimeoutError") return "did not answer in time";
  if (error instanceof RangeError) return "answered with more than is read";
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return `could not be reached${code !== undefined && /^[A-Z_]+$/.test(code) ? ` (${code})` : ""}`;
}
