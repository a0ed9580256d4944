import type { Expr, Param } from "../syntax/ast.ts";
import { lookup } from "./classes.ts";
import { type Guess, guessesOf } from "./guess-sizes.ts";
import { type InputHint, inputHints } from "./input-hints.ts";
import type { InputOrigin } from "./input-origin.ts";
import type { TensorSpec } from "./input-spec.ts";
import { functionOf } from "./stdlib/signature.ts";
import { none, type PyInstance } from "./values.ts";

export interface InferredInput extends TensorSpec {
  /** `undefined` for a positional one. */
  readonly name: string | undefined;
}

export interface InferredInputs {
  readonly inputs: readonly InferredInput[];
  /** Of each input. */
  readonly origins: readonly InputOrigin[];
  /** What was taken for granted, told with the estimate. */
  readonly assumption: string;
  readonly source: "annotations" | "guess";
}

/** The parameters of `forward` that a call must give, without `self`. */
export const requiredParameters = (model: PyInstance): readonly Param[] | undefined =>
  forwardParameters(model)?.filter(
    (param) =>
      param.default === undefined && (param.mode === "positional" || param.mode === "positional-only"),
  );

/** The parameters of `forward` as it is written, decorators aside, without `self`. */
export function forwardParameters(model: PyInstance): readonly Param[] | undefined {
  const own = model.attrs.get("forward") ?? lookup(model.cls, "forward") ?? none;
  const forward = functionOf(own)?.fn;
  if (forward === undefined || forward.node.kind === "Lambda") return undefined;
  return typeof own === "object" && own.kind === "staticmethod"
    ? forward.node.params
    : forward.node.params.slice(1);
}

/**
 * What the model may be called with, the likeliest first: by jaxtyping annotations, else by guesses of which each is tried
 * when the one before does not fit. None leaves a question to the user.
 * @param callers what code elsewhere says of sizes, believed less than the file itself.
 */
export function inferInputs(
  model: PyInstance,
  text: string,
  callers: readonly InputHint[] = [],
): readonly InferredInputs[] {
  const required = requiredParameters(model);
  if (required === undefined) return [];
  if (required.length === 0) {
    const made = ofTransformers(model);
    if (made !== undefined) return [made];
  }
  // `forward(*inputs)` gets at least one.
  const params =
    required.length > 0
      ? required
      : (forwardParameters(model) ?? []).filter((each) => each.mode === "var-positional");
  if (params.length === 0) return [];
  const annotated = params.map((param) =>
    param.annotation === undefined ? undefined : fromAnnotation(param.name, param.annotation),
  );
  if (annotated.every((spec) => spec !== undefined))
    return [
      {
        inputs: annotated.flatMap((spec) => (spec === undefined ? [] : [spec])),
        origins: annotated.map(() => ({ kind: "annotation", from: undefined })),
        assumption: "sizes from the annotations",
        source: "annotations",
      },
    ];
  const [first, ...rest] = params;
  if (first === undefined) return [];
  const others = rest.map((param) => ofName(param.name, first.name));
  if (others.includes(undefined)) return [];
  return [...latents(model, first.name), ...guessesOf(model, [...inputHints(text), ...callers])].map(
    (guess) => {
      const inputs = [{ name: undefined, ...guess }, ...others.flatMap((each) => each?.(guess) ?? [])];
      const told = inputs.map(
        (each, i) => `\`${params[i]?.name}\` is taken to be ${each.dtype}[${each.shape.join(", ")}]`,
      );
      return {
        inputs: inputs.map(({ dtype, shape }) => ({ name: undefined, dtype, shape })),
        origins: inputs.map((_, i) => (i === 0 ? guess.origin : byName(params[i]?.name ?? ""))),
        assumption: `${told.join(" and ")}, after ${guess.origin.from}`,
        source: "guess",
      };
    },
  );
}

const byName = (name: string): InputOrigin => ({ kind: "name", from: `the name \`${name}\`` });

const latentSizes = ["dim_z", "z_dim", "zdim", "latent_dim", "latent_size", "nz", "z_size", "noise_dim"];

/** What a generator starts from has as many elements as the model keeps under a usual name. */
function latents(model: PyInstance, name: string): readonly Guess[] {
  if (!/^(?:z|zs|noise|latents?|code|eps)$/.test(name)) return [];
  for (const key of latentSizes) {
    const size = model.attrs.get(key);
    const origin = { kind: "setting", from: `\`${key}\` of \`${model.cls.name}\`` } as const;
    if (typeof size === "number") return [{ dtype: "float32", shape: [1, size], origin }];
  }
  return [];
}

/**
 * Another guess, where the message of an exception says what was wrong with one: the width of the first input, or
 * `None` for a parameter that may be left out and whose name says what it holds.
 */
export function corrected(
  model: PyInstance,
  guess: InferredInputs,
  message: string,
): InferredInputs | undefined {
  if (/None/.test(message)) return withOptional(model, guess);
  const channels = /expected input\[.*\] to have (\d+) channels, but got (\d+) channels/.exec(message);
  const features = /mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)/.exec(message);
  const [first, ...rest] = guess.inputs;
  if (first === undefined || guess.source !== "guess") return undefined;
  const [at, had, wanted] =
    channels !== null
      ? [1, Number(channels[2]), Number(channels[1])]
      : [first.shape.length - 1, Number(features?.[1]), Number(features?.[2])];
  if (first.shape[at] !== had) return undefined;
  const shape = first.shape.map((size, i) => (i === at ? wanted : size));
  return {
    inputs: [{ ...first, shape }, ...rest],
    origins: [{ kind: "layer", from: "the layer that it comes to first" }, ...guess.origins.slice(1)],
    assumption: guess.assumption
      .replace(/\[[^\]]*\]/, `[${shape.join(", ")}]`)
      .replace(/, after .*$/, ", after the layer that it comes to first"),
    source: "guess",
  };
}

