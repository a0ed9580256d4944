import * as z from "zod";
import { AuditProblem } from "./audit-event.ts";
import { redact } from "./redact.ts";
import type { Service } from "./service.ts";

const details = z.array(z.looseObject({ "@type": z.string().optional() })).catch([]);
const body = z.looseObject({
  error: z.looseObject({
    code: z.number().optional(),
    message: z.string().catch(""),
    status: z.string().catch(""),
    details: details.optional(),
  }),
});

type ErrorBody = z.infer<typeof body>["error"];

const retryInfo = z.looseObject({ retryDelay: z.string().regex(/^\d+(?:\.\d+)?s$/) });
const quotaFailure = z.looseObject({ violations: z.array(z.looseObject({ quotaId: z.string() })) });

export interface Circumstances {
  readonly service: Service["kind"];
  readonly wasCancelled: boolean;
  readonly timedOut: boolean;
  /** The service had begun to answer. */
  readonly isAnswered: boolean;
}

/** A failure of the client or the service in our words. Nothing of the request is repeated: no key, code or path. */
export function problemOf(
  error: unknown,
  { service, wasCancelled, timedOut, isAnswered }: Circumstances,
): AuditProblem {
  if (error instanceof AuditProblem) return error;
  if (wasCancelled) return new AuditProblem("cancelled", "The audit was cancelled.");
  if (timedOut)
    return new AuditProblem(
      "timed-out",
      "Gemini did not answer in time. Try again, or choose a lower level.",
    );
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : "";
  const own = bodyOf(message);
  if (status !== undefined || own !== undefined) return ofStatus(status ?? own?.code ?? 0, own, service);
  if (message === "terminated" || (isAnswered && causeCode(error) !== undefined))
    return new AuditProblem("cut-off", "The connection broke while Gemini answered. Try again.");
  // The client trips over what it does not expect.
  if (isAnswered || error instanceof SyntaxError || /JSON/.test(message))
    return new AuditProblem("malformed", "The answer of Gemini could not be read. Try again.");
  return new AuditProblem(
    "no-network",
    "Gemini cannot be reached. Check the network, the proxy and the base URL of the settings. Everything else of EcoCompute works without it.",
  );
}

function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error ? Reflect.get(error, "status") : undefined;
  return typeof status === "number" ? status : undefined;
}

function causeCode(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? Reflect.get(cause, "code") : undefined;
}

/** Errors of streams hold their body as JSON in JSON, behind words of the client. */
function bodyOf(message: string, depth = 0): ErrorBody | undefined {
  const start = message.indexOf("{");
  if (start < 0 || depth > 2) return undefined;
  try {
    const read = body.safeParse(JSON.parse(message.slice(start)));
    if (!read.success) return undefined;
    return bodyOf(read.data.error.message, depth + 1) ?? read.data.error;
  } catch {
    return undefined;
  }
}

function ofStatus(status: number, own: ErrorBody | undefined, service: Service["kind"]): AuditProblem {
  switch (status) {
    case 400:
      return /API[ _]key/i.test(own?.message ?? "")
        ? wrongKey()
        : new AuditProblem(
            "bad-request",
            `Gemini refused the request: ${reason(own)} If you set a model of your own, check what it supports in the settings.`,
          );
    case 401:
      return service === "vertex" ? noCredentials() : wrongKey();
    case 402:
      return new AuditProblem(
        "no-credit",
        "The account of this key has no credit left. Add some, or use another key.",
      );
    case 403:
      return new AuditProblem(
        "no-permission",
        service === "vertex"
          ? "This account may not use the model: check that the Vertex AI API is enabled for the project, that the account has the role Vertex AI User, and that the model is offered in the location."
          : "This key may not use the model: check that the Gemini API is enabled for its project and not restricted by region.",
      );
    case 404:
      return new AuditProblem(
        "no-model",
        "The model does not exist any more, or not for this key. Choose another in the settings.",
      );
    case 408:
    case 504:
      return new AuditProblem(
        "timed-out",
        "Gemini did not answer in time. Try again, or choose a lower level.",
      );
    case 429:
      return tooMany(own);
    case 503:
      return new AuditProblem("overloaded", "Gemini is overloaded. Try again in a minute.", retryDelay(own));
    default:
      return new AuditProblem(
        "server-error",
        `Gemini failed (HTTP ${status}). Try again in a minute.`,
        retryDelay(own),
      );
  }
}

/** Of Google Cloud. */
export const noCredentials = (): AuditProblem =>
  new AuditProblem(
    "no-credentials",
    "No credentials of Google Cloud are found, or they are no longer valid. Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS.",
  );

const wrongKey = (): AuditProblem =>
  new AuditProblem(
    "wrong-key",
    "Gemini does not accept the key. Set another with `EcoCompute: Set Gemini API Key`, or in GEMINI_API_KEY.",
  );

function tooMany(own: ErrorBody | undefined): AuditProblem {
  const quotas = (own?.details ?? []).flatMap((detail) => {
    const failure = quotaFailure.safeParse(detail);
    return failure.success ? failure.data.violations.map(({ quotaId }) => quotaId) : [];
  });
  if (quotas.some((id) => /PerDay|Daily/i.test(id)) || /\b(?:per day|daily)\b/i.test(own?.message ?? ""))
    return new AuditProblem(
      "day-quota",
      "The quota of this key for today is used up. Try again tomorrow, or use another key.",
    );
  const wait = retryDelay(own);
  return new AuditProblem(
    "too-many-requests",
    wait === undefined
      ? "Too many requests for this key. Try again in a minute."
      : `Too many requests for this key. Try again in ${wait < 600 ? `${Math.ceil(wait)} s` : `${Math.ceil(wait / 60)} min`}.`,
    wait,
  );
}

function retryDelay(own: ErrorBody | undefined): number | undefined {
  for (const detail of own?.details ?? []) {
    const info = retryInfo.safeParse(detail);
    if (info.success) return Number.parseFloat(info.data.retryDelay);
  }
  return undefined;
}

/** The service's own sentence, which may quote the request: only its first words, and none that look like paths. */
function reason(own: ErrorBody | undefined): string {
  const sentence =
    (own?.message ?? "")
      .split(/[\n{[]/)[0]
      ?.slice(0, 200)
      .trim() ?? "";
  return sentence === "" || /[/\\]/.test(sentence)
    ? "it gave no reason that can be shown."
    : `\u201c${redact(sentence).text}\u201d`;
}
