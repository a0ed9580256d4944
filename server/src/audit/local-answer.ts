import { boundOf } from "../analysis/why-unknown.ts";
import { amount, digits } from "../base/amount.ts";
import type { AuditEngine, EngineModel, Examined, Figure } from "./engine.ts";
import { inertMarkdown } from "./inert.ts";
import { type Topic, topicOf } from "./question-topic.ts";
import type { Task } from "./router.ts";

export interface LocalRequest {
  readonly task: Task;
  /** The finding that is asked about: `rule, line 3: message`. */
  readonly focus: string | undefined;
  readonly question: string | undefined;
  readonly engine: AuditEngine;
  readonly examined: Examined;
}

/** What rules and engine say to a request: free, and nothing leaves the machine. */
export interface LocalAnswer {
  readonly why: string;
  readonly markdown: string;
}

/** `undefined` when only a model can answer. */
export function localAnswer(request: LocalRequest): LocalAnswer | undefined {
  const { task, question } = request;
  if (question !== undefined) {
    if (task === "follow-up" && refersBack.test(question)) return undefined;
    const page = ruleSection(request, question);
    if (page !== undefined) return answered("a rule", page);
    const topic = topicOf(question);
    return topic === undefined ? undefined : answered(topic, sections[topic](request, question));
  }
  if (task === "explain-finding") return answered("a rule", ruleSection(request, request.focus ?? ""));
  if (task === "fix-finding") return fixAtHand(request);
  return undefined;
}

/** What was said before is not known here. */
const refersBack =
  /\b(?:that|those|these|then|left|after|still|you|your|instead|again|above|it|this change)\b/i;

/** All of the figures and findings: what level 1 says of a file. */
export const localReport = (request: LocalRequest): string =>
  [
    figuresSection(request, everything),
    sections["hot spots"](request, ""),
    sections.findings(request, ""),
    sections["what is not counted"](request, ""),
  ]
    .flatMap((section) => section ?? [])
    .join("\n\n");

const answered = (topic: Topic, markdown: string | undefined): LocalAnswer | undefined =>
  markdown === undefined ? undefined : { why: reasons[topic], markdown };

const reasons: Readonly<Record<Topic, string>> = {
  parameters: "the engine counts parameters itself, at no cost",
  work: "the engine counts the work itself, at no cost",
  time: "the engine computes the time itself, at no cost",
  energy: "the engine computes the energy itself, at no cost",
  money: "the engine computes the money itself, at no cost",
  carbon: "the engine computes the carbon itself, at no cost",
  memory: "the engine computes the memory itself, at no cost",
  shapes: "the engine knows the shapes, at no cost",
  "hot spots": "the engine knows where the energy goes, at no cost",
  findings: "the rules have checked the file, at no cost",
  "a rule": "the page of the rule explains it, at no cost",
  "another accelerator": "the engine computes other accelerators itself, at no cost",
  "an optimization": "the engine computes what optimizations save, at no cost",
  "a published figure": "the tables have the figure with its source, at no cost",
  "what is not counted": "the engine knows what it could not count, at no cost",
};

type Section = (request: LocalRequest, question: string) => string | undefined;
type Row = readonly [name: string, show: (model: EngineModel) => string];

const count = (value: number | null): string => (value === null ? "unknown" : value.toLocaleString("en-US"));
const figure = ({ value, low, high, unit }: Figure): string =>
  value === null || low === null || high === null
    ? "unknown"
    : `${amount(value, unit)} (${amount(low, unit)} to ${amount(high, unit)})`;
const bytes = (value: number | null): string => {
  if (value === null) return "unknown";
  return value < 2 ** 30 ? `${digits(value / 2 ** 20)} MiB` : `${digits(value / 2 ** 30)} GiB`;
};
const text = (words: string): string => inertMarkdown(words.replace(/\s+/g, " ")).replaceAll("|", "\\|");

/** What was counted of a model that could not be counted in full is the least that it may be, unless it may do otherwise. */
const least = (model: EngineModel, counted: string): string =>
  counted === "unknown" ? counted : `${boundOf(model)}${counted}`;

