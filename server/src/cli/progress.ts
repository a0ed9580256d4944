/** One line that tells how far a check is; it is gone when the check is. */
export interface Progress {
  show(text: string): void;
  clear(): void;
}

/** Milliseconds between two drawings. */
const interval = 80;

/** Draws only on a terminal: in a log file it would be noise. */
export function createProgress(stream: Pick<NodeJS.WriteStream, "isTTY" | "write">): Progress {
  let drawn = Number.NEGATIVE_INFINITY;
  let visible = false;
  return {
    show(text) {
      const now = performance.now();
      if (!stream.isTTY || now - drawn < interval) return;
      drawn = now;
      visible = true;
      stream.write(`\r\x1b[K${text}`);
    },
    clear() {
      if (visible) stream.write("\r\x1b[K");
      visible = false;
    },
  };
}
