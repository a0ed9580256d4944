import { type PastAudit, readPastAudit } from "./past-audit.ts";

/** Where texts are kept, by name. */
export interface TextStore {
  /** Names, in any order. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The audits of a workspace, the newest first; each in a file of its own, so that a broken one costs only itself. */
export interface AuditHistory {
  /** Reads what is stored, once; afterwards what was read and changed since. */
  all(): Promise<readonly PastAudit[]>;
  /** Names of files that are no audits of ours. */
  unreadable(): Promise<readonly string[]>;
  /** Adds an audit, or replaces the one of the same id; the oldest beyond the limit go. */
  put(audit: PastAudit): Promise<void>;
  remove(id: string): Promise<void>;
  removeUnreadable(): Promise<void>;
}

const mostAudits = 40;
const ending = ".json";

interface Held {
  readonly audits: readonly PastAudit[];
  readonly unreadable: readonly string[];
}

export function createAuditHistory(store: TextStore): AuditHistory {
  let held: Promise<Held> | undefined;

  const load = async (): Promise<Held> => {
    const names = await store.list();
    const read = await Promise.all(names.map(async (name) => ({ name, audit: await readFile(store, name) })));
    return {
      audits: read.flatMap(({ audit }) => audit ?? []).sort((a, b) => (a.audit.at < b.audit.at ? 1 : -1)),
      unreadable: read.flatMap(({ name, audit }) => (audit === undefined ? [name] : [])),
    };
  };
  const ensure = (): Promise<Held> => {
    held ??= load();
    return held;
  };
  const change = async (next: (before: Held) => Promise<Held>): Promise<void> => {
    held = ensure().then(next);
    await held;
  };

  return {
    all: async () => (await ensure()).audits,
    unreadable: async () => (await ensure()).unreadable,
    put: (audit) =>
      change(async ({ audits, unreadable }) => {
        await store.write(audit.id + ending, JSON.stringify(audit));
        const isKnown = audits.some(({ id }) => id === audit.id);
        const all = isKnown
          ? audits.map((each) => (each.id === audit.id ? audit : each))
          : [audit, ...audits];
        for (const { id } of all.slice(mostAudits)) await store.remove(id + ending);
        return { audits: all.slice(0, mostAudits), unreadable };
      }),
    remove: (id) =>
      change(async ({ audits, unreadable }) => {
        await store.remove(id + ending);
        return { audits: audits.filter((each) => each.id !== id), unreadable };
      }),
    removeUnreadable: () =>
      change(async ({ audits, unreadable }) => {
        for (const name of unreadable) await store.remove(name);
        return { audits, unreadable: [] };
      }),
  };
}

/** `undefined` for what is no audit, or one whose id is not its name. */
async function readFile(store: TextStore, name: string): Promise<PastAudit | undefined> {
  try {
    const json: unknown = JSON.parse(await store.read(name));
    const audit = readPastAudit(json);
    return audit.id + ending === name ? audit : undefined;
  } catch {
    return undefined;
  }
}
