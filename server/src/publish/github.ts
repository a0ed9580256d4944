import * as z from "zod";
import { type Answer, exchange, type Failure, failure, isFailure, type Wire } from "./exchange.ts";
import { readAnswer } from "./read-answer.ts";

/** GitHub's REST API, as far as a comment needs it. */
export interface GitHubAccess {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name` */
  readonly repository: string;
}

const commentSchema = z.object({
  id: z.int(),
  body: z.string().nullish(),
  html_url: z.string().optional(),
  user: z.object({ login: z.string() }).nullable(),
});
export type GitHubComment = z.infer<typeof commentSchema>;

const pullSchema = z.object({
  number: z.int().positive(),
  state: z.string(),
  head: z.object({ sha: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
});
export type GitHubPull = z.infer<typeof pullSchema>;

/** A pull request with more comments than this is not read to its end. */
const mostPages = 50;
const pageSize = 100;
const service = "GitHub";

/** All comments of a pull request, the oldest first. */
export async function listComments(
  access: GitHubAccess,
  pull: number,
  wire: Wire,
): Promise<{ readonly kind: "comments"; readonly comments: readonly GitHubComment[] } | Failure> {
  const comments: GitHubComment[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const found = await readAnswer(
      service,
      z.array(commentSchema),
      await send(
        access,
        "GET",
        `/issues/${pull}/comments?per_page=${pageSize}&page=${page}`,
        undefined,
        wire,
      ),
    );
    if (isFailure(found)) return found;
    comments.push(...found.value);
    if (found.value.length < pageSize) return { kind: "comments", comments };
  }
  return failure(`The pull request has more than ${mostPages * pageSize} comments.`);
}

export const createComment = async (access: GitHubAccess, pull: number, body: string, wire: Wire) =>
  readAnswer(service, commentSchema, await send(access, "POST", `/issues/${pull}/comments`, { body }, wire));

export const updateComment = async (access: GitHubAccess, id: number, body: string, wire: Wire) =>
  readAnswer(service, commentSchema, await send(access, "PATCH", `/issues/comments/${id}`, { body }, wire));

export const getPull = async (access: GitHubAccess, pull: number, wire: Wire) =>
  readAnswer(service, pullSchema, await send(access, "GET", `/pulls/${pull}`, undefined, wire));

/** The account of the token; a failure for the token of a workflow, which has none. */
export const getLogin = async (access: GitHubAccess, wire: Wire) =>
  readAnswer(
    service,
    z.object({ login: z.string() }),
    await exchange({ ...requestTo(access, "GET"), url: `${access.apiUrl}/user` }, wire),
  );

const requestTo = ({ token }: GitHubAccess, method: "GET" | "POST" | "PATCH") => ({
  service,
  method,
  headers: {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${token}`,
    "user-agent": "ecocompute",
    "x-github-api-version": "2022-11-28",
  },
});

function send(
  access: GitHubAccess,
  method: "GET" | "POST" | "PATCH",
  path: string,
  body: unknown,
  wire: Wire,
): Promise<Answer | Failure> {
  const url = `${access.apiUrl}/repos/${access.repository}${path}`;
  return exchange({ ...requestTo(access, method), url, ...(body === undefined ? {} : { body }) }, wire);
}
