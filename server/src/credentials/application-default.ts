/** Headers that say who asks, for one request. */
export type RequestHeaders = Readonly<Record<string, string>>;

/**
 * Application default credentials of Google Cloud: the file that GOOGLE_APPLICATION_CREDENTIALS names (service accounts,
 * workload identity federation), what `gcloud auth application-default login` left, or the metadata server of the machine.
 */
export interface ApplicationDefault {
  /** A token, fresh enough, and the project that is billed. @throws NoCredentials */
  headers(): Promise<RequestHeaders>;
}

/** Nothing that could authorize a request was found, or it is no longer accepted. Says nothing of what was tried. */
export class NoCredentials extends Error {
  constructor() {
    super("no credentials of Google Cloud");
    this.name = "NoCredentials";
  }
}

type Fetch = typeof globalThis.fetch;

const scope = "https://www.googleapis.com/auth/cloud-platform";

/**
 * The library is loaded at the first request, and tokens are kept until they end.
 * @param fetch the program's own, so that tokens are asked for through its proxy.
 */
export function createApplicationDefault(fetch: Fetch): ApplicationDefault {
  const load = async () => {
    const { GoogleAuth } = await import("google-auth-library");
    const transporterOptions = { fetchImplementation: fetch };
    return new GoogleAuth({ scopes: [scope], clientOptions: { transporterOptions } });
  };
  let loading: ReturnType<typeof load> | undefined;
  return {
    async headers() {
      loading ??= load();
      try {
        const headers = await (await loading).getRequestHeaders();
        return Object.fromEntries(headers.entries());
      } catch {
        // Looked for anew the next time: the person may have logged in.
        loading = undefined;
        throw new NoCredentials();
      }
    },
  };
}
