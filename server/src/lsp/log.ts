import type { LogLevel } from "../protocol/settings.ts";

/** Writes to the output channel of the client, down to the level the user chose. */
export interface Log {
  error(message: string, error?: unknown): void;
  warning(message: string): void;
  info(message: string): void;
  debug(message: string): void;
  setLevel(level: LogLevel): void;
}

/** Where the lines go: a connection's console is one. */
export interface Sink {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

const order: readonly LogLevel[] = ["error", "warning", "info", "debug"];

export function createLog(sink: Sink): Log {
  let limit = order.indexOf("info");
  const speaks = (level: LogLevel): boolean => order.indexOf(level) <= limit;
  return {
    error: (message, error) => sink.error(error === undefined ? message : `${message}: ${detailsOf(error)}`),
    warning: (message) => {
      if (speaks("warning")) sink.warn(message);
    },
    info: (message) => {
      if (speaks("info")) sink.info(message);
    },
    debug: (message) => {
      if (speaks("debug")) sink.debug(message);
    },
    setLevel: (level) => {
      limit = order.indexOf(level);
    },
  };
}

function detailsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? (error.stack ?? error.message)
    : `${error.stack}\ncaused by ${detailsOf(error.cause)}`;
}