function withOptional(model: PyInstance, guess: InferredInputs): InferredInputs | undefined {
  const params = forwardParameters(model) ?? [];
  const [first] = guess.inputs;
  if (first === undefined) return undefined;
  const shape = first.shape.flatMap((size) => (typeof size === "number" ? [size] : []));
  const added = params.flatMap(({ name, default: value }): readonly InferredInput[] => {
    const made = value?.kind === "None" ? ofName(name, params[0]?.name ?? "") : undefined;
    return made === undefined ? [] : [{ name, ...made({ dtype: first.dtype, shape }) }];
  });
  if (added.length === 0 || guess.source !== "guess") return undefined;
  const told = added.map(
    ({ name, dtype, shape }) => `\`${name}\` is taken to be ${dtype}[${shape.join(", ")}]`,
  );
  return {
    ...guess,
    inputs: [...guess.inputs, ...added],
    origins: [...guess.origins, ...added.map(({ name }) => byName(name ?? ""))],
    assumption: [guess.assumption, ...told].join("; "),
  };
}

/**
 * Further parameters whose names say what they hold: steps of a diffusion, labels of classes, the other sequence, the
 * second of two images.
 */
function ofName(
  name: string,
  first: string,
): ((first: Pick<Guess, "dtype" | "shape">) => TensorSpec) | undefined {
  const stem = /^(.*?)_?(?:\d|a|b|one|two|left|right)$/i;
  if (stem.test(name) && stem.exec(name)?.[1] === stem.exec(first)?.[1])
    return ({ dtype, shape }) => ({ dtype, shape });
  if (/^(?:t|ts|time|times|timesteps?|time_steps?|steps?|y|c|labels?|class_labels?|classes)$/.test(name))
    return ({ shape }) => ({ dtype: "int64", shape: shape.slice(0, 1) });
  if (/^(?:tgt|trg|target|targets|dec_inputs?|decoder_inputs?|x2|x_?2|other|y_?t)$/.test(name))
    return ({ dtype, shape }) => ({ dtype, shape });
  return undefined;
}

/** Models of transformers take everything by name and say in their configuration what an image is. */
function ofTransformers(model: PyInstance): InferredInputs | undefined {
  const config = model.attrs.get("config");
  const name = lookup(model.cls, "main_input_name");
  const takes = forwardParameters(model)?.map((param) => param.name) ?? [];
  if (typeof config !== "object" || config.kind !== "instance" || typeof name !== "string") return undefined;
  const number = (key: string): number | undefined => {
    const value = config.attrs.get(key);
    return typeof value === "number" ? value : undefined;
  };
  const ids = { dtype: "int64", shape: [1, 128] } as const;
  const inputs: InferredInput[] = [];
  const origins: InputOrigin[] = [];
  if (name === "input_ids" && takes.includes(name)) {
    inputs.push({ name, ...ids });
    origins.push(byName(name));
  }
  if (name === "pixel_values" && takes.includes(name)) {
    const size = number("image_size") ?? 224;
    inputs.push({ name, dtype: "float32", shape: [1, number("num_channels") ?? 3, size, size] });
    const isSaid = number("image_size") !== undefined;
    origins.push(
      isSaid ? { kind: "setting", from: `\`image_size\` of \`${config.cls.name}\`` } : byName(name),
    );
  }
  if (inputs.length > 0 && takes.includes("decoder_input_ids")) {
    inputs.push({ name: "decoder_input_ids", ...ids });
    origins.push(byName("decoder_input_ids"));
  }
  if (inputs.length === 0) return undefined;
  const text = inputs.map(
    (each) => `\`${each.name}\` is taken to be ${each.dtype}[${each.shape.join(", ")}]`,
  );
  return { inputs, origins, assumption: text.join(" and "), source: "guess" };
}

const jaxDtypes = new Map([
  ["Float", "float32"],
  ["Float32", "float32"],
  ["Float16", "float16"],
  ["BFloat16", "bfloat16"],
  ["Float64", "float64"],
  ["Int", "int64"],
  ["Int64", "int64"],
  ["Int32", "int32"],
  ["Bool", "bool"],
] as const);

/** `Float[Tensor, "1 3 224 224"]` and `"batch=8 3 224 224"`. */
function fromAnnotation(name: string, node: Expr): InferredInput | undefined {
  if (node.kind !== "Subscript" || node.value.kind !== "Name" || node.index.kind !== "Tuple")
    return undefined;
  const dtype = [...jaxDtypes].find(([key]) => node.value.kind === "Name" && key === node.value.id)?.[1];
  const text = node.index.elts[1];
  if (dtype === undefined || text?.kind !== "Str") return undefined;
  const shape = text.value
    .trim()
    .split(/\s+/)
    .map((part) => /(\d+)$/.exec(part)?.[1]);
  return shape.includes(undefined) ? undefined : { name, dtype, shape: shape.map(Number) };
}
