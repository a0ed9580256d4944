import { costJson } from "../analysis/cost-report.ts";
import { estimateJson, lineFinder } from "../analysis/estimate-report.ts";
import { unknownValue } from "../analysis/estimate-value.ts";
import type { Finding } from "../analysis/finding.ts";
import { carbonFootprint, lookUp } from "../analysis/look-up.ts";
import { modelSignature } from "../analysis/model-signature.ts";
import { type CostRequest, resolveScenario, type Scene } from "../analysis/scenario.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import { estimateModels, type ModelEstimate } from "../model/estimate-model.ts";
import type { Interpreter } from "../model/interpreter.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { Syntax } from "../syntax/source-file.ts";
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
  const examine = (changed: string, at: Scene = scene) => {
    const analyzed = linter.analyze(file, changed);
    const source = analyzed.source ?? syntax.parse(changed);
    return {
      parses: !source.chunks.some(({ chunk }) => chunk.hasErrors),
      findings: findingsOf(analyzed.findings, changed),
      models: examineModels(interpreter, file, source, at),
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
    carbon: carbonFootprint,
    fact: (subject: string, name: string) =>
      subject === "accelerator" || subject === "region"
        ? lookUp(subject, name)
        : { error: "ask for an accelerator or a region" },
  };
}

function findingsOf(findings: readonly Finding[], text: string) {
  const starts = lineStarts(text);
  return findings.map(({ rule, severity, message, span }) => ({
    rule: rule.id,
    severity,
    message,
    line: positionAt(starts, span.start).line + 1,
  }));
}

function examineModels(
  interpreter: Interpreter,
  file: string,
  source: Parameters<typeof estimateModels>[1]["source"],
  scene: Scene,
) {
  const training = scene.request.mode === "train";
  return estimateModels(interpreter, { file, source, training }).map((model) => engineModel(model, scene));
}

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
    failure: counted.failure?.message ?? null,
    latency: cost?.latency ?? none("s"),
    energy: cost?.energy ?? none("J"),
    costPerMillion: cost?.costPerMillion ?? none("USD"),
    co2ePerMillion: cost?.co2ePerMillion ?? none("gCO2e"),
    batch: cost?.scenario.batch ?? 1,
    breakdown: (cost?.byModule ?? [])
      .filter(({ path, share }) => /^[^.]+(?:\.\d+)?$/.test(path) && share >= leastShare)
      .map(({ path, share }) => ({ component: path, share }))
      .sort((a, b) => b.share - a.share),
  };
}
