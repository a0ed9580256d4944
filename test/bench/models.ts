import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultRequest } from "../../server/src/analysis/scenario.ts";
import { createModelRunner, type ModelRunner } from "../../server/src/host/model-runner.ts";
import { syntax } from "../harness/syntax.ts";
import { type ModelFile, packages } from "./model-files.ts";
import type { Sample } from "./statistics.ts";
import { typing } from "./typing.ts";

const worker = pathToFileURL(resolve("dist/model-worker.cjs"));
const folder = "/bench";

function newRunner(): ModelRunner {
  return createModelRunner(worker, (message) => {
    throw new Error(message);
  });
}

interface Estimated {
  readonly sample: Sample;
  readonly complete: boolean;
}

/** From handing a text to the thread to having its models back. Processor time is that of all threads. */
async function estimateOnce(runner: ModelRunner, file: ModelFile, text: string): Promise<Estimated> {
  const before = process.cpuUsage();
  const began = performance.now();
  const views = await runner.estimate(
    {
      path: `${folder}/${file.name}.py`,
      text,
      roots: [folder, packages],
      milliseconds: 30_000,
      request: { ...defaultRequest, accelerator: "a100-80gb" },
    },
    () => undefined,
  );
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return {
    sample: { wall, cpu: (user + system) / 1000 },
    complete: views?.[0]?.estimate.complete === true,
  };
}

async function estimateWhole(runner: ModelRunner, file: ModelFile, text: string): Promise<Sample> {
  const { sample, complete } = await estimateOnce(runner, file, text);
  if (!complete) throw new Error(`${file.name} is not estimated in full`);
  return sample;
}

export interface ModelTimings {
  /** Keys typed anywhere in the file, where the text then parses: otherwise the editor asks for nothing. */
  readonly typed: readonly Sample[];
  /** Statements put into and taken out of code that runs. */
  readonly ran: readonly Sample[];
}

/** Estimates before the first that counts: a thread lives as long as the editor, and V8 compiles what runs often. */
export const warmUps = 80;

/** Edits of a file that was estimated often enough for the engine to be warm. */
export async function timeEdits(file: ModelFile, places: number, runs: number): Promise<ModelTimings> {
  const runner = newRunner();
  try {
    const ran: Sample[] = [];
    for (let i = 0; i < warmUps + runs; i++) {
      const text = i % 2 === 0 ? inForward(file.text) : file.text;
      const sample = await estimateWhole(runner, file, text);
      if (i >= warmUps) ran.push(sample);
    }
    const typed: Sample[] = [];
    for (const { after } of typing(file.text, places, 1)) {
      if (syntax.parse(after).chunks.some(({ chunk }) => chunk.hasErrors)) continue;
      const { sample } = await estimateOnce(runner, file, after);
      typed.push(sample);
    }
    return { ran, typed };
  } finally {
    runner.dispose();
  }
}

/** One statement more in the last `forward` of the file: that of the model itself. */
function inForward(text: string): string {
  const at = text.indexOf(":\n", text.lastIndexOf("def forward(")) + 2;
  return `${text.slice(0, at)}        pass\n${text.slice(at)}`;
}

/** From nothing to the models of a file that imports torch alone: the thread starts, the parser and `torch.nn` load. */
export async function timeColdStart(file: ModelFile, times: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let i = 0; i < times; i++) {
    const runner = newRunner();
    try {
      samples.push(await estimateWhole(runner, file, file.text));
    } finally {
      runner.dispose();
    }
  }
  return samples;
}
