import { isDeepStrictEqual } from "node:util";
import type { Connection } from "vscode-languageserver/node";
import { pathOfUri, uriOfPath } from "../host/paths.ts";
import { type EarlySettings, type Settings, settingsSection } from "../protocol/settings.ts";
import type { ClientFeatures } from "./client-features.ts";
import type { Log } from "./log.ts";
import { readSettings } from "./settings.ts";

/** The settings of the user, wherever the client keeps them. */
export interface SettingsSource {
  /** @param folders paths of the workspace folders, each of which may have settings of its own. */
  load(folders: readonly string[]): Promise<(folder: string | undefined) => Settings>;
  /** What a client that cannot be asked sent by itself. */
  push(sent: unknown): void;
}

/** A client that does not answer must not keep findings from its user. */
const patience = 2_000;

/** @param onLate told when settings came after all: the next `load` has them. */
export function createSettingsSource(
  connection: Connection,
  features: ClientFeatures,
  initial: unknown,
  log: Log,
  onLate: () => void,
): SettingsSource {
  let pushed = sectionIn(initial);
  let early = earlySections(initial);
  let asked = 0;
  /** An answer that came when nobody waited any more. */
  let late: { readonly folders: readonly string[]; readonly sections: readonly unknown[] } | undefined;

  const read = (sent: unknown): Settings => {
    const { settings, problems } = readSettings(sent);
    for (const problem of problems) log.warning(problem);
    return settings;
  };

  const request = (folders: readonly string[]): Promise<readonly unknown[]> => {
    const items = [undefined, ...folders].map((folder) => ({
      section: settingsSection,
      ...(folder === undefined ? {} : { scopeUri: uriOfPath(folder) }),
    }));
    return connection.workspace.getConfiguration(items);
  };

  const ask = async (folders: readonly string[]): Promise<readonly unknown[]> => {
    const before = late;
    late = undefined;
    if (before !== undefined && before.folders.join("\n") === folders.join("\n")) return before.sections;
    asked++;
    const answer = request(folders);
    const sent = early?.(folders);
    early = undefined;
    if (sent !== undefined) {
      keepLate(folders, answer, sent);
      return sent;
    }
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<readonly unknown[]>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${patience} ms`));
        keepLate(folders, answer);
      }, patience);
    });
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  };

  /** @param used what counts until then: when the answer is the same, nobody is told. */
  const keepLate = (
    folders: readonly string[],
    answer: Promise<readonly unknown[]>,
    used?: readonly unknown[],
  ): void => {
    const mine = asked;
    answer
      .then((sections) => {
        if (mine !== asked || isDeepStrictEqual(sections, used)) return;
        late = { folders, sections };
        onLate();
      })
      .catch((error: unknown) => log.error("the client did not tell its settings", error));
  };

  return {
    async load(folders) {
      if (!features.configuration) {
        const settings = read(pushed);
        return () => settings;
      }
      try {
        const [general, ...own] = await ask(folders);
        const standard = read(general);
        const byFolder = new Map(folders.map((folder, i) => [folder, read(own[i])]));
        return (folder) => (folder === undefined ? undefined : byFolder.get(folder)) ?? standard;
      } catch (error) {
        log.error("the client did not tell its settings; defaults are used", error);
        const settings = read(undefined);
        return () => settings;
      }
    },
    push(sent) {
      pushed = sectionIn(sent) ?? pushed;
    },
  };
}

/** `{ ecocompute: {...} }` and `{ settings: {...} }` as clients send them, or the section itself. */
function sectionIn(sent: unknown): unknown {
  if (!isObject(sent)) return undefined;
  if (settingsSection in sent) return sent[settingsSection];
  return "settings" in sent ? sectionIn(sent.settings) : sent;
}

/** The section outside of all folders and that of each, if the client sent all of them with `initialize`. */
function earlySections(
  initial: unknown,
): ((folders: readonly string[]) => readonly unknown[] | undefined) | undefined {
  const { earlySettings }: Partial<Record<keyof EarlySettings, unknown>> = isObject(initial) ? initial : {};
  if (!Array.isArray(earlySettings)) return undefined;
  const sent: readonly unknown[] = earlySettings;
  const byPath = new Map(
    sent.flatMap((each) =>
      isObject(each) &&
      "uri" in each &&
      "section" in each &&
      (each.uri === null || typeof each.uri === "string")
        ? [[each.uri === null ? null : pathOfUri(each.uri), each.section]]
        : [],
    ),
  );
  return (folders) => {
    const wanted = [null, ...folders];
    return wanted.every((folder) => byPath.has(folder))
      ? wanted.map((folder) => byPath.get(folder))
      : undefined;
  };
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
