/** The `uri` of what a client sent. */
export function uriIn(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("uri" in params)) return undefined;
  return typeof params.uri === "string" ? params.uri : undefined;
}
