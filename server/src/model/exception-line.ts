import type { Machine } from "./machine.ts";
import { str } from "./text.ts";
import { typeName } from "./types.ts";
import type { Value } from "./values.ts";

/** As the last line of Python's traceback: `ValueError: bad shape`. */
export function exceptionLine(m: Machine, exception: Value): string {
  const text = str(m, exception);
  return text === undefined || text === "" ? typeName(exception) : `${typeName(exception)}: ${text}`;
}
