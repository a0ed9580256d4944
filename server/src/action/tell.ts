import type { GateResult } from "../gate/gate-result.ts";
import { renderSlack } from "../gate/render-slack.ts";
import { isWorthTelling } from "../gate/verdict-text.ts";
import { ciLinks } from "../publish/ci-links.ts";
import { isFailure } from "../publish/exchange.ts";
import { gitHubAccess } from "../publish/github-access.ts";
import { publishComment } from "../publish/github-comment.ts";
import { slackWebhook } from "../publish/slack-address.ts";
import { postToWebhook } from "../publish/webhook.ts";
import type { Workflow } from "./action.ts";
import type { PullEvent } from "./event.ts";
import type { Inputs } from "./inputs.ts";

/** Comments on the pull request; where the token cannot, says who can. */
export async function tellPull(
  result: GateResult,
  markdown: string,
  pull: PullEvent,
  inputs: Inputs,
  { environment, runner, wire }: Workflow,
): Promise<void> {
  if (inputs.comment === "never") return;
  if (pull.isFork) {
    runner.log(
      "The change comes from a fork: its comment is left to a workflow_run job that reads run.json.",
    );
    return;
  }
  const access = gitHubAccess(inputs.token, environment);
  if (access === undefined) {
    runner.warning("There is no comment: the input `token` is empty, or GITHUB_API_URL is no https address.");
    return;
  }
  const mayCreate = inputs.comment === "always" || isWorthTelling(result);
  const { commentKey: key, commentAuthor: author } = inputs;
  const done = await publishComment(
    access,
    { pull: pull.number, key, author, body: markdown, mayCreate },
    wire,
  );
  if (!isFailure(done)) {
    if (done.url !== undefined) runner.output("comment_url", done.url);
    return;
  }
  const hint = done.status === 403 ? " The job needs `permissions: pull-requests: write`." : "";
  runner.warning(`There is no comment: ${done.message}${hint} The verdict stands.`);
}

/** By itself where nothing is blocked and somebody should know all the same. */
export async function tellSlack(
  result: GateResult,
  pull: PullEvent | undefined,
  inputs: Inputs,
  { environment, runner, wire }: Workflow,
): Promise<void> {
  const webhook = slackWebhook(environment);
  const isWanted =
    inputs.slack === "always" ||
    (inputs.slack === "auto" && result.mode === "audit" && isWorthTelling(result));
  if (webhook === undefined || !isWanted) return;
  const sent = await postToWebhook(webhook, renderSlack(result, ciLinks(environment, pull?.number)), wire);
  if (isFailure(sent)) runner.warning(`No message was sent: ${sent.message} The verdict stands.`);
}
