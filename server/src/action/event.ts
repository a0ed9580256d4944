import * as z from "zod";

/** What happened in the repository, as far as a gate goes by it. */
export type Event =
  | PullEvent
  | { readonly kind: "merge-group"; readonly base: string; readonly head: string }
  | { readonly kind: "push"; readonly before: string }
  | { readonly kind: "workflow-run"; readonly head: string; readonly headRepository: string | null }
  /** Runs in the base with its secrets: analyzing a head there needs a checkout that must not be. */
  | { readonly kind: "privileged" }
  | { readonly kind: "other"; readonly name: string };

export interface PullEvent {
  readonly kind: "pull";
  readonly number: number;
  readonly base: string;
  readonly head: string;
  readonly labels: readonly string[];
  /** The head is in another repository: the token cannot write and there are no secrets. */
  readonly isFork: boolean;
}

const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

const pullPayload = z.object({
  pull_request: z.object({
    number: z.int().positive(),
    base: z.object({ sha, repo: z.object({ full_name: z.string() }) }),
    head: z.object({ sha, repo: z.object({ full_name: z.string() }).nullable() }),
    labels: z.array(z.object({ name: z.string() })).default([]),
  }),
});
const mergePayload = z.object({ merge_group: z.object({ base_sha: sha, head_sha: sha }) });
const pushPayload = z.object({ before: sha });
const workflowPayload = z.object({
  workflow_run: z.object({
    head_sha: sha,
    head_repository: z.object({ full_name: z.string() }).nullable(),
  }),
});

/** @throws ZodError when the payload is not what GitHub documents for the event. */
export function readEvent(name: string, payload: unknown): Event {
  switch (name) {
    case "pull_request": {
      const { pull_request: pull } = pullPayload.parse(payload);
      return {
        kind: "pull",
        number: pull.number,
        base: pull.base.sha,
        head: pull.head.sha,
        labels: pull.labels.map((label) => label.name),
        isFork: pull.head.repo?.full_name !== pull.base.repo.full_name,
      };
    }
    case "merge_group": {
      const { merge_group: group } = mergePayload.parse(payload);
      return { kind: "merge-group", base: group.base_sha, head: group.head_sha };
    }
    case "push":
      return { kind: "push", before: pushPayload.parse(payload).before };
    case "workflow_run": {
      const { workflow_run: run } = workflowPayload.parse(payload);
      return {
        kind: "workflow-run",
        head: run.head_sha,
        headRepository: run.head_repository?.full_name ?? null,
      };
    }
    case "pull_request_target":
      return { kind: "privileged" };
    default:
      return { kind: "other", name };
  }
}
