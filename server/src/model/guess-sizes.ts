import type { InputHint } from "./input-hints.ts";
import type { InputOrigin } from "./input-origin.ts";
import type { TensorSpec } from "./input-spec.ts";
import { namedModules } from "./nn-tree.ts";
import type { PyInstance, Value } from "./values.ts";

/** Sizes of a model's first input. */
export interface Guess {
  readonly dtype: TensorSpec["dtype"];
  readonly shape: readonly number[];
  readonly origin: InputOrigin & { readonly from: string };
}

/** The first layer, as far as it limits the input: a number stands for itself, `free` dimensions are the input's own. */
interface First {
  readonly kind: "image" | "clip" | "signal" | "features" | "sequence" | "tokens" | "latent";
  readonly channels: number;
}

/**
 * Guesses in the order of trust: tensors that the file makes and whose sizes fit the first layer, sizes that the model
 * keeps, transforms and datasets of the file, shapes in comments, then the sizes such layers are most often given.
 */
export function guessesOf(model: PyInstance, hints: readonly InputHint[]): readonly Guess[] {
  const first = firstLayer(model);
  if (first === undefined) return [];
  const said = (...kinds: readonly InputHint["kind"][]): readonly Guess[] =>
    hints.filter(({ kind }) => kinds.includes(kind)).flatMap((hint) => fromHint(first, hint));
  const all = [
    ...said("example"),
    ...keptSizes(model, first),
    ...said("transform", "dataset", "comment"),
    ...usual(first),
  ];
  const seen = new Set<string>();
  return all.filter(({ dtype, shape }) => {
    const key = `${dtype}[${shape.join(",")}]`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

const known = new Map<string, readonly [kind: First["kind"], channels: string]>([
  ["Conv1d", ["signal", "in_channels"]],
  ["Conv2d", ["image", "in_channels"]],
  ["Conv3d", ["clip", "in_channels"]],
  ["ConvTranspose1d", ["signal", "in_channels"]],
  ["ConvTranspose2d", ["latent", "in_channels"]],
  ["Linear", ["features", "in_features"]],
  ["LSTM", ["sequence", "input_size"]],
  ["GRU", ["sequence", "input_size"]],
  ["RNN", ["sequence", "input_size"]],
  ["MultiheadAttention", ["sequence", "embed_dim"]],
  ["Embedding", ["tokens", "num_embeddings"]],
]);

function firstLayer(model: PyInstance): First | undefined {
  for (const module of namedModules(model).keys()) {
    const name = module.cls.mro.map((cls) => cls.name).find((each) => known.has(each));
    const found = known.get(name ?? "");
    if (found === undefined) continue;
    const channels = module.attrs.get(found[1]);
    return typeof channels === "number" ? { kind: found[0], channels } : undefined;
  }
  return undefined;
}

const ranks: Readonly<Record<First["kind"], readonly number[]>> = {
  image: [4],
  latent: [4],
  clip: [5],
  signal: [3],
  sequence: [3],
  features: [2, 3, 4],
  tokens: [2],
};

function fromHint(first: First, { shape, isInteger, from, kind }: InputHint): readonly Guess[] {
  const { kind: of, channels } = first;
  const origin = { kind, from };
  if (kind === "dataset" || kind === "transform")
    return of === "image" ? [{ dtype: "float32", shape: [1, channels, ...shape], origin }] : [];
  if (!ranks[of].includes(shape.length) || isInteger !== (of === "tokens")) return [];
  if (of === "tokens") return [{ dtype: "int64", shape, origin }];
  const width = of === "features" || of === "sequence" ? shape.at(-1) : shape[1];
  const flat = of === "features" && shape.slice(1).reduce((a, b) => a * b, 1) === channels;
  return width === channels || flat ? [{ dtype: "float32", shape, origin }] : [];
}

const sizeNames = [
  "img_size",
  "image_size",
  "input_resolution",
  "img_resolution",
  "input_size",
  "resolution",
];
const lengthNames = [
  "block_size",
  "max_seq_len",
  "max_len",
  "max_length",
  "context_length",
  "seq_len",
  "n_ctx",
];

/** Sizes that the model, its settings or its first modules keep under a usual name. */
function keptSizes(model: PyInstance, { kind, channels }: First): readonly Guess[] {
  const names = kind === "image" ? sizeNames : kind === "tokens" || kind === "signal" ? lengthNames : [];
  const places = [...namedModules(model).keys()].slice(0, 12);
  const config = model.attrs.get("config") ?? model.attrs.get("cfg");
  if (typeof config === "object" && config.kind === "instance") places.unshift(config);
  for (const place of places)
    for (const name of names) {
      const sizes = sizesOf(place.attrs.get(name));
      const [height, width = height] = sizes.slice(-2);
      if (height === undefined || width === undefined) continue;
      const origin = { kind: "setting", from: `\`${name}\` of \`${place.cls.name}\`` } as const;
      if (kind === "image") return [{ dtype: "float32", shape: [1, channels, height, width], origin }];
      if (kind === "signal") return [{ dtype: "float32", shape: [1, channels, height], origin }];
      return [{ dtype: "int64", shape: [1, Math.min(128, height)], origin }];
    }
  return [];
}

function sizesOf(value: Value | undefined): readonly number[] {
  if (typeof value === "number") return value > 1 ? [value] : [];
  if (typeof value !== "object" || (value.kind !== "tuple" && value.kind !== "list")) return [];
  const sizes = value.items.flatMap((item) => (typeof item === "number" && item > 1 ? [item] : []));
  return sizes.length === value.items.length ? sizes : [];
}

const origin = { kind: "layer", from: "the first layer" } as const;

/** Image of 224, clip of 16 frames of 112, sequence of 128: the sizes these layers are most often given, then others. */
function usual({ kind, channels }: First): readonly Guess[] {
  switch (kind) {
    case "image":
      return imageSizes(channels).map((size) => ({
        dtype: "float32",
        shape: [1, channels, size, size],
        origin,
      }));
    case "latent":
      return [1, 4, 7, 8, 32, 64].map((size) => ({
        dtype: "float32",
        shape: [1, channels, size, size],
        origin,
      }));
    case "clip":
      return [
        [16, 112],
        [16, 224],
        [32, 32],
        [8, 64],
      ].map(([frames = 1, size = 1]) => ({
        dtype: "float32",
        shape: [1, channels, frames, size, size],
        origin,
      }));
    case "signal":
      return [1024, 128, 16000, 784, 100, 256, 512, 187, 3000].map((length) => ({
        dtype: "float32",
        shape: [1, channels, length],
        origin,
      }));
    case "sequence":
      return [{ dtype: "float32", shape: [1, 128, channels], origin }];
    case "features":
      return [[channels], [16, channels], ...squares(channels)].map((shape) => ({
        dtype: "float32",
        shape: [1, ...shape],
        origin,
      }));
    case "tokens":
      return [128, 64, 32, 16, 8, 256].map((length) => ({ dtype: "int64", shape: [1, length], origin }));
  }
}

/** Those of ImageNet first; then of MNIST, CIFAR, Atari and others, as far as so many channels are usual there. */
function imageSizes(channels: number): readonly number[] {
  const small = channels === 1 ? [28, 32, 64] : channels === 4 ? [84, 64, 32] : [32, 64, 28];
  return [224, ...small, 128, 96, 256, 227, 299, 84, 48, 40, 112, 160, 192, 384, 512, 16];
}

/** Images that have so many elements: 784 is 28 by 28 of one channel, 3072 is 32 by 32 of three. */
function squares(features: number): readonly (readonly number[])[] {
  return [1, 3].flatMap((channels) => {
    const size = Math.sqrt(features / channels);
    return Number.isInteger(size) && size > 3 ? [[channels, size, size]] : [];
  });
}
