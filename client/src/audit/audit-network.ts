import type {
  AuditAbort,
  AuditBody,
  AuditFetchAnswer,
  AuditFetchParams,
  AuditProvider,
} from "../../../server/src/protocol/audit.ts";
import type { Authorization } from "./authorization.ts";

/** The network, for audits that were consented to and for nothing else. */
export interface AuditNetwork {
  /** From now on requests of this plan to this host may leave. */
  allow(plan: number, host: string, provider: AuditProvider): void;
  /** The audit is over: nothing more may leave, and what is under way is stopped. */
  end(plan: number): void;
  fetch(params: AuditFetchParams): Promise<AuditFetchAnswer>;
  abort(params: AuditAbort): void;
}

/** @param send tells the server the next piece of a body. */
export function createAuditNetwork(authorize: Authorization, send: (piece: AuditBody) => void): AuditNetwork {
  const allowed = new Map<number, { readonly host: string; readonly provider: AuditProvider }>();
  const open = new Map<number, { readonly plan: number; readonly controller: AbortController }>();

  const readBody = async (fetch: number, response: Response): Promise<void> => {
    const decoder = new TextDecoder();
    try {
      // Pieces may end within a character.
      for await (const bytes of response.body ?? [])
        send({ fetch, text: decoder.decode(bytes, { stream: true }) });
      const rest = decoder.decode();
      if (rest !== "") send({ fetch, text: rest });
      send({ fetch });
    } catch {
      send({ fetch, isBroken: true });
    } finally {
      open.delete(fetch);
    }
  };

  return {
    allow: (plan, host, provider) => void allowed.set(plan, { host, provider }),
    end(plan) {
      allowed.delete(plan);
      for (const each of open.values()) if (each.plan === plan) each.controller.abort();
    },
    async fetch({ fetch, id, url, body }) {
      const plan = allowed.get(id);
      if (plan === undefined || new URL(url).host !== plan.host) return { kind: "failed" };
      const controller = new AbortController();
      open.set(fetch, { plan: id, controller });
      try {
        const authorized = await authorize(plan.provider);
        if (authorized.kind === "failed" || controller.signal.aborted) {
          open.delete(fetch);
          return authorized.kind === "failed" ? authorized : { kind: "failed" };
        }
        // The editor's own: it knows the proxy.
        const response = await globalThis.fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...authorized.headers },
          body,
          redirect: "error",
          signal: controller.signal,
        });
        // Read behind the answer, which has to be there first.
        setTimeout(() => void readBody(fetch, response), 0);
        return {
          kind: "head",
          status: response.status,
          contentType: response.headers.get("content-type") ?? "application/json",
        };
      } catch {
        open.delete(fetch);
        return { kind: "failed" };
      }
    },
    abort({ fetch }) {
      open.get(fetch)?.controller.abort();
      open.delete(fetch);
    },
  };
}