const rows = {
  parameters: ["parameters", (model) => least(model, count(model.parameters))],
  macs: ["MACs", (model) => least(model, count(model.macs))],
  flops: ["FLOPs of everything else", (model) => least(model, count(model.flops))],
  latency: ["time of a batch", (model) => `${least(model, figure(model.latency))}, batch ${model.batch}`],
  energy: ["energy of a batch", (model) => `${least(model, figure(model.energy))}, batch ${model.batch}`],
  money: ["cost of a million inferences", (model) => least(model, figure(model.costPerMillion))],
  carbon: ["CO2e of a million inferences", (model) => least(model, figure(model.co2ePerMillion))],
  inference: ["memory at the peak of inference", (model) => least(model, bytes(model.peakInferenceBytes))],
  training: [
    "memory at the peak of a training step",
    (model) => least(model, bytes(model.peakTrainingBytes)),
  ],
  inputs: ["inputs", ({ inputs }) => inputs || "unknown"],
  output: ["output", outputText],
} as const satisfies Readonly<Record<string, Row>>;

const everything: readonly Row[] = Object.values(rows);

/** A run that ended before its time gave nothing back that could be looked at. */
function outputText({ output, failure, notCounted }: EngineModel): string {
  if (output !== "unknown") return output;
  return `unknown: ${failure ?? notCounted[0] ?? "the forward pass does not end"}`;
}

function figuresSection({ engine, examined }: LocalRequest, wanted: readonly Row[]): string | undefined {
  if (examined.models.length === 0) return undefined;
  const tables = examined.models.map((model) =>
    [
      `## \`${text(model.name)}\``,
      "",
      "| | |",
      "| --- | ---: |",
      ...wanted.map(([name, show]) => `| ${name} | ${text(show(model))} |`),
      ...(model.complete ? [] : ["", "Some of it could not be counted."]),
    ].join("\n"),
  );
  return [...tables, `By the engine: ${text(engine.scenario)}.`].join("\n\n");
}

const table =
  (...wanted: readonly Row[]): Section =>
  (request) =>
    figuresSection(request, wanted);

const sections: Readonly<Record<Topic, Section>> = {
  parameters: table(rows.parameters),
  work: table(rows.macs, rows.flops),
  time: table(rows.latency),
  energy: table(rows.energy, rows.money, rows.carbon),
  money: table(rows.money, rows.energy),
  carbon: table(rows.carbon, rows.energy),
  memory: table(rows.inference, rows.training, rows.parameters),
  shapes: table(rows.inputs, rows.output),
  "hot spots": ({ examined }) => {
    const parts = examined.models.flatMap(({ name, breakdown }) =>
      breakdown
        .slice(0, 10)
        .map(
          ({ component, share }) =>
            `- \`${text(name)}.${text(component)}\`: ${(share * 100).toFixed(1)} % of the energy`,
        ),
    );
    return parts.length === 0 ? undefined : ["## Where the energy goes", "", ...parts].join("\n");
  },
  findings: ({ examined }) => {
    if (examined.findings.length === 0) return "The rules find nothing in this file.";
    const lines = examined.findings
      .slice(0, 50)
      .map(
        ({ rule, line, severity, message, fix }) =>
          `- line ${line}, ${severity}: ${text(message)} (\`${rule}\`${fix === "none" ? "" : `, ${fix === "safe" ? "safe fix" : "suggestion"} in the light bulb`})`,
      );
    return ["## What the rules find", "", ...lines].join("\n");
  },
  "a rule": (request, question) => ruleSection(request, question),
  "another accelerator": ({ engine }, question) => {
    const named = engine.acceleratorsIn(question);
    const wanted = named.length === 0 ? usual : named;
    const lines = wanted.flatMap((accelerator) => {
      const found = engine.onAccelerator(accelerator);
      if ("error" in found) return [];
      return found.models.map(
        (model) =>
          `| ${accelerator} | \`${text(model.name)}\` | ${[model.latency, model.energy, model.costPerMillion].map((each) => least(model, figure(each))).join(" | ")} |`,
      );
    });
    return lines.length === 0
      ? undefined
      : [
          "| accelerator | model | time | energy | a million inferences |",
          "| --- | --- | ---: | ---: | ---: |",
          ...lines,
        ].join("\n");
  },
  "an optimization": ({ engine }, question) => {
    const all = engine.optimizations();
    const asked = optimizationWords.flatMap(([id, words]) => (words.test(question) ? [id] : []));
    const wanted = asked.length === 0 ? all : all.filter(({ id }) => asked.includes(id));
    if (wanted.length === 0) return undefined;
    const lines = wanted.map(({ model, title, percent, low, high, why }) =>
      percent === null || low === null || high === null
        ? `- ${text(title)} (\`${text(model)}\`): no saving is computed: ${text(why)}`
        : `- ${text(title)} (\`${text(model)}\`): ${percent >= 0 ? "saves" : "costs"} ${digits(Math.abs(percent))} % of the energy (${digits(low)} to ${digits(high)} %). ${text(why)}`,
    );
    return ["## What optimizations would save", "", ...lines].join("\n");
  },
  "a published figure": ({ engine }, question) => {
    const regions = [...question.matchAll(/\b[a-z]{2}-[a-z]+-\d\b/gi)].map(([name]) =>
      engine.fact("region", name),
    );
    const cards = engine.acceleratorsIn(question).map((name) => engine.fact("accelerator", name));
    const facts = [...regions, ...cards].flatMap((found) => ("facts" in found ? found.facts : []));
    return facts.length === 0 ? undefined : facts.map((fact) => `- ${text(fact)}`).join("\n");
  },
  "what is not counted": ({ examined }) => {
    const lines = examined.models.flatMap(({ name, notCounted }) =>
      notCounted.map((what) => `- \`${text(name)}\`: ${text(what)}`),
    );
    if (examined.models.length === 0) return undefined;
    return lines.length === 0
      ? "All of it was counted."
      : ["## What could not be counted", "", ...lines].join("\n");
  },
};

