import { type Failure, isFailure, persistently, type Wire } from "./exchange.ts";
import {
  createComment,
  type GitHubAccess,
  type GitHubComment,
  getLogin,
  listComments,
  updateComment,
} from "./github.ts";

export interface CommentRequest {
  readonly pull: number;
  /** Tells the comments of several gates of one pull request apart. */
  readonly key: string;
  /** Markdown. */
  readonly body: string;
  /** Without it a comment that is there is updated and none is made. */
  readonly mayCreate: boolean;
  /** Who writes the comments, where the token belongs to an app of one's own, such as `my-app[bot]`. */
  readonly author: string | undefined;
}

export interface CommentDone {
  readonly kind: "created" | "updated" | "unchanged" | "none";
  readonly url: string | undefined;
}

const workflowAuthor = "github-actions[bot]";
/** GitHub takes 65,536 characters. */
const mostCharacters = 65_000;

/** Invisible in the comment; what we find it by. */
export const commentMarker = (key: string): string =>
  `<!-- ecocompute-gate: ${key.replace(/[^\w./-]/g, "_").slice(0, 100)} -->`;

/**
 * One comment for each key, written over in place. A comment counts as ours by its author too: a marker can be
 * copied by anyone. Each attempt looks again, so that an answer that got lost does not lead to a second comment.
 */
export const publishComment = (
  access: GitHubAccess,
  request: CommentRequest,
  wire: Wire,
): Promise<CommentDone | Failure> => persistently(() => publishOnce(access, request, wire), wire);

async function publishOnce(
  access: GitHubAccess,
  { pull, key, body, mayCreate, author }: CommentRequest,
  wire: Wire,
): Promise<CommentDone | Failure> {
  const marker = commentMarker(key);
  const text = `${marker}\n${limited(body)}`;
  const listed = await listComments(access, pull, wire);
  if (isFailure(listed)) return listed;
  const marked = listed.comments.filter((comment) => comment.body?.startsWith(marker) === true);
  const own = await ownOf(marked, author, access, wire);
  if (own === undefined) {
    if (!mayCreate) return { kind: "none", url: undefined };
    const made = await createComment(access, pull, text, wire);
    return isFailure(made) ? made : { kind: "created", url: made.value.html_url };
  }
  if (own.body?.replaceAll("\r\n", "\n") === text) return { kind: "unchanged", url: own.html_url };
  const changed = await updateComment(access, own.id, text, wire);
  return isFailure(changed) ? changed : { kind: "updated", url: changed.value.html_url };
}

async function ownOf(
  marked: readonly GitHubComment[],
  author: string | undefined,
  access: GitHubAccess,
  wire: Wire,
): Promise<GitHubComment | undefined> {
  const by = (login: string): GitHubComment | undefined =>
    marked.find(({ user }) => user?.login.toLowerCase() === login.toLowerCase());
  if (author !== undefined) return by(author);
  const found = by(workflowAuthor);
  if (found !== undefined || marked.length === 0) return found;
  const account = await getLogin(access, wire);
  return isFailure(account) ? undefined : by(account.value.login);
}

/** Cut at the end of a line; the full text is in the summary of the run. */
function limited(body: string): string {
  if (body.length <= mostCharacters) return body;
  const cut = body.slice(0, body.lastIndexOf("\n", mostCharacters) + 1);
  return `${cut}\n</details>\n\nThe rest does not fit into a comment; the summary of the run has all of it.\n`;
}
