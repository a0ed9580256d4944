import type { Connection } from "vscode-languageserver/node";
import { uriOfPath } from "../host/paths.ts";
import { type Settings, settingsSection } from "../protocol/settings.ts";
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
  /** An answer that came when nobody waited any more. */
  let late: { readonly folders: readonly string[]; readonly sections: readonly unknown[] } | undefined;

  const read = (sent: unknown): Settings => {
    const { settings, problems } = readSettings(sent);
    for (const problem of problems) log.warning(problem);
    return settings;
  };

  const ask = async (folders: readonly string[]): Promise<readonly unknown[]> => {
    const before = late;
    late = undefined;
    if (before !== undefined && before.folders.join("\n") === folders.join("\n")) return before.sections;
    const items = [undefined, ...folders].map((folder) => ({
      section: settingsSection,
      ...(folder === undefined ? {} : { scopeUri: uriOfPath(folder) }),
    }));
    const answer: Promise<readonly unknown[]> = connection.workspace.getConfiguration(items);
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

  const keepLate = (folders: readonly string[], answer: Promise<readonly unknown[]>): void => {
    answer
      .then((sections) => {
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
  if (typeof sent !== "object" || sent === null) return undefined;
  if (settingsSection in sent) return sent[settingsSection];
  return "settings" in sent ? sectionIn(sent.settings) : sent;
}
