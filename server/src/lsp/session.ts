import type { TextDocumentContentChangeEvent } from "vscode-languageserver/node";
import { withoutLoneReturns } from "../base/text.ts";
import { collectYoung } from "../host/collect-garbage.ts";
import { createDisk } from "../host/disk.ts";
import type { Settings } from "../protocol/settings.ts";
import type { NamedRule } from "../rules/_rule.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { createDocument, type OpenDocument, type Snapshot } from "./documents.ts";
import type { Log } from "./log.ts";
import { createScopes, type Scope, type Scopes } from "./scopes.ts";

/** What the session tells the world. */
export interface SessionEvents {
  analyzed(snapshot: Snapshot): void;
  /** After its first analysis. */
  opened(snapshot: Snapshot): void;
  closed(uri: string, path: string): void;
  /** Files that are not open changed on disk. */
  filesChanged(paths: readonly string[]): void;
  /** Everything may be different: configuration, settings or folders changed. `shown` is the document opened last. */
  reconfigured(scopes: readonly Scope[], shown: Snapshot | undefined): void;
}

export interface SessionOptions {
  readonly syntax: Promise<Syntax>;
  readonly rules: readonly NamedRule[];
  readonly log: Log;
  readonly events: SessionEvents;
  /** Asks the client; the answer is by workspace folder. */
  loadSettings(folders: readonly string[]): Promise<(folder: string | undefined) => Settings>;
}

/** All that the server remembers: the open documents, the settings and what was made of both. */
export interface Session {
  /** Resolves when documents are analyzed for the first time. */
  start(folders: readonly string[]): Promise<void>;
  readonly ready: Promise<void>;
  readonly folders: readonly string[];
  open(uri: string, version: number, text: string): void;
  change(uri: string, version: number, changes: readonly TextDocumentContentChangeEvent[]): void;
  close(uri: string): void;
  /** The open document as it is at this moment; `undefined` when it is not open or the session has not started. */
  snapshot(uri: string): Snapshot | undefined;
  snapshotOfPath(path: string): Snapshot | undefined;
  readonly openCount: number;
  scopeFor(path: string): Scope;
  setFolders(folders: readonly string[]): Promise<void>;
  /** Reads settings and configuration files again and analyzes everything anew. */
  reload(): Promise<void>;
  /** Python files changed on disk: what other files concluded from them is looked at again. */
  filesChanged(paths: readonly string[]): void;
  dispose(): void;
}

const summary = ({ linter, enabled, found, torch }: Scope): string =>
  `${found.folder}: ${enabled ? `${linter.activeRules.length} of ${linter.ruleIds.length} rules` : "switched off"}, torch ${torch ?? "not known"}, ${found.path ?? "no configuration file"}`;

/** A document that took longer is analyzed after a pause in the typing. */
const slow = 40;
const longestPause = 400;
/** After this pause, files that import the edited one are looked at again. */
const settle = 300;
/** Garbage is collected this long after an answer: shorter than the pause between keys that are held down. */
const rest = 10;

