import { emptyConfig } from "../../server/src/analysis/config.ts";
import { createDisk } from "../../server/src/host/disk.ts";
import { createLinter } from "../../server/src/host/linter.ts";
import { uriOfPath } from "../../server/src/host/paths.ts";
import { createDocument } from "../../server/src/lsp/documents.ts";
import { diagnosticsOf } from "../../server/src/lsp/publish.ts";
import type { Scope } from "../../server/src/lsp/scopes.ts";
import { defaultSettings } from "../../server/src/lsp/settings.ts";
import { rules } from "../../server/src/rules/registry.gen.ts";
import { syntax } from "../harness/syntax.ts";
import { features } from "./client.ts";
import type { BenchFile } from "./files.ts";
import { keyOf, type Sample } from "./statistics.ts";
import { typing } from "./typing.ts";

/** Everything between a change and the diagnostics of the server, all rules on: milliseconds for each key. */
export function timeServer(files: readonly BenchFile[], places: number): readonly Sample[] {
  const scope = scopeFor(files);
  const samples: Sample[] = [];
  files.forEach((file, seed) => {
    const document = createDocument(uriOfPath(file.path), 0, file.text);
    diagnosticsOf(document.analyze(scope), features);
    let version = 0;
    for (const key of typing(file.text, places, seed + 1)) {
      version++;
      samples.push(
        keyOf(() => {
          document.change(version, [{ range: key.range, text: key.text }]);
          diagnosticsOf(document.analyze(scope), features);
        }),
      );
    }
  });
  return samples;
}

/** The syntax alone: milliseconds for each key to have its tree. */
export function timeSyntax(files: readonly BenchFile[], places: number): readonly Sample[] {
  const samples: Sample[] = [];
  files.forEach((file, seed) => {
    let source = syntax.parse(file.text);
    for (const key of typing(file.text, places, seed + 1)) {
      const start = firstDifference(source.text, key.after);
      const end = start + source.text.length + key.text.length - key.after.length;
      samples.push(
        keyOf(() => {
          source = syntax.update(source, [{ span: { start, end }, text: key.text }]);
        }),
      );
    }
  });
  return samples;
}

function firstDifference(before: string, after: string): number {
  let at = 0;
  while (at < before.length && before.charCodeAt(at) === after.charCodeAt(at)) at++;
  return at;
}

function scopeFor(files: readonly BenchFile[]): Scope {
  const folder = files[0]?.path.replace(/\/[^/]*$/, "") ?? "/";
  const linter = createLinter({
    syntax,
    rules,
    config: emptyConfig,
    folder,
    baseline: undefined,
    torch: undefined,
    files: createDisk(),
    roots: [folder],
    onCrash: (rule, error) => {
      throw new Error(`${rule.id} threw`, { cause: error });
    },
  });
  const found = {
    path: undefined,
    folder,
    config: emptyConfig,
    problems: [],
    baseline: undefined,
    baselinePath: undefined,
    torch: undefined,
  };
  return { linter, enabled: true, found, torch: undefined, settings: defaultSettings, roots: [] };
}
