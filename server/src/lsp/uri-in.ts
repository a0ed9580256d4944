import { pathOfUri } from "../host/paths.ts";

/** The `uri` of what a client sent. */
export function uriIn(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("uri" in params)) return undefined;
  return typeof params.uri === "string" ? params.uri : undefined;
}

/** The paths of entries that a client sent, each with a `uri`; an entry without one costs itself alone. */
export const pathsIn = (entries: unknown): readonly string[] =>
  Array.isArray(entries)
    ? entries.flatMap((each: unknown) => {
        const uri = uriIn(each);
        return uri === undefined ? [] : [pathOfUri(uri)];
      })
    : [];
