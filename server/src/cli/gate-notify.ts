import type { GateResult } from "../gate/gate-result.ts";
import { renderMarkdown } from "../gate/render-markdown.ts";
import { renderSlack } from "../gate/render-slack.ts";
import { isWorthTelling } from "../gate/verdict-text.ts";
import { ciLinks, pullOf } from "../publish/ci-links.ts";
import { type Failure, failure, isFailure, type Wire } from "../publish/exchange.ts";
import { gitHubAccess } from "../publish/github-access.ts";
import { publishComment } from "../publish/github-comment.ts";
import { gitlabAccess, publishNote } from "../publish/gitlab.ts";
import { slackWebhook } from "../publish/slack-address.ts";
import { postToWebhook } from "../publish/webhook.ts";

export const places = ["slack", "webhook", "github", "gitlab"] as const;
export type Place = (typeof places)[number];

type Environment = Readonly<Record<string, string | undefined>>;

const wire: Wire = {
  fetch: globalThis.fetch,
  sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  timeoutMilliseconds: 30_000,
};

/**
 * Tells each place what a gate found, where something changes. What fails is a warning: the verdict and the exit code
 * stay.
 */
export async function notify(
  result: GateResult,
  named: readonly Place[],
  environment: Environment,
  warn: (message: string) => void,
): Promise<void> {
  for (const place of new Set(named)) {
    const done = await tell[place](result, environment);
    if (isFailure(done)) warn(`Nothing was told to ${place}: ${done.message} The verdict stands.`);
  }
}

type Tell = (result: GateResult, environment: Environment) => Promise<{ readonly kind: string } | Failure>;

const nothingToTell = { kind: "none" } as const;
const key = "default";

const tell: Readonly<Record<Place, Tell>> = {
  async slack(result, environment) {
    const webhook = slackWebhook(environment);
    if (webhook === undefined)
      return failure("ECOCOMPUTE_SLACK_WEBHOOK_URL or SLACK_WEBHOOK_URL must hold its address.");
    if (!isWorthTelling(result)) return nothingToTell;
    const links = ciLinks(environment, pullOf(environment["GITHUB_REF"]));
    return postToWebhook(webhook, renderSlack(result, links), wire);
  },
  async webhook(result, environment) {
    const variable = "ECOCOMPUTE_WEBHOOK_URL";
    const address = environment[variable];
    if (address === undefined || address === "") return failure(`${variable} must hold its address.`);
    if (!isWorthTelling(result)) return nothingToTell;
    return postToWebhook({ name: "The webhook", variable, address }, result, wire);
  },
  async github(result, environment) {
    const access = gitHubAccess(environment["GITHUB_TOKEN"], environment);
    const pull = pullOf(environment["GITHUB_REF"]);
    if (access === undefined) return failure("GITHUB_TOKEN and GITHUB_REPOSITORY must be set.");
    if (pull === undefined) return failure("GITHUB_REF is not that of a pull request.");
    const body = renderMarkdown(result);
    return publishComment(
      access,
      { pull, key, body, mayCreate: isWorthTelling(result), author: undefined },
      wire,
    );
  },
  async gitlab(result, environment) {
    const access = gitlabAccess(environment);
    if (isFailure(access)) return access;
    return publishNote(
      access.access,
      { key, body: renderMarkdown(result), mayCreate: isWorthTelling(result) },
      wire,
    );
  },
};
