import type { AuditFetchAnswer, AuditProvider } from "../../../server/src/protocol/audit.ts";
import type { ApiKey } from "./api-key.ts";

/** What says who asks: put into the header of a request that the user consented to, and nowhere else. */
export type Authorization = (
  provider: AuditProvider,
) => Promise<
  | { readonly kind: "headers"; readonly headers: Readonly<Record<string, string>> }
  | Extract<AuditFetchAnswer, { readonly kind: "failed" }>
>;

export interface AuthorizationParts {
  readonly key: Pick<ApiKey, "get">;
  /** Of Google Cloud. @throws when there are none */
  readonly credentials: { headers(): Promise<Readonly<Record<string, string>>> };
}

export const createAuthorization =
  ({ key, credentials }: AuthorizationParts): Authorization =>
  async (provider) => {
    switch (provider.kind) {
      case "gemini":
        return { kind: "headers", headers: { "x-goog-api-key": (await key.get()) ?? "" } };
      case "vertex":
        try {
          return { kind: "headers", headers: await credentials.headers() };
        } catch {
          return { kind: "failed", why: "no-credentials" };
        }
      case "editor":
        return { kind: "failed" };
    }
  };
