import { resolve } from "node:path";
import type { GateResult } from "../gate/gate-result.ts";
import { renderMarkdown } from "../gate/render-markdown.ts";
import { isWorthTelling } from "../gate/verdict-text.ts";
import { isFailure } from "../publish/exchange.ts";
import { getPull } from "../publish/github.ts";
import { gitHubAccess } from "../publish/github-access.ts";
import { publishComment } from "../publish/github-comment.ts";
import type { Workflow } from "./action.ts";
import type { Event } from "./event.ts";
import type { Inputs } from "./inputs.ts";
import { readRunFile } from "./run-file.ts";

/**
 * Comments on a pull request of a fork, in a `workflow_run` job of the base: reads what the run of the fork left, and
 * nothing else of it. Which pull request that run was for is believed only when GitHub says that its head is the
 * commit and the repository of the run.
 */
export async function commentOnRun(
  report: string,
  inputs: Inputs,
  event: Event,
  { environment, runner, wire }: Workflow,
): Promise<void> {
  const refuse = (why: string): void => runner.warning(`There is no comment: ${why}`);
  if (inputs.comment === "never") return;
  if (event.kind !== "workflow-run") return refuse("the input `report` is for jobs on `workflow_run`.");
  const access = gitHubAccess(inputs.token, environment);
  if (access === undefined)
    return refuse("the input `token` is empty, or GITHUB_API_URL is no https address.");
  const read = readRunFile(resolve(environment["GITHUB_WORKSPACE"] ?? ".", report));
  if (read.kind === "problem") return refuse(read.message);
  const { run } = read;
  if (run.head !== event.head) return refuse("the report is of another commit than the run.");
  const pull = await getPull(access, run.pull, wire);
  if (isFailure(pull)) return refuse(pull.message);
  const { head, state } = pull.value;
  if (head.sha !== event.head || head.repo === null || head.repo.full_name !== event.headRepository)
    return refuse(`pull request ${run.pull} is not the one that the run was for, or has moved on.`);
  if (state !== "open") return refuse(`pull request ${run.pull} is closed.`);
  const done = await publishComment(
    access,
    {
      pull: run.pull,
      key: inputs.commentKey,
      author: inputs.commentAuthor,
      body: bodyOf(run.result),
      mayCreate: inputs.comment === "always" || (inputs.comment === "auto" && isWorthTelling(run.result)),
    },
    wire,
  );
  if (isFailure(done)) refuse(done.message);
  else if (done.url !== undefined) runner.output("comment_url", done.url);
}

const bodyOf = (result: GateResult): string =>
  `${renderMarkdown(result)}\nComputed in a run that the author of this change controls: look at that run before you trust the figures.\n`;
