import { execFile } from "node:child_process";

/** Runs git in a folder; nothing is ever given to a shell. */
export interface Git {
  /** What it wrote, without the last line break; `undefined` when it failed. */
  run(...args: readonly string[]): Promise<string | undefined>;
}

const timeout = 300_000;
/** What git and what its configuration may start have no use for. */
const secret = /^INPUT_|TOKEN|KEY$|SECRET|PASSWORD|WEBHOOK/i;

/**
 * @param token lets a fetch of a private repository pass where the checkout kept no credentials. It goes through the
 * environment, is bound to the server, and replaces what the checkout may have kept.
 */
export function createGit(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
): Git {
  const server = environment["GITHUB_SERVER_URL"] ?? "https://github.com";
  const header = `http.${server}/.extraheader`;
  const basic = token === undefined ? "" : Buffer.from(`x-access-token:${token}`).toString("base64");
  const credentials =
    token === undefined || !server.startsWith("https://")
      ? {}
      : {
          GIT_CONFIG_COUNT: "2",
          GIT_CONFIG_KEY_0: header,
          GIT_CONFIG_VALUE_0: "",
          GIT_CONFIG_KEY_1: header,
          GIT_CONFIG_VALUE_1: `AUTHORIZATION: basic ${basic}`,
        };
  const safe = Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.test(name)));
  const hardened = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "core.fsmonitor=false",
  ];
  return {
    run: (...args) =>
      new Promise((resolve) => {
        execFile(
          "git",
          [...hardened, ...args],
          {
            cwd: folder,
            env: {
              ...safe,
              ...credentials,
              GIT_TERMINAL_PROMPT: "0",
              GIT_NO_LAZY_FETCH: "1",
              LC_ALL: "C",
            },
            timeout,
            maxBuffer: 2 ** 24,
            windowsHide: true,
          },
          (error, stdout) => resolve(error === null ? stdout.replace(/\n$/, "") : undefined),
        );
      }),
  };
}
