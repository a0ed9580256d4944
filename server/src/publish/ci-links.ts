import { safeAddress } from "./address.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a change can be looked at, by the variables of its CI. */
export interface CiLinks {
  /** `owner/name #12` */
  readonly title: string;
  readonly change: string | undefined;
  readonly run: string | undefined;
}

const project = /^[\w.-]+(?:\/[\w.-]+)+$/;

/** @param pull the number of the pull request on GitHub, which no variable holds */
export function ciLinks(environment: Environment, pull: number | undefined): CiLinks {
  return (
    gitHub(environment, pull) ??
    gitLab(environment) ?? { title: "a change", change: undefined, run: undefined }
  );
}

function gitHub(environment: Environment, pull: number | undefined): CiLinks | undefined {
  const repository = environment["GITHUB_REPOSITORY"] ?? "";
  if (!project.test(repository)) return undefined;
  const server = linkable(environment["GITHUB_SERVER_URL"] ?? "https://github.com");
  const run = environment["GITHUB_RUN_ID"] ?? "";
  return {
    title: pull === undefined ? repository : `${repository} #${pull}`,
    change: server === undefined || pull === undefined ? undefined : `${server}/${repository}/pull/${pull}`,
    run:
      server === undefined || !/^\d+$/.test(run) ? undefined : `${server}/${repository}/actions/runs/${run}`,
  };
}

function gitLab(environment: Environment): CiLinks | undefined {
  const path = environment["CI_PROJECT_PATH"] ?? "";
  if (!project.test(path)) return undefined;
  const server = linkable(environment["CI_PROJECT_URL"] ?? "");
  const request = environment["CI_MERGE_REQUEST_IID"] ?? "";
  const isRequest = /^\d+$/.test(request);
  return {
    title: isRequest ? `${path} !${request}` : path,
    change: server === undefined || !isRequest ? undefined : `${server}/-/merge_requests/${request}`,
    run: linkable(environment["CI_PIPELINE_URL"] ?? ""),
  };
}

/** Nothing that could end a link. */
function linkable(text: string): string | undefined {
  const address = safeAddress(text);
  return address !== undefined && /^[\w.:/-]+$/.test(address) ? address : undefined;
}

/** The number in `refs/pull/12/merge`. */
export function pullOf(reference: string | undefined): number | undefined {
  const number = /^refs\/pull\/(\d{1,9})\/(?:merge|head)$/.exec(reference ?? "")?.[1];
  return number === undefined ? undefined : Number(number);
}
