/** What names a proxy. `NO_PROXY` is for the library to read. */
const variables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

type Fetch = typeof globalThis.fetch;

/** `fetch` through the proxy that the environment names, as other programs of a terminal do; Node's own knows none. */
export function proxiedFetch(environment: NodeJS.ProcessEnv): Fetch {
  if (variables.every((name) => (environment[name] ?? "") === ""))
    return (input, init) => globalThis.fetch(input, init);
  const load = async () => {
    const { EnvHttpProxyAgent, fetch } = await import("undici");
    const dispatcher = new EnvHttpProxyAgent();
    return (url: string, init: RequestInit | undefined) =>
      fetch(url, {
        method: init?.method ?? "GET",
        headers: [...new Headers(init?.headers)],
        body: typeof init?.body === "string" ? init.body : null,
        redirect: init?.redirect ?? "follow",
        signal: init?.signal ?? null,
        dispatcher,
      });
  };
  let loading: ReturnType<typeof load> | undefined;
  return async (input, init) => {
    loading ??= load();
    const ask = await loading;
    const { status, headers, body } = await ask(input instanceof Request ? input.url : String(input), init);
    return new Response(body, { status, headers: [...headers] });
  };
}
