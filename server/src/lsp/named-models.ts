import { type LanguageModelJson, languageModels } from "../analysis/language-model-report.ts";
import { hubConfigText } from "../host/hub-cache.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { Snapshot } from "./documents.ts";
import { requestOfScope } from "./scenario-of.ts";
import type { Scope } from "./scopes.ts";

interface Known {
  readonly scope: Scope;
  readonly models: readonly LanguageModelJson[];
}

const known = new WeakMap<SourceFile, Known>();

/** The language models that a document loads by name, in its scenario; looked up once for each text. */
export function namedModels({ path, file: { source }, scope }: Snapshot): readonly LanguageModelJson[] {
  if (source === undefined || !scope.settings.models) return [];
  const seen = known.get(source);
  if (seen?.scope === scope) return seen.models;
  const today = new Date().toISOString().slice(0, 10);
  const models = languageModels(path, source, requestOfScope(scope, today), hubConfigText);
  known.set(source, { scope, models });
  return models;
}
