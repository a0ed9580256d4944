/**
 * What quantization with bitsandbytes did to the energy of text generation: measurements of FP16 and of the quantized
 * model on one machine, one sequence at a time, sampled through NVML at 10 Hz.
 *
 * Sources: hongping-zh/quant-energy (commit 8681225; Zenodo 10.5281/zenodo.22037483; data under CC BY 4.0) for
 * all rows but `int8-threshold-0`; hongping-zh/ecocompute-ai (MIT) for those. One author, not reviewed. Left out is the one
 * INT8 row whose FP16 baseline was not measured but derived.
 */
export type BnbMethod =
  /** `load_in_8bit=True` as it comes: LLM.int8() with outliers in FP16. */
  | "int8"
  /** The same with `llm_int8_threshold=0.0`: no outliers. */
  | "int8-threshold-0"
  | "nf4";

export interface BnbMeasurement {
  readonly method: BnbMethod;
  readonly gpu: string;
  readonly model: string;
  /** Parameters, in billions. */
  readonly billions: number;
  /** J per 1,000 generated tokens. */
  readonly fp16: number;
  /** J per 1,000 generated tokens. */
  readonly quantized: number;
}

type Row = readonly [gpu: string, model: string, billions: number, fp16: number, quantized: number];

const rowsOf = (method: BnbMethod, rows: readonly Row[]): readonly BnbMeasurement[] =>
  rows.map(([gpu, model, billions, fp16, quantized]) => ({
    method,
    gpu,
    model,
    billions,
    fp16,
    quantized,
  }));

export const bnbMeasurements: readonly BnbMeasurement[] = [
  ...rowsOf("int8", [
    ["RTX 4090", "Qwen2-0.5B", 0.5, 1550.92, 5302.51],
    ["RTX 4090", "TinyLlama-1.1B", 1.1, 1619.68, 3986.2],
    ["RTX 4090", "Qwen2-1.5B", 1.5, 2200.67, 6177.88],
    ["RTX 4090", "Qwen2.5-3B", 3, 3557.99, 8354.86],
    ["RTX 4090", "Qwen2-7B", 7, 5467.88, 8176.81],
    ["RTX 4090", "Qwen2-0.5B", 0.5, 1431.356, 9941.865],
    ["RTX 4090", "TinyLlama-1.1B", 1.1, 1602.936, 6437.502],
    ["RTX 4090", "Qwen2-1.5B", 1.5, 2389.677, 11113.416],
    ["RTX 4090", "Qwen2.5-3B", 3, 3929.171, 14663.26],
    ["RTX 4090", "Qwen2-7B", 7, 6515.325, 13407.291],
    ["A800", "Mistral-7B", 7, 4402.43, 10161.92],
    ["A800", "Yi-1.5-9B", 9, 5445.12, 11825.92],
    ["A800", "Qwen2.5-14B", 14, 7359.98, 15265.58],
  ]),
  ...rowsOf("int8-threshold-0", [
    ["A800", "Mistral-7B", 7, 4402.43, 6528.08],
    ["A800", "Yi-1.5-9B", 9, 5445.12, 8503.59],
    ["A800", "Qwen2.5-14B", 14, 7359.98, 9806.67],
  ]),
  ...rowsOf("nf4", [
    ["RTX 4090D", "Qwen2-0.5B", 0.5, 1474.16, 2301.07],
    ["RTX 4090D", "TinyLlama-1.1B", 1.1, 1600.58, 2134.35],
    ["RTX 4090D", "Qwen2-1.5B", 1.5, 2238.87, 3103.12],
    ["RTX 4090D", "Qwen2.5-3B", 3, 2989.22, 3743.12],
    ["RTX 4090", "Qwen2-0.5B", 0.5, 1550.92, 2103.59],
    ["RTX 4090", "TinyLlama-1.1B", 1.1, 1619.68, 1883.91],
    ["RTX 4090", "Qwen2-1.5B", 1.5, 2200.67, 2533.25],
    ["RTX 4090", "Qwen2.5-3B", 3, 3557.99, 3584.88],
    ["RTX 4090", "Qwen2-7B", 7, 5467.88, 3911.75],
    ["RTX 4090", "Qwen2-0.5B", 0.5, 1393.944, 1827.749],
    ["RTX 4090", "TinyLlama-1.1B", 1.1, 1607.587, 1695.759],
    ["RTX 4090", "Qwen2-1.5B", 1.5, 2451.046, 2396.267],
    ["RTX 4090", "Qwen2.5-3B", 3, 3879.905, 3295.419],
    ["RTX 4090", "Qwen2-7B", 7, 6571.616, 4006.264],
    ["RTX 5090", "TinyLlama-1.1B", 1.1, 1659, 2098.44],
    ["RTX 5090", "Qwen2-1.5B", 1.5, 2411.09, 3120.49],
    ["RTX 5090", "Qwen2.5-3B", 3, 3382.64, 3779.6],
    ["RTX 5090", "Qwen2-7B", 7, 5508.56, 4877.88],
    ["T4", "TinyLlama-1.1B", 1.1, 4251.21, 4445.26],
    ["T4", "Qwen2-1.5B", 1.5, 5731.8, 5744.39],
    ["T4", "Qwen2.5-3B", 3, 11267.69, 11111.78],
    ["T4", "Qwen2-7B", 7, 21722.65, 18734.94],
    ["A800", "Mistral-7B", 7, 4402.43, 4222.4],
    ["A800", "Yi-1.5-9B", 9, 5445.12, 5363.07],
    ["A800", "Qwen2.5-14B", 14, 7359.98, 7544.6],
  ]),
];

/** Energy per token against FP16 in percent, rounded: 106 for 2.06 times as much. */
export const energyChange = ({ fp16, quantized }: BnbMeasurement): number =>
  Math.round((quantized / fp16 - 1) * 100);

/** All measurements of a method, from the least change to the greatest. */
export const measurementsOf = (method: BnbMethod): readonly BnbMeasurement[] =>
  bnbMeasurements
    .filter((each) => each.method === method)
    .sort((a, b) => a.quantized / a.fp16 - b.quantized / b.fp16);

/** Those of models whose size is within a quarter of `billions`, `undefined` when there are none. */
export function measurementsNear(method: BnbMethod, billions: number): readonly BnbMeasurement[] | undefined {
  const near = measurementsOf(method).filter(
    (each) => Math.max(each.billions / billions, billions / each.billions) <= 1.25,
  );
  return near.length === 0 ? undefined : near;
}
