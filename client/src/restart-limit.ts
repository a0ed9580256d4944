/** Crashes after which the server stays down: one more would come from the same cause. */
export const crashLimit = 5;
/** Milliseconds in which `crashLimit` crashes are too many. */
export const crashWindow = 3 * 60 * 1000;

export interface RestartLimit {
  /** Notes a crash at `now`, in milliseconds, and says whether to start again. */
  mayRestart(now: number): boolean;
  /** Forgets the past, after the user asked for a restart. */
  reset(): void;
}

export function createRestartLimit(): RestartLimit {
  let crashes: readonly number[] = [];
  return {
    mayRestart(now) {
      crashes = [...crashes.filter((then) => now - then < crashWindow), now];
      return crashes.length < crashLimit;
    },
    reset() {
      crashes = [];
    },
  };
}
