/**
 * Interprets the models of a timm checkout and writes what they launch, as numbers, for `npm run calibrate`:
 *
 *   npm run digest -- CHECKOUT 0.6.6|1.0.9|1.0.24 OUTPUT-FOLDER [MODEL ...]
 *
 * The release says which measurements the checkout explains. Sizes per sample, so that any batch can be told from
 * them. Models that cannot be interpreted in full, or whose multiply-accumulates differ by more than 8 % from the
 * published ones, are left out and named.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { compilesChannelsLast } from "../src/cost/compiled-layout.ts";
import { fusedKernels } from "../src/cost/fuse.ts";
import { type LowerOptions, lower } from "../src/cost/lower.ts";
import { keptGradientPasses, passesOf } from "../src/cost/optimizer.ts";
import { stepsOf } from "../src/cost/step.ts";
import type { StepTable } from "../src/cost/step-table.ts";
import { trainedBytes } from "../src/cost/trained-parameters.ts";
import { addUpdate, trainingSteps } from "../src/cost/training.ts";
import type { Graph } from "../src/graph/ir.ts";
import { createSession, type Session } from "../src/host/model-session.ts";
import { estimateModels } from "../src/model/estimate-model.ts";
import { tensorInput } from "../src/model/input-spec.ts";
import { digestColumns, digestLine, modelsWanted, type Variant, type Wanted } from "./calibrate/digest.ts";
import { packagesBeside } from "./packages-beside.ts";

const batch = 4;
const limits = { steps: 50_000_000, depth: 200, ops: 1_000_000, milliseconds: 60_000 };
const tolerance = 0.08;
/** Published counts have two digits after the point, in 1e9. */
const rounding = 5e6;

type Launches = (graph: Graph) => StepTable;
type Release = Readonly<Partial<Record<Variant, Launches>>>;

const releases: Readonly<Record<string, Release>> = {
  "0.6.6": {
    "train-amp-0.6.6": (graph) => {
      const steps = trainingSteps(amp(graph, { isHalfNorm: () => false }));
      const parameters = trainedBytes(graph, options.precision, options.sizes);
      const passes = [...keptGradientPasses, ...passesOf.nesterov];
      addUpdate(steps, { passes, parameters, isForeach: false });
      return steps;
    },
  },
  "1.0.9": {
    "eager-amp-1.0.9": (graph) => amp(graph, { upcastsAttention: false }),
    "compiled-fp32-1.0.9": (graph) =>
      fusedKernels(lower(graph, { ...options, precision: "fp32", channelsLast: true, addsBiasApart: false })),
  },
  "1.0.24": {
    "eager-amp-1.0.24": (graph) => amp(graph, {}),
    "compiled-amp-1.0.24": (graph) => fusedKernels(amp(graph, { channelsLast: compilesChannelsLast(graph) })),
  },
};

/** The measurements were made with timm's own norms in half precision: its `--fast-norm`. */
const options: LowerOptions = {
  precision: "amp-fp16",
  sizes: new Map(),
  isHalfNorm: (op) => /layers\/norm(?:_act)?\.py$/.test(op.site.place?.file ?? ""),
  addsBiasApart: true,
  upcastsAttention: true,
  channelsLast: false,
};

const amp = (graph: Graph, change: Partial<LowerOptions>): StepTable =>
  lower(graph, { ...options, ...change });

const [checkout = "", name = "", output = "", ...names] = process.argv.slice(2);
const release = releases[name];
if (release === undefined) throw new Error(`${name} is none of ${Object.keys(releases).join(", ")}`);
const variants = Object.keys(release).filter((key): key is Variant => key in release);
const training = name === "0.6.6";

/** The file that defines each model function. */
function definitions(): ReadonlyMap<string, string> {
  const dir = join(checkout, "timm/models");
  const homes = new Map<string, string>();
  for (const file of readdirSync(dir).filter((f) => f.endsWith(".py")))
    for (const found of readFileSync(join(dir, file), "utf8").matchAll(/@register_model\s*\ndef (\w+)\(/g))
      homes.set(found[1] ?? "", file.slice(0, -".py".length));
  return homes;
}

function graphOf(session: Session, wanted: Wanted, home: string): Graph | string {
  const text = `from timm.models.${home} import ${wanted.model}\n`;
  const source = session.syntax.parse(text);
  const size = wanted.imageSize;
  const variants = [`${wanted.model}(img_size=${size})`, `${wanted.model}()`];
  let why = "";
  for (const entry of variants) {
    const [estimate] = estimateModels(session.interpreter, {
      file: join(checkout, "__digest__.py"),
      source,
      entry,
      training,
      inputs: [tensorInput({ name: undefined, dtype: "float32", shape: [batch, 3, size, size] })],
    });
    if (estimate?.complete === true) return estimate.graph;
    why = estimate?.failure?.message ?? estimate?.notCounted[0]?.why ?? "no result";
  }
  return why;
}

const session = await createSession([checkout, ...packagesBeside(name === "0.6.6" ? 1 : 2)], limits);
const homes = definitions();
const lines = new Map<Variant, string[]>();
const left: string[] = [];
for (const wanted of modelsWanted(variants)) {
  if (names.length > 0 && !names.includes(wanted.model)) continue;
  const home = homes.get(wanted.model);
  const graph = home === undefined ? "not in this checkout" : graphOf(session, wanted, home);
  if (typeof graph === "string") {
    left.push(`${wanted.model}: ${graph}`);
    continue;
  }
  const macs = lower(graph, options).macs.reduce((sum, each) => sum + each, 0) / batch;
  if (Math.abs(macs - wanted.macs) > tolerance * wanted.macs + rounding) {
    left.push(
      `${wanted.model}: ${(macs / 1e9).toFixed(3)} GMACs, published ${(wanted.macs / 1e9).toFixed(3)}`,
    );
    continue;
  }
  for (const variant of variants) {
    const known = lines.get(variant) ?? [digestColumns.join(",")];
    lines.set(variant, known);
    const launches = release[variant]?.(graph);
    if (launches !== undefined) known.push(...digestLine(wanted, stepsOf(launches), batch));
  }
}
for (const [variant, text] of lines)
  writeFileSync(
    join(output, `image-digests-${variant}.csv.gz`),
    gzipSync(`${text.join("\n")}\n`, { level: 9 }),
  );
console.log(`left out ${left.length}:\n${left.join("\n")}`);
