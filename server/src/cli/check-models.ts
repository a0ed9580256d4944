import type { AnalyzedFile } from "../analysis/analyzer.ts";
import { costJson } from "../analysis/cost-report.ts";
import type { OnRuleCrash } from "../analysis/dispatch.ts";
import { estimateJson, lineFinder } from "../analysis/estimate-report.ts";
import type { Finding } from "../analysis/finding.ts";
import { type CostedModel, type CostedText, costedModel, withSavings } from "../analysis/finding-savings.ts";
import { chooseOptimizations, optimizationsJson } from "../analysis/optimization-report.ts";
import { type ModelFinding, onceEach, runModelRules } from "../analysis/run-model-rules.ts";
import { defaultRequest, resolveScenario, type Scene } from "../analysis/scenario.ts";
import { lineStarts } from "../base/text.ts";
import { createInterpreter, defaultLimits } from "../host/model-session.ts";
import { folderOf } from "../host/paths.ts";
import { estimateModels, type ModelEstimate } from "../model/estimate-model.ts";
import type { Interpreter } from "../model/interpreter.ts";
import { rules } from "../rules/registry.gen.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { packageRoots } from "./package-roots.ts";

/** After this time a file's models are left as they are: what is not complete gives no finding. */
const milliseconds = 2_000;

const modelRules = rules.filter((rule) => rule.onModel !== undefined);

/** Whether a rule says something only when models are interpreted. */
export const isModelRule = (id: string): boolean => modelRules.some((rule) => rule.id === id);

export interface CheckedModels {
  readonly findings: readonly ModelFinding[];
  /** The same findings, and others of the file, with what they save. */
  withSavings(findings: readonly Finding[]): readonly Finding[];
}

export interface ModelChecker {
  /** @param roots folders from which absolute imports of the project start. */
  check(file: AnalyzedFile, roots: readonly string[], onCrash: OnRuleCrash): CheckedModels;
}

const nothing: CheckedModels = { findings: [], withSavings: (findings) => findings };

/** Interprets the models of one file after the other. */
export function createModelChecker(
  syntax: Syntax,
  files: FileSystem,
  acceleratorName: string | undefined,
): ModelChecker {
  const scene = acceleratorName === undefined ? undefined : sceneOn(acceleratorName);
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
      if (source === undefined || !/\bclass\b|\bnn\.|from_pretrained/.test(text)) return nothing;
      const all = [...new Set([folderOf(path), ...roots, ...packageRoots([], roots)])];
      const models = estimateModels(interpreterFor(all), { file: path, source });
      const settings = { rules: modelRules, accelerator: scene?.scenario.accelerator, onCrash };
      const findings = models.flatMap((model) => runModelRules(model, { file: path, text }, settings));
      return {
        findings: onceEach(findings),
        withSavings: (all) =>
          scene === undefined
            ? all
            : withSavings(all, costed(models, all, scene, path, text), textOf(path, text)),
      };
    },
  };
}

function sceneOn(accelerator: string): Scene | undefined {
  const resolved = resolveScenario({ ...defaultRequest, accelerator });
  return resolved.kind === "scenario" ? resolved : undefined;
}

/** What the optimizations that findings ask for save on the models of the file. */
function costed(
  models: readonly ModelEstimate[],
  findings: readonly Finding[],
  scene: Scene,
  file: string,
  text: string,
): readonly CostedModel[] {
  const ids = new Set(
    findings.flatMap(({ rule }) => (rule.optimization === undefined ? [] : [rule.optimization.id])),
  );
  const chosen = chooseOptimizations([...ids]);
  if (ids.size === 0 || chosen.kind === "error") return [];
  const lines = lineFinder((path) => (path === file ? text : undefined));
  return models
    .filter(({ graph }) => graph.ops.length > 0)
    .map((model) =>
      costedModel(
        estimateJson(model, lines),
        optimizationsJson(model, scene, chosen),
        costJson(model, scene, lines),
      ),
    );
}

const textOf = (file: string, text: string): CostedText => ({
  file,
  starts: lineStarts(text),
  spanIn: (span) => span,
});
