import type { Dim } from "../graph/dim.ts";
import type { Expr, Param } from "../syntax/ast.ts";
import { lookup } from "./classes.ts";
import type { InputSpec } from "./input-spec.ts";
import { namedModules } from "./nn-tree.ts";
import { functionOf } from "./stdlib/signature.ts";
import { none, type PyInstance, type Value } from "./values.ts";

export interface InferredInputs {
  readonly inputs: readonly InputSpec[];
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
  const forward = functionOf(model.attrs.get("forward") ?? lookup(model.cls, "forward") ?? none)?.fn;
  return forward === undefined || forward.node.kind === "Lambda" ? undefined : forward.node.params.slice(1);
}

/** Inputs from jaxtyping annotations, then from the first layer. `undefined` leaves a question to the user. */
export function inferInputs(model: PyInstance): InferredInputs | undefined {
  const params = requiredParameters(model);
  if (params === undefined) return undefined;
  if (params.length === 0) return ofTransformers(model);
  const annotated = params.map((param) =>
    param.annotation === undefined ? undefined : fromAnnotation(param.name, param.annotation),
  );
  if (annotated.every((spec) => spec !== undefined))
    return {
      inputs: annotated.flatMap((spec) => (spec === undefined ? [] : [spec])),
      assumption: "sizes from the annotations",
      source: "annotations",
    };
  if (params.length !== 1) return undefined;
  const [param] = params;
  const first = firstLayer(model);
  if (param === undefined || first === undefined) return undefined;
  return {
    inputs: [{ name: undefined, ...first }],
    assumption: `\`${param.name}\` is taken to be ${first.dtype}[${first.shape.join(", ")}], after the first layer`,
    source: "guess",
  };
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
  const ids: Guess = { dtype: "int64", shape: [1, 128] };
  const inputs: InputSpec[] = [];
  if (name === "input_ids" && takes.includes(name)) inputs.push({ name, ...ids });
  if (name === "pixel_values" && takes.includes(name)) {
    const size = number("image_size") ?? 224;
    inputs.push({ name, dtype: "float32", shape: [1, number("num_channels") ?? 3, size, size] });
  }
  if (inputs.length > 0 && takes.includes("decoder_input_ids"))
    inputs.push({ name: "decoder_input_ids", ...ids });
  if (inputs.length === 0) return undefined;
  const text = inputs.map(
    (each) => `\`${each.name}\` is taken to be ${each.dtype}[${each.shape.join(", ")}]`,
  );
  return { inputs, assumption: text.join(" and "), source: "guess" };
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
function fromAnnotation(name: string, node: Expr): InputSpec | undefined {
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

interface Guess {
  readonly dtype: InputSpec["dtype"];
  readonly shape: readonly Dim[];
}

/** Image of 224, clip of 16 frames of 112, sequence of 128: the sizes these layers are most often given. */
function firstLayer(model: PyInstance): Guess | undefined {
  for (const module of namedModules(model).keys()) {
    const width = (name: string): number | undefined => {
      const value: Value | undefined = module.attrs.get(name);
      return typeof value === "number" ? value : undefined;
    };
    const channels = width("in_channels");
    switch (module.cls.mro.map((cls) => cls.name).find((name) => known.has(name))) {
      case "Conv1d":
        return channels === undefined ? undefined : { dtype: "float32", shape: [1, channels, 1024] };
      case "Conv2d":
        return channels === undefined ? undefined : { dtype: "float32", shape: [1, channels, 224, 224] };
      case "Conv3d":
        return channels === undefined ? undefined : { dtype: "float32", shape: [1, channels, 16, 112, 112] };
      case "Linear": {
        const size = width("in_features");
        return size === undefined ? undefined : { dtype: "float32", shape: [1, size] };
      }
      case "Embedding":
        return { dtype: "int64", shape: [1, 128] };
      default:
        break;
    }
  }
  return undefined;
}

const known = new Set(["Conv1d", "Conv2d", "Conv3d", "Linear", "Embedding"]);
