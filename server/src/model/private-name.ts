import type { Frame } from "./machine.ts";

const underscore = 95;

/**
 * A name as an object holds it: Python puts the class whose body says it in front of a name that begins with two
 * underscores and does not end with them, so that a base and a subclass do not share it.
 */
export const privateName = (name: string, frame: Frame): string =>
  isPrivate(name) ? privateNameIn(name, frame.kind === "class" ? frame.name : frame.owner?.cls?.name) : name;

export function privateNameIn(name: string, className: string | undefined): string {
  const cls = isPrivate(name) ? className?.replace(/^_+/, "") : undefined;
  return cls === undefined || cls === "" ? name : `_${cls}${name}`;
}

const isPrivate = (name: string): boolean =>
  name.charCodeAt(0) === underscore && name.charCodeAt(1) === underscore && !name.endsWith("__");
