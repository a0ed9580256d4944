import { readFileSync } from "node:fs";
import { unpackPrelude } from "../model/packed-prelude.ts";
import type { Prelude } from "../model/prelude.ts";

const newline = 10;

/** The prelude that a build left in `file`. A model needs few of its lines, so the whole is held only until memory is. */
export function readPackedPrelude(file: URL): Prelude {
  let held: WeakRef<Buffer> | undefined;
  const bytes = (): Buffer => {
    const known = held?.deref();
    if (known !== undefined) return known;
    const read = readFileSync(file);
    held = new WeakRef(read);
    return read;
  };
  const whole = bytes();
  const starts = [0];
  for (let at = whole.indexOf(newline); at >= 0; at = whole.indexOf(newline, at + 1)) starts.push(at + 1);
  return unpackPrelude((line) => bytes().toString("utf8", starts[line], starts[line + 1]));
}
