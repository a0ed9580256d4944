import {
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
} from "vscode-languageserver/node";
import { mayNameTorchVersion } from "../../analysis/torch-version.ts";
import { nameOf } from "../../host/paths.ts";
import { settingsSection } from "../../protocol/settings.ts";
import type { Handler } from "../handler.ts";
import type { Log } from "../log.ts";
import { pathsIn } from "../uri-in.ts";

/** Files that say how to check others, and the files that others import or read. */
const watched = [
  "**/*.toml",
  "**/{requirements,constraints}*.{txt,in}",
  "**/{environment,conda}*.{yml,yaml}",
  "**/{uv,poetry,pdm}.lock",
  "**/setup.{cfg,py}",
  "**/*baseline*.json",
  "**/*.py",
  "**/*.{json,yaml,yml,csv,txt}",
];

/** Code and data that models may be made of. */
const mayBeRead = /\.(?:py|json|ya?ml|csv|txt)$/;

/** Settings, configuration files and folders take effect without a restart. */
export const watch: Handler = {
  capabilities: (features) => ({
    ...(features.workspaceFolders
      ? { workspace: { workspaceFolders: { supported: true, changeNotifications: true } } }
      : {}),
  }),
  register({ connection, session, settings, log }) {
    connection.onDidChangeConfiguration((params) => {
      settings.push(params.settings);
      logged(log, "reading the settings", session.reload());
    });
    connection.onDidChangeWatchedFiles(({ changes }) => {
      const paths = pathsIn(changes);
      const configures = paths.some((path) => {
        const name = nameOf(path);
        return name.endsWith(".toml") || /baseline.*\.json$/.test(name) || mayNameTorchVersion(name);
      });
      if (configures) logged(log, "reading the configuration", session.reload());
      else session.filesChanged(paths.filter((path) => mayBeRead.test(path)));
    });
  },
  initialized({ connection, session, features, log }) {
    if (features.watchesFiles)
      logged(
        log,
        "watching files",
        connection.client.register(DidChangeWatchedFilesNotification.type, {
          watchers: watched.map((globPattern) => ({ globPattern })),
        }),
      );
    if (features.watchesConfiguration)
      logged(
        log,
        "watching the settings",
        connection.client.register(DidChangeConfigurationNotification.type, { section: settingsSection }),
      );
    if (features.workspaceFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(pathsIn(removed));
        const kept = session.folders.filter((folder) => !gone.has(folder));
        logged(log, "changing folders", session.setFolders([...new Set([...kept, ...pathsIn(added)])]));
      });
  },
};

const logged = (log: Log, what: string, work: Promise<unknown>): void => {
  work.catch((error: unknown) => log.error(`${what} failed`, error));
};
