import type { AnalyzedFile } from "../analysis/analyzer.ts";
import type { OnRuleCrash } from "../analysis/dispatch.ts";
import { type ModelFinding, onceEach, runModelRules } from "../analysis/run-model-rules.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import { createInterpreter, defaultLimits } from "../host/model-session.ts";
import { folderOf } from "../host/paths.ts";
import { packageFolders } from "../host/python-packages.ts";
import { estimateModels } from "../model/estimate-model.ts";
import type { Interpreter } from "../model/interpreter.ts";
import { rules } from "../rules/registry.gen.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { Syntax } from "../syntax/source-file.ts";

/** After this time a file's models are left as they are: what is not complete gives no finding. */
const milliseconds = 2_000;

const modelRules = rules.filter((rule) => rule.onModel !== undefined);

/** Whether a rule says something only when models are interpreted. */
export const isModelRule = (id: string): boolean => modelRules.some((rule) => rule.id === id);

export interface ModelChecker {
  /** @param roots folders from which absolute imports of the project start. */
  check(file: AnalyzedFile, roots: readonly string[], onCrash: OnRuleCrash): readonly ModelFinding[];
}

/** Interprets the models of one file after the other. */
export function createModelChecker(
  syntax: Syntax,
  files: FileSystem,
  accelerator: Accelerator | undefined,
): ModelChecker {
  let last: { readonly key: string; readonly interpreter: Interpreter } | undefined;
  const interpreterFor = (roots: readonly string[]): Interpreter => {
    const key = roots.join("\n");
    if (last?.key === key) return last.interpreter;
    const limits = { ...defaultLimits, milliseconds };
    const interpreter = createInterpreter({ syntax, files, roots, limits, now: () => performance.now() });
    last = { key, interpreter };
    return interpreter;
  };
  return {
    check({ path, text, source }, roots, onCrash) {
      if (source === undefined || !/\bclass\b|\bnn\.|from_pretrained/.test(text)) return [];
      const all = [...new Set([folderOf(path), ...roots, ...packageFolders([], roots)])];
      const models = estimateModels(interpreterFor(all), { file: path, source });
      const settings = { rules: modelRules, accelerator, onCrash };
      return onceEach(models.flatMap((model) => runModelRules(model, { file: path, text }, settings)));
    },
  };
}