/** Where none is named. */
const usual = ["h100", "a100-80gb", "l4", "rtx4090"];

const optimizationWords: readonly (readonly [id: string, words: RegExp])[] = [
  ["mixed-precision", /\b(?:fp16|float16|bf16|bfloat16|half precision|mixed precision)\b/i],
  ["quantize-int8", /\b(?:int8|8[- ]bit)\b/i],
  ["quantize-bnb-int8", /\b(?:int8|8[- ]bit|bitsandbytes|bnb)\b/i],
  ["quantize-bnb-nf4", /\b(?:nf4|int4|4[- ]bit|bitsandbytes|bnb)\b/i],
  ["quantize-fp8", /\bfp8\b/i],
  ["compile", /\bcompil\w+/i],
  ["fused-attention", /\b(?:flash[- ]?attention|fused attention|sdpa)\b/i],
  ["kv-cache", /\bkv[- ]?cache\b/i],
  ["channels-last", /\bchannels[- ]last\b/i],
  ["larger-batch", /\b(?:larger|bigger) batch|\bbatch size\b/i],
  ["activation-checkpointing", /\bcheckpointing\b/i],
];

function ruleSection({ engine }: LocalRequest, words: string): string | undefined {
  const named = [...words.matchAll(/[a-z][a-z0-9]*(?:-[a-z0-9]+)+/g)].flatMap(
    ([id]) => engine.rule(id) ?? [],
  );
  const [rule] = named;
  return rule === undefined
    ? undefined
    : `## \`${rule.id}\`\n\n${inertMarkdown(rule.summary)}\n\n${inertMarkdown(rule.why)}`;
}

/** A fix that computes the same is better than any that a model writes. */
function fixAtHand({ focus, examined }: LocalRequest): LocalAnswer | undefined {
  const [, rule, line] = /^([\w-]+), line (\d+):/.exec(focus ?? "") ?? [];
  const found = examined.findings.find((each) => each.rule === rule && each.line === Number(line));
  return found?.fix === "safe"
    ? {
        why: "the light bulb has a safe fix of this, at no cost",
        markdown: `The light bulb in line ${found.line} has a safe fix of \`${found.rule}\`: the program computes the same.`,
      }
    : undefined;
}
