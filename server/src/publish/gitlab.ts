import * as z from "zod";
import { safeAddress } from "./address.ts";
import { exchange, type Failure, failure, isFailure, persistently, type Wire } from "./exchange.ts";
import { type CommentDone, commentMarker } from "./github-comment.ts";
import { readAnswer } from "./read-answer.ts";

/** A merge request and who writes to it, from the variables of GitLab CI. */
export interface GitLabAccess {
  readonly apiUrl: string;
  readonly project: string;
  readonly mergeRequest: number;
  readonly token: string;
}

const noteSchema = z.object({
  id: z.int(),
  body: z.string(),
  system: z.boolean().optional(),
  author: z.object({ id: z.int() }),
});

const service = "GitLab";
const pageSize = 100;
const mostPages = 50;

/** `undefined` with the reason when this is no merge request or there is no token: `CI_JOB_TOKEN` cannot write notes. */
export function gitlabAccess(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly kind: "access"; readonly access: GitLabAccess } | Failure {
  const token = environment["GITLAB_TOKEN"];
  const iid = environment["CI_MERGE_REQUEST_IID"];
  const project = environment["CI_PROJECT_ID"];
  const apiUrl = safeAddress(environment["CI_API_V4_URL"] ?? "");
  if (iid === undefined || project === undefined)
    return failure("This is no pipeline of a merge request: CI_MERGE_REQUEST_IID is not set.");
  if (!/^\d+$/.test(iid) || !/^\d+$/.test(project))
    return failure("CI_MERGE_REQUEST_IID and CI_PROJECT_ID must be numbers.");
  if (apiUrl === undefined) return failure("CI_API_V4_URL holds no https address.");
  if (token === undefined || token === "")
    return failure("A note needs GITLAB_TOKEN, a project access token with the scope `api`.");
  return { kind: "access", access: { apiUrl, project, mergeRequest: Number(iid), token } };
}

/** One note for each key, written over in place; ours by the marker and by its author. */
export const publishNote = (
  access: GitLabAccess,
  request: { readonly key: string; readonly body: string; readonly mayCreate: boolean },
  wire: Wire,
): Promise<CommentDone | Failure> => persistently(() => publishOnce(access, request, wire), wire);

async function publishOnce(
  access: GitLabAccess,
  { key, body, mayCreate }: { readonly key: string; readonly body: string; readonly mayCreate: boolean },
  wire: Wire,
): Promise<CommentDone | Failure> {
  const marker = commentMarker(key);
  const text = `${marker}\n${body}`;
  const notes = `${access.apiUrl}/projects/${access.project}/merge_requests/${access.mergeRequest}/notes`;
  const me = await ask(z.object({ id: z.int() }), access, "GET", `${access.apiUrl}/user`, undefined, wire);
  if (isFailure(me)) return me;
  for (let page = 1; page <= mostPages; page++) {
    const listed = await ask(
      z.array(noteSchema),
      access,
      "GET",
      `${notes}?per_page=${pageSize}&page=${page}&sort=asc`,
      undefined,
      wire,
    );
    if (isFailure(listed)) return listed;
    const own = listed.value.find((note) => note.author.id === me.value.id && note.body.startsWith(marker));
    if (own !== undefined) {
      if (own.body === text) return { kind: "unchanged", url: undefined };
      const changed = await ask(noteSchema, access, "PUT", `${notes}/${own.id}`, { body: text }, wire);
      return isFailure(changed) ? changed : { kind: "updated", url: undefined };
    }
    if (listed.value.length < pageSize) break;
  }
  if (!mayCreate) return { kind: "none", url: undefined };
  const made = await ask(noteSchema, access, "POST", notes, { body: text }, wire);
  return isFailure(made) ? made : { kind: "created", url: undefined };
}

async function ask<T>(
  schema: z.ZodType<T>,
  { token }: GitLabAccess,
  method: "GET" | "POST" | "PUT",
  url: string,
  body: unknown,
  wire: Wire,
): Promise<{ readonly kind: "read"; readonly value: T } | Failure> {
  const headers = { "private-token": token, "user-agent": "ecocompute" };
  const answer = await exchange(
    { service, method, url, headers, ...(body === undefined ? {} : { body }) },
    wire,
  );
  return readAnswer(service, schema, answer);
}
