import { safeAddress } from "./address.ts";
import type { GitHubAccess } from "./github.ts";

/** `undefined` without a token, or where it would leave in the clear. */
export function gitHubAccess(
  token: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): GitHubAccess | undefined {
  const apiUrl = safeAddress(environment["GITHUB_API_URL"] ?? "https://api.github.com");
  const repository = environment["GITHUB_REPOSITORY"] ?? "";
  return token === undefined || token === "" || apiUrl === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository)
    ? undefined
    : { apiUrl, token, repository };
}