export function createSession({ syntax, rules, log, events, loadSettings }: SessionOptions): Session {
  const documents = new Map<string, OpenDocument>();
  const timers = new Map<string, NodeJS.Timeout>();
  const touched = new Set<string>();
  const crashes = new Set<string>();
  let folders: readonly string[] = [];
  let scopes: Scopes | undefined;
  let generation = 0;
  let settling: NodeJS.Timeout | undefined;
  let resting: NodeJS.Timeout | undefined;
  let started = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    started = resolve;
  });

  const byPath = (path: string): OpenDocument | undefined =>
    [...documents.values()].find((document) => document.path === path);
  const files = createDisk((path) => {
    const open = byPath(path)?.text;
    return open === undefined ? undefined : withoutLoneReturns(open);
  });

  const analyze = (document: OpenDocument): Snapshot | undefined => {
    clearTimeout(timers.get(document.uri));
    timers.delete(document.uri);
    if (scopes === undefined) return undefined;
    try {
      return document.analyze(scopes.forFile(document.path));
    } catch (error) {
      log.error(`analyzing ${document.uri} failed`, error);
      return undefined;
    }
  };
  const analyzeAndTell = (document: OpenDocument): Snapshot | undefined => {
    const snapshot = analyze(document);
    if (snapshot !== undefined) events.analyzed(snapshot);
    return snapshot;
  };

  const analyzeSoon = (document: OpenDocument): void => {
    clearTimeout(timers.get(document.uri));
    if (document.cost < slow) {
      analyzeAndTell(document);
      return;
    }
    const pause = Math.min(longestPause, document.cost);
    timers.set(
      document.uri,
      setTimeout(() => analyzeAndTell(document), pause),
    );
  };

  const invalidate = (paths: readonly string[]): void => {
    for (const { linter } of scopes?.all() ?? []) {
      const before = linter.revision;
      for (const path of paths) linter.invalidate(path);
      if (linter.revision === before) continue;
      for (const document of documents.values())
        if (scopes?.forFile(document.path).linter === linter) analyzeAndTell(document);
    }
  };
  const settleLater = (path: string): void => {
    touched.add(path);
    clearTimeout(settling);
    settling = setTimeout(() => {
      const paths = [...touched];
      touched.clear();
      invalidate(paths);
    }, settle);
  };

  const restSoon = (): void => {
    clearTimeout(resting);
    resting = setTimeout(collectYoung, rest);
  };

  const reload = async (): Promise<void> => {
    const mine = ++generation;
    const [settingsFor, loaded] = await Promise.all([loadSettings(folders), syntax]);
    // A later reload overtook this one.
    if (mine !== generation) return;
    scopes = createScopes({
      syntax: loaded,
      rules,
      files,
      folders,
      settingsFor,
      onProblem: (message) => log.warning(`settings: ${message}`),
      onCrash: (rule, error) => {
        const key = `${rule.id}: ${error instanceof Error ? error.message : String(error)}`;
        if (crashes.has(key)) return;
        crashes.add(key);
        log.error(`rule ${rule.id} failed; its findings are missing where it did`, error);
      },
    });
    log.setLevel(settingsFor(folders[0]).logLevel);
    let shown: Snapshot | undefined;
    for (const document of documents.values()) shown = analyzeAndTell(document) ?? shown;
    for (const folder of folders) scopes.forFile(`${folder}/__init__.py`);
    for (const scope of scopes.all()) log.info(summary(scope));
    events.reconfigured(scopes.all(), shown);
  };

  return {
    ready,
    get folders() {
      return folders;
    },
    get openCount() {
      return documents.size;
    },
    async start(first) {
      folders = first;
      try {
        await reload();
      } finally {
        // Whoever waits must learn of a failure as well.
        started();
      }
    },
    open(uri, version, text) {
      const document = createDocument(uri, version, text);
      documents.set(uri, document);
      const snapshot = analyzeAndTell(document);
      if (snapshot !== undefined) events.opened(snapshot);
      settleLater(document.path);
    },
    change(uri, version, changes) {
      const document = documents.get(uri);
      if (document === undefined) return log.warning(`a change of ${uri}, which is not open, was ignored`);
      document.change(version, changes);
      analyzeSoon(document);
      settleLater(document.path);
      restSoon();
    },
    close(uri) {
      const document = documents.get(uri);
      clearTimeout(timers.get(uri));
      timers.delete(uri);
      documents.delete(uri);
      // Unsaved changes are gone with it: what is on disk speaks again.
      if (document === undefined) return;
      settleLater(document.path);
      events.closed(uri, document.path);
    },
    snapshot(uri) {
      const document = documents.get(uri);
      return document === undefined ? undefined : analyze(document);
    },
    snapshotOfPath(path) {
      const document = byPath(path);
      return document === undefined ? undefined : analyze(document);
    },
    scopeFor(path) {
      if (scopes === undefined) throw new Error("the session has not started");
      return scopes.forFile(path);
    },
    async setFolders(next) {
      folders = next;
      await reload();
    },
    reload,
    filesChanged(paths) {
      if (paths.length === 0) return;
      invalidate(paths);
      events.filesChanged(paths);
    },
    dispose() {
      clearTimeout(settling);
      clearTimeout(resting);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
