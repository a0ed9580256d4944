/**
 * Interprets diffusion models of a checkout of diffusers and writes what an image launches, as numbers, for
 * `npm run calibrate`:
 *
 *   npm run digest:diffusion -- CHECKOUT OUTPUT-FOLDER
 *
 * An image is 25 steps of the denoiser at two samples, with the text and without it, and one pass of the decoder; the encoders of the
 * text are left out: under 1 % of the work. Sizes of the models are those of their published configurations, not re-read.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Kernel } from "../src/cost/kernel.ts";
import { lower } from "../src/cost/lower.ts";
import type { Precision } from "../src/cost/precision.ts";
import { withBatch } from "../src/cost/with-batch.ts";
import { createSession } from "../src/host/model-session.ts";
import { estimateModels } from "../src/model/estimate-model.ts";
import { parseInputSpecs } from "../src/model/input-spec.ts";
import { digestColumns, digestLine } from "./calibrate/digest.ts";

const text = `
import torch.nn as nn
from diffusers.models.autoencoders.vae import Decoder
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

class UNet(nn.Module):
    def __init__(self, **config):
        super().__init__()
        self.unet = UNet2DConditionModel(**config)
    def forward(self, sample, context):
        return self.unet(sample, 10, context)[0]

class UNetXL(nn.Module):
    def __init__(self):
        super().__init__()
        self.unet = UNet2DConditionModel(sample_size=128, cross_attention_dim=2048, attention_head_dim=(5, 10, 20),
            use_linear_projection=True, block_out_channels=(320, 640, 1280), transformer_layers_per_block=(1, 2, 10),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)
    def forward(self, sample, context, text, ids):
        return self.unet(sample, 10, context, added_cond_kwargs={"text_embeds": text, "time_ids": ids})[0]

class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = SD3Transformer2DModel(sample_size=128, patch_size=2, in_channels=16, num_layers=24,
            attention_head_dim=64, num_attention_heads=24, joint_attention_dim=4096, caption_projection_dim=1536,
            pooled_projection_dim=2048, out_channels=16, pos_embed_max_size=192)
    def forward(self, sample, context, pooled, time):
        return self.model(sample, context, pooled, time)[0]

def decoder(channels):
    return Decoder(in_channels=channels, out_channels=3, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512), layers_per_block=2)
`;

interface Diffusion {
  readonly model: string;
  /** Of the image. */
  readonly size: number;
  readonly denoiser: string;
  /** For one image. */
  readonly inputs: readonly string[];
  readonly channels: number;
  /** Of the decoder: that of SDXL overflows in half precision and is converted. */
  readonly decoder: Precision;
}

const unet = (size: number, width: number): readonly string[] => [
  `sample=float32[2, 4, ${size / 8}, ${size / 8}]`,
  `context=float32[2, 77, ${width}]`,
];
const pooled = ["text=float32[2, 1280]", "ids=float32[2, 6]"];

const models: readonly Diffusion[] = [
  {
    model: "prompthero/openjourney-v4",
    size: 512,
    denoiser: "UNet(sample_size=64, cross_attention_dim=768)",
    inputs: unet(512, 768),
    channels: 4,
    decoder: "fp16",
  },
  {
    model: "stabilityai/stable-diffusion-2-1",
    size: 768,
    denoiser:
      "UNet(sample_size=96, cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20], use_linear_projection=True)",
    inputs: unet(768, 1024),
    channels: 4,
    decoder: "fp16",
  },
  ...[1024, 512].map(
    (size): Diffusion => ({
      model: size === 512 ? "stabilityai/sdxl-turbo" : "stabilityai/stable-diffusion-xl-base-1.0",
      size,
      denoiser: "UNetXL()",
      inputs: [...unet(size, 2048), ...pooled],
      channels: 4,
      decoder: "as-written",
    }),
  ),
  {
    model: "stabilityai/stable-diffusion-3-medium-diffusers",
    size: 1024,
    denoiser: "Transformer()",
    inputs: [
      "sample=float32[2, 16, 128, 128]",
      "context=float32[2, 333, 4096]",
      "pooled=float32[2, 2048]",
      "time=float32[2]",
    ],
    channels: 16,
    decoder: "fp16",
  },
];

const steps = 25;
const batch = 4;
const sizes: ReadonlyMap<string, number> = new Map();

const [checkout = "", output = ""] = process.argv.slice(2);
const root = join(checkout, "src");
const session = await createSession([root, "/usr/lib/python3/dist-packages"], {
  steps: 80_000_000,
  depth: 200,
  ops: 1_000_000,
  milliseconds: 120_000,
});
const source = session.syntax.parse(text);

function launches(entry: string, inputs: readonly string[], precision: Precision): readonly Kernel[] {
  const specs = parseInputSpecs(inputs.join(";"));
  if (specs === undefined) throw new Error(`no shapes: ${inputs.join("; ")}`);
  const [found] = estimateModels(session.interpreter, {
    file: join(root, "__digest__.py"),
    source,
    entry,
    inputs: specs,
  });
  if (found?.complete !== true)
    throw new Error(`${entry}: ${found?.failure?.message ?? found?.notCounted[0]?.why ?? "no result"}`);
  return lower(withBatch(found.graph, batch, { sizes }), {
    precision,
    sizes,
    isHalfNorm: () => false,
    addsBiasApart: true,
    upcastsAttention: true,
    channelsLast: false,
  });
}

const lines = models.flatMap(({ model, size, denoiser, inputs, channels, decoder }) => {
  const step = launches(denoiser, inputs, "fp16");
  const latent = `sample=float32[1, ${channels}, ${size / 8}, ${size / 8}]`;
  const last = launches(`decoder(${channels})`, [latent], decoder);
  const image = [...Array.from({ length: steps }, () => step).flat(), ...last];
  return digestLine({ model, imageSize: size, macs: 0 }, image, batch);
});
writeFileSync(
  join(output, "diffusion-digests.csv.gz"),
  gzipSync(`${[digestColumns.join(","), ...lines].join("\n")}\n`, { level: 9 }),
);
