import { noCredentials } from "../audit/gemini-problem.ts";
import { createGeminiProvider } from "../audit/gemini-provider.ts";
import type { Provider } from "../audit/provider.ts";
import { addressOf, type Service } from "../audit/service.ts";
import { type ApplicationDefault, createApplicationDefault } from "../credentials/application-default.ts";
import { proxiedFetch } from "./proxied-fetch.ts";

export interface AccessFlags {
  readonly baseUrl: string;
  readonly vertexProject?: string;
  readonly vertexLocation: string;
}

export type Access =
  | { readonly kind: "access"; readonly provider: Provider }
  | { readonly kind: "none"; readonly why: string };

const idleMilliseconds = 120_000;

type Fetch = typeof globalThis.fetch;

export const serviceOf = ({ vertexProject, vertexLocation }: AccessFlags): Service =>
  vertexProject === undefined
    ? { kind: "gemini" }
    : { kind: "vertex", project: vertexProject, location: vertexLocation };

/** Who is asked, and as whom: a key of the environment, or the credentials of Google Cloud. Nothing is asked yet. */
export function accessOf(flags: AccessFlags, environment: NodeJS.ProcessEnv): Access {
  const service = serviceOf(flags);
  const fetch = proxiedFetch(environment);
  const settings = { service, baseUrl: addressOf(service, flags.baseUrl), idleMilliseconds };
  if (service.kind === "vertex") {
    const authorized = withCredentials(fetch, createApplicationDefault(fetch));
    return {
      kind: "access",
      provider: createGeminiProvider({ ...settings, apiKey: "none", fetch: authorized }),
    };
  }
  const apiKey = environment["GEMINI_API_KEY"] ?? environment["GOOGLE_API_KEY"];
  return apiKey === undefined || apiKey === ""
    ? {
        kind: "none",
        why: "An audit by Gemini needs a key: set GEMINI_API_KEY, or name a project of Google Cloud by --vertex-project. `--level 1` works without.",
      }
    : { kind: "access", provider: createGeminiProvider({ ...settings, apiKey, fetch }) };
}

/** Credentials go to Google over a secured connection, or to this machine. */
const withCredentials =
  (ask: Fetch, credentials: ApplicationDefault): Fetch =>
  async (input, init) => {
    const told = await credentials.headers().catch(() => {
      throw noCredentials();
    });
    const headers = new Headers(init?.headers);
    headers.delete("x-goog-api-key");
    for (const [name, value] of Object.entries(told)) headers.set(name, value);
    return ask(input, { ...init, headers });
  };
