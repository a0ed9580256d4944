import type { TextDocumentContentChangeEvent } from "vscode-languageserver/node";
import type { AnalyzedFile } from "../analysis/analyzer.ts";
import { type Edit, hasLoneReturns, lineStarts, withoutLoneReturns } from "../base/text.ts";
import { pathOfUri } from "../host/paths.ts";
import { editsOf } from "./convert.ts";
import type { Scope } from "./scopes.ts";

/** An open document at one version with what was found in it: never changes, so an answer built on it is consistent. */
export interface Snapshot {
  readonly uri: string;
  readonly path: string;
  readonly version: number;
  /** Its text has `\n` where the document has a lone carriage return. */
  readonly file: AnalyzedFile;
  readonly starts: readonly number[];
  readonly scope: Scope;
  /** Why the document was not looked at, when it was not. */
  readonly skipped: Skipped | undefined;
}

export interface Skipped {
  readonly kind: "disabled" | "excluded" | "tooLarge";
  /** A sentence for the user. */
  readonly why: string;
}

/** Longer texts are not analyzed while typing: no person writes them by hand. */
const maxTextLength = 2_000_000;

/** A document as the client has it. Edits are kept until they are analyzed. */
export interface OpenDocument {
  readonly uri: string;
  readonly path: string;
  readonly version: number;
  readonly text: string;
  change(version: number, changes: readonly TextDocumentContentChangeEvent[]): void;
  /**
   * The document as analyzed under `scope`; pays only for what changed since the last call.
   * @throws Error on a fault of ours; the next call starts afresh.
   */
  analyze(scope: Scope): Snapshot;
  /** Milliseconds the last analysis of a change took; 0 before there was one. */
  readonly cost: number;
}

export function createDocument(uri: string, firstVersion: number, firstText: string): OpenDocument {
  const path = pathOfUri(uri);
  let version = firstVersion;
  let text = firstText;
  let starts = lineStarts(firstText);
  let pending: readonly Edit[] = [];
  let last: Snapshot | undefined;
  let lastRevision = 0;
  let cost = 0;
  /** Such a text is rare, and what an edit makes of its line ends is not worth following: it is read anew. */
  let isReadAnew = hasLoneReturns(firstText);

  const fresh = (scope: Scope): AnalyzedFile => scope.linter.analyze(path, withoutLoneReturns(text));
  const current = (scope: Scope): AnalyzedFile => {
    if (isReadAnew || last === undefined || last.scope !== scope || last.skipped !== undefined)
      return fresh(scope);
    return pending.length === 0 ? scope.linter.again(last.file) : scope.linter.update(last.file, pending);
  };

  return {
    uri,
    path,
    get version() {
      return version;
    },
    get text() {
      return text;
    },
    get cost() {
      return cost;
    },
    change(newVersion, changes) {
      const after = editsOf({ text, starts }, changes);
      version = newVersion;
      text = after.text;
      starts = after.starts;
      isReadAnew ||= hasLoneReturns(text);
      pending = [...pending, ...after.edits];
    },
    analyze(scope) {
      const { revision } = scope.linter;
      if (last?.scope === scope && last.version === version && lastRevision === revision) return last;
      const began = performance.now();
      const isWhole = last?.scope !== scope;
      const skipped = reasonToSkip(path, text, scope);
      try {
        const file = skipped === undefined ? current(scope) : { path, text, source: undefined, findings: [] };
        last = { uri, path, version, file, starts, scope, skipped };
        lastRevision = revision;
        return last;
      } catch (error) {
        // Whatever state led here must not lead here again with the next keystroke.
        last = undefined;
        throw error;
      } finally {
        pending = [];
        // An analysis of the whole text says nothing of what a key costs.
        cost = isWhole ? 0 : performance.now() - began;
      }
    },
  };
}

function reasonToSkip(path: string, text: string, scope: Scope): Skipped | undefined {
  if (!scope.enabled) return { kind: "disabled", why: "EcoCompute is switched off for this file." };
  if (scope.linter.isExcluded(path))
    return { kind: "excluded", why: "The configuration of EcoCompute excludes this file." };
  if (text.length <= maxTextLength) return undefined;
  const count = (value: number): string => value.toLocaleString("en-US");
  return {
    kind: "tooLarge",
    why: `EcoCompute did not check this file: it has ${count(text.length)} characters, the limit is ${count(maxTextLength)}.`,
  };
}
