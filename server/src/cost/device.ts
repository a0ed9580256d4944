import type { Fact } from "../base/fact.ts";
import type { Accelerator, Rate } from "../hardware/accelerator.ts";
import { calibration } from "./coefficients.gen.ts";

/** What the time model needs of an accelerator, in plain numbers. */
export interface Device {
  readonly kind: "gpu" | "cpu" | "other";
  /** FLOP/s that the board sustains under load, by arithmetic type. */
  readonly peak: Readonly<Record<Rate, number>>;
  /**
   * Share of the peak that the best known product reached; no limit where nobody published one: boards of the GeForce
   * series boost above their specification.
   */
  readonly ceiling: number;
  /** Share of the reached rate of matrix units that is left where they are many times as fast as all else on the board. */
  readonly feed: number;
  /** Its power limit holds its clock down in dense products. */
  readonly isCapped: boolean;
  /** byte/s */
  readonly bandwidth: number;
  /** byte; 0 where unknown. */
  readonly cache: number;
  readonly facts: readonly Fact[];
  readonly assumptions: readonly string[];
}

interface Generation {
  /**
   * Board power by peak, in W per TFLOP/s of float32, below which the board cannot hold its clock in dense products:
   * capped boards (T4, P4, L4) reach a smaller share of their peak than their siblings.
   */
  readonly wattsPerTeraflop: number;
  /** Share of the peak that large products reach, by that of the generations with the best libraries. */
  readonly reach: number;
}

/** From the ratio of reached to peak rate in the NeuSight kernels and end-to-end runs; Ada and later from RTX 4090. */
const generations: Readonly<Record<string, Generation>> = {
  Pascal: { wattsPerTeraflop: 15, reach: 0.8 },
  Volta: { wattsPerTeraflop: 15, reach: 1 },
  Turing: { wattsPerTeraflop: 15, reach: 1 },
  Ampere: { wattsPerTeraflop: 9.5, reach: 1 },
  Ada: { wattsPerTeraflop: 4.8, reach: 1 },
  Hopper: { wattsPerTeraflop: 7, reach: 1 },
  Blackwell: { wattsPerTeraflop: 4.8, reach: 1 },
  CDNA1: { wattsPerTeraflop: 6, reach: 0.65 },
  CDNA2: { wattsPerTeraflop: 6, reach: 0.65 },
  CDNA3: { wattsPerTeraflop: 4, reach: 0.65 },
  CDNA4: { wattsPerTeraflop: 4, reach: 0.65 },
};

/** Where a rate is missing, what computes such values instead. */
const fallbacks: Readonly<Record<Rate, readonly Rate[]>> = {
  fp32: ["bf16"],
  tf32: ["fp32", "bf16"],
  fp16: ["bf16", "fp32"],
  bf16: ["fp32"],
  fp8: ["bf16", "fp16", "fp32"],
  int8: ["fp16", "bf16", "fp32"],
};

/**
 * FLOP per clock of the matrix units of one multiprocessor that are kept fed: those of the GeForce boards that the other
 * coefficients come from. An A100 has 4 times as much, an H100 8 times.
 */
const fedRate = 512;

/** FLOP per clock of the vector units of one multiprocessor: 64 lanes up to A100 and A30, 128 in all others. */
function vectorRate(architecture: string, ratio: number): number {
  const isNarrow =
    architecture === "Volta" || architecture === "Turing" || (architecture === "Ampere" && ratio > 8);
  return isNarrow ? 128 : 256;
}

/**
 * Share of the rate that is left: (fed rate / rate)^exponent, of 16-bit units. Those of other widths are as many times as fast as their
 * operands are smaller, so that they need as many bytes.
 */
function feedOf(rate: number, vectors: number, architecture: string, exponent: number): number {
  if (vectors === 0 || rate === 0) return 1;
  const ratio = rate / vectors;
  return Math.min(1, fedRate / (ratio * vectorRate(architecture, ratio))) ** exponent;
}

const devices = new WeakMap<Accelerator, Device>();

/** Remembered: every answer asks for that of its scenario. */
export function deviceOf(accelerator: Accelerator): Device {
  const known = devices.get(accelerator);
  if (known !== undefined) return known;
  const made = deviceAt(accelerator, calibration.feed.exponent);
  devices.set(accelerator, made);
  return made;
}

/** @param exponent of what feeds the matrix units, as `feedOf` has it */
export function deviceAt(accelerator: Accelerator, exponent: number): Device {
  const assumptions: string[] = [];
  const sustained = sustainedShare(accelerator);
  if (sustained < 1)
    assumptions.push(
      `${accelerator.name} is taken to hold ${Math.round(sustained * 100)} % of its peak under load`,
    );
  const peak = (rate: Rate): number => {
    const own = accelerator.rates[rate] ?? fallback(accelerator, rate);
    return own === undefined ? 0 : own.value * sustained;
  };
  const vectors = peak("fp32");
  const half = Math.max(peak("fp16"), peak("bf16"));
  return {
    kind: accelerator.kind === "gpu" || accelerator.kind === "cpu" ? accelerator.kind : "other",
    peak: {
      fp32: peak("fp32"),
      tf32: peak("tf32"),
      fp16: peak("fp16"),
      bf16: peak("bf16"),
      fp8: peak("fp8"),
      int8: peak("int8"),
    },
    feed: feedOf(half, vectors, accelerator.architecture, exponent),
    ceiling: ceilingOf(accelerator),
    isCapped: clockShare(accelerator) < heldShare,
    bandwidth: accelerator.bandwidth.value,
    cache: accelerator.lastLevelCache?.value ?? 0,
    facts: [...Object.values(accelerator.rates), accelerator.bandwidth],
    assumptions,
  };
}

function fallback(accelerator: Accelerator, rate: Rate): Fact | undefined {
  for (const other of fallbacks[rate]) {
    const fact = accelerator.rates[other];
    if (fact !== undefined) return fact;
  }
  return undefined;
}

function ceilingOf({ sustained, rates }: Accelerator): number {
  const peak = rates.bf16?.value ?? rates.fp16?.value;
  return sustained === undefined || peak === undefined ? Number.POSITIVE_INFINITY : sustained.value / peak;
}

/** A board that holds less of its clock is a capped one: P4 and T4, and no other that was measured. */
const heldShare = 0.95;

/** Share of its clock that a board holds in dense products. */
function clockShare({ boardLimit, rates, architecture }: Accelerator): number {
  const generation = generations[architecture];
  if (generation === undefined || boardLimit === undefined || rates.fp32 === undefined) return 1;
  const needed = (rates.fp32.value / 1e12) * generation.wattsPerTeraflop;
  return Math.min(1, boardLimit.value / needed);
}

const sustainedShare = (accelerator: Accelerator): number =>
  clockShare(accelerator) * (generations[accelerator.architecture]?.reach ?? 1);
