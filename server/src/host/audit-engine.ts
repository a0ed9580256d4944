import { costJson } from "../analysis/cost-report.ts";
import { estimateJson, lineFinder } from "../analysis/estimate-report.ts";
import { unknownValue } from "../analysis/estimate-value.ts";
import type { Finding } from "../analysis/finding.ts";
import { carbonFootprint, lookUp } from "../analysis/look-up.ts";
import { modelSignature } from "../analysis/model-signature.ts";
import { type CostRequest, resolveScenario, type Scene } from "../analysis/scenario.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import { estimateModels, type ModelEstimate } from "../model/estimate-model.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { namedAccelerators, optimizationsOf, ruleNamed } from "./audit-knowledge.ts";
import type { Linter } from "./linter.ts";
import { createInterpreter, defaultLimits } from "./model-session.ts";

export interface AuditEngineSettings {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** Folders that imports are looked up in. */
  readonly roots: readonly string[];
  readonly request: CostRequest;
  readonly syntax: Syntax;
  readonly files: FileSystem;
  readonly linter: Linter;
}

/** Time for one look at the models of a file. */
const milliseconds = 20_000;

const scenarioText = ({ request, scenario }: Scene): string =>
  [
    scenario.accelerator.name,
    request.precision === "as-written" ? "precision as written" : request.precision,
    request.mode,
    ...(request.compiled ? ["compiled"] : []),
    `energy of the ${request.scope}`,
    request.region ?? "no region",
  ].join(", ");

/** @returns the engine as an audit asks it, or why the scenario cannot be used. */
export function createAuditEngine(settings: AuditEngineSettings) {
  const { file, text, roots, syntax, files, linter } = settings;
  const scene = resolveScenario(settings.request);
  if (scene.kind === "error") return scene;
  const limits = { ...defaultLimits, milliseconds };
  const interpreter = createInterpreter({ syntax, files, roots, limits, now: () => performance.now() });
  const modelsOf = (source: Source, { request }: Scene): readonly ModelEstimate[] =>
    estimateModels(interpreter, { file, source, training: request.mode === "train" });
  const estimate = (changed: string, at: Scene): readonly ModelEstimate[] =>
    modelsOf(linter.analyze(file, changed).source ?? syntax.parse(changed), at);
  const examine = (changed: string, at: Scene = scene) => {
    const analyzed = linter.analyze(file, changed);
    const source = analyzed.source ?? syntax.parse(changed);
    return {
      parses: !source.chunks.some(({ chunk }) => chunk.hasErrors),
      findings: findingsOf(analyzed.findings, changed),
      models: modelsOf(source, at).map((model) => engineModel(model, at)),
    };
  };
  return {
    kind: "engine" as const,
    scenario: scenarioText(scene),
    examine: (changed: string) => examine(changed),
    onAccelerator(name: string) {
      const other = resolveScenario({ ...settings.request, accelerator: name });
      return other.kind === "error" ? { error: other.message } : examine(text, other);
    },
    optimizations: () => optimizationsOf(estimate(text, scene), scene),
    rule: ruleNamed,
    acceleratorsIn: namedAccelerators,
    carbon: carbonFootprint,
    fact: (subject: string, name: string) =>
      subject === "accelerator" || subject === "region"
        ? lookUp(subject, name)
        : { error: "ask for an accelerator or a region" },
  };
}

const strongest = (fixes: readonly string[]): "safe" | "suggestion" | "none" => {
  if (fixes.includes("safe")) return "safe";
  return fixes.length > 0 ? "suggestion" : "none";
};

function findingsOf(findings: readonly Finding[], text: string) {
  const starts = lineStarts(text);
  return findings.map(({ rule, severity, message, span, fixes }) => ({
    rule: rule.id,
    severity,
    message,
    line: positionAt(starts, span.start).line + 1,
    fix: strongest(fixes.map(({ safety }) => safety)),
  }));
}

type Source = Parameters<typeof estimateModels>[1]["source"];

const noLines = lineFinder(() => undefined);
/** Parts with less than this share of the energy are left out. */
const leastShare = 0.01;

function engineModel(model: ModelEstimate, scene: Scene) {
  const counted = estimateJson(model, noLines);
  const number = (count: unknown): number | null => (typeof count === "number" ? count : null);
  const cost = model.graph.ops.length === 0 ? undefined : costJson(model, scene, noLines);
  const none = (unit: "s" | "J" | "USD" | "gCO2e") => unknownValue(unit, "no operation was counted");
  return {
    name: counted.name,
    parameters: number(counted.parameters),
    macs: number(counted.macs),
    flops: number(counted.flops),
    ...modelSignature(model),
    complete: counted.complete,
    lowerBound: counted.lowerBound,
    failure: counted.failure?.message ?? null,
    latency: cost?.latency ?? none("s"),
    energy: cost?.energy ?? none("J"),
    costPerMillion: cost?.costPerMillion ?? none("USD"),
    co2ePerMillion: cost?.co2ePerMillion ?? none("gCO2e"),
    batch: cost?.scenario.batch ?? 1,
    peakInferenceBytes: counted.memory.peakInferenceBytes,
    peakTrainingBytes: counted.memory.peakTrainingBytes,
    notCounted: counted.notCounted.map(({ what, why }) => `${what}: ${why}`),
    breakdown: (cost?.byModule ?? [])
      .filter(({ path, share }) => /^[^.]+(?:\.\d+)?$/.test(path) && share >= leastShare)
      .map(({ path, share }) => ({ component: path, share }))
      .sort((a, b) => b.share - a.share),
  };
}
