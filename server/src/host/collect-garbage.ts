import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: unknown;

/** Asks V8 to collect as `how` says, in words of the function that `node --expose-gc` gives. */
function collectNow(how: Readonly<Record<string, string>>): void {
  if (collect === undefined) {
    // Contexts made from here on have the function.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc");
  }
  if (typeof collect === "function") collect({ execution: "sync", ...how });
}

/**
 * Gives memory that is no longer used back at once. Left alone, V8 waits with that until it needs memory again, which a
 * thread that has gone idle never does. Takes tens of milliseconds.
 */
export function collectGarbage(): void {
  // From the V8 of Node 22 on also what is half empty; an older one does not know these words and collects.
  collectNow({ type: "major", flavor: "last-resort" });
}

/** Bytes of young objects that are worth a collection: a few keystrokes in a large function. */
const manyYoung = 2 ** 21;

/**
 * Collects young objects if there are many, so that V8 need not do it in the middle of the next keystroke, where it was
 * half of what the slowest ones took. Takes a millisecond or two; 0.01 ms where there are few.
 */
export function collectYoung(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  if (young !== undefined && young.space_used_size > manyYoung) collectNow({ type: "minor" });
}
