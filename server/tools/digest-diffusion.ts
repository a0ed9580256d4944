/**
 * Interprets diffusion models of a checkout of diffusers and writes what an image launches, as numbers, for
 * `npm run calibrate`:
 *
 *   npm run digest:diffusion -- CHECKOUT OUTPUT-FOLDER
 *
 * An image is the steps of the denoiser at two samples, with the text and without it (FLUX: at one), and one pass of the decoder; the
 * encoders of the text are left out: under 1 % of the work. Sizes of the models are those of their published configurations, not re-read.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Kernel } from "../src/cost/kernel.ts";
import { lower } from "../src/cost/lower.ts";
import type { Precision } from "../src/cost/precision.ts";
import { stepsOf } from "../src/cost/step.ts";
import { withBatch } from "../src/cost/with-batch.ts";
import { createSession } from "../src/host/model-session.ts";
import { estimateModels } from "../src/model/estimate-model.ts";
import { parseInputSpecs } from "../src/model/input-spec.ts";
import { digestColumns, digestLine } from "./calibrate/digest.ts";
import { packagesBeside } from "./packages-beside.ts";

const text = `
import torch.nn as nn
from diffusers.models.autoencoders.autoencoder_kl_temporal_decoder import TemporalDecoder
from diffusers.models.autoencoders.vae import Decoder
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel

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
    def __init__(self, layers=24, heads=24, **config):
        super().__init__()
        self.model = SD3Transformer2DModel(sample_size=128, patch_size=2, in_channels=16, num_layers=layers,
            attention_head_dim=64, num_attention_heads=heads, joint_attention_dim=4096, caption_projection_dim=64 * heads,
            pooled_projection_dim=2048, out_channels=16, pos_embed_max_size=192, **config)
    def forward(self, sample, context, pooled, time):
        return self.model(sample, context, pooled, time)[0]

class Flux(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = FluxTransformer2DModel(patch_size=1, in_channels=64, num_layers=19, num_single_layers=38,
            attention_head_dim=128, num_attention_heads=24, joint_attention_dim=4096, pooled_projection_dim=768,
            guidance_embeds=True)
    def forward(self, sample, context, pooled, time, guidance, text_ids, image_ids):
        return self.model(sample, context, pooled, time, image_ids, text_ids, guidance)[0]

class Video(nn.Module):
    def __init__(self):
        super().__init__()
        self.unet = UNetSpatioTemporalConditionModel()
    def forward(self, sample, context, ids):
        return self.unet(sample, 10, context, ids)[0]

class Frames(nn.Module):
    def __init__(self, frames):
        super().__init__()
        self.frames = frames
        self.decoder = TemporalDecoder(block_out_channels=(128, 256, 512, 512), layers_per_block=2)
    def forward(self, sample, shown):
        return self.decoder(sample.flatten(0, 1), shown, self.frames)

def decoder(channels):
    return Decoder(in_channels=channels, out_channels=3, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512), layers_per_block=2)
`;

interface Part {
  readonly entry: string;
  /** For one image or video. */
  readonly inputs: readonly string[];
  readonly precision: Precision;
}

interface Diffusion {
  readonly model: string;
  /** Of the image, its width. */
  readonly size: number;
  /** Passes of the denoiser. */
  readonly steps: number;
  readonly denoiser: Omit<Part, "precision">;
  readonly decoder: Part;
}

/** Decoders that overflow in half precision are converted to float32: those of SDXL and of the videos. */
const decoder = (size: number, channels: number, precision: Precision = "fp16"): Part => ({
  entry: `decoder(${channels})`,
  inputs: [`sample=float32[1, ${channels}, ${size / 8}, ${size / 8}]`],
  precision,
});

const unet = (size: number, width: number): readonly string[] => [
  `sample=float32[2, 4, ${size / 8}, ${size / 8}]`,
  `context=float32[2, 77, ${width}]`,
];
const pooled = ["text=float32[2, 1280]", "ids=float32[2, 6]"];
const transformer = [
  "sample=float32[2, 16, 128, 128]",
  "context=float32[2, 333, 4096]",
  "pooled=float32[2, 2048]",
  "time=float32[2]",
];

const models: readonly Diffusion[] = [
  {
    model: "prompthero/openjourney-v4",
    size: 512,
    steps: 25,
    denoiser: { entry: "UNet(sample_size=64, cross_attention_dim=768)", inputs: unet(512, 768) },
    decoder: decoder(512, 4),
  },
  {
    model: "stabilityai/stable-diffusion-2-1",
    size: 768,
    steps: 25,
    denoiser: {
      entry:
        "UNet(sample_size=96, cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20], use_linear_projection=True)",
      inputs: unet(768, 1024),
    },
    decoder: decoder(768, 4),
  },
  ...[1024, 512].map(
    (size): Diffusion => ({
      model: size === 512 ? "stabilityai/sdxl-turbo" : "stabilityai/stable-diffusion-xl-base-1.0",
      size,
      steps: 25,
      denoiser: { entry: "UNetXL()", inputs: [...unet(size, 2048), ...pooled] },
      decoder: decoder(size, 4, "as-written"),
    }),
  ),
  {
    model: "stabilityai/stable-diffusion-3-medium-diffusers",
    size: 1024,
    steps: 25,
    denoiser: { entry: "Transformer()", inputs: transformer },
    decoder: decoder(1024, 16),
  },
  {
    model: "stabilityai/stable-diffusion-3.5-medium",
    size: 1024,
    steps: 28,
    denoiser: {
      entry: 'Transformer(dual_attention_layers=tuple(range(13)), qk_norm="rms_norm")',
      inputs: transformer,
    },
    decoder: decoder(1024, 16),
  },
  {
    model: "stabilityai/stable-diffusion-3.5-large",
    size: 1024,
    steps: 28,
    denoiser: { entry: 'Transformer(38, 38, qk_norm="rms_norm")', inputs: transformer },
    decoder: decoder(1024, 16),
  },
  {
    model: "black-forest-labs/FLUX.1-dev",
    size: 1024,
    steps: 50,
    denoiser: {
      entry: "Flux()",
      inputs: [
        "sample=float32[1, 4096, 64]",
        "context=float32[1, 512, 4096]",
        "pooled=float32[1, 768]",
        "time=float32[1]",
        "guidance=float32[1]",
        "text_ids=float32[512, 3]",
        "image_ids=float32[4096, 3]",
      ],
    },
    decoder: decoder(1024, 16),
  },
  ...[14, 25].map(
    (frames): Diffusion => ({
      model: `stabilityai/stable-video-diffusion-img2vid${frames === 25 ? "-xt" : ""}`,
      size: 1024,
      steps: 25,
      denoiser: {
        entry: "Video()",
        inputs: [
          `sample=float32[2, ${frames}, 8, 72, 128]`,
          "context=float32[2, 1, 1024]",
          "ids=float32[2, 3]",
        ],
      },
      decoder: {
        entry: `Frames(${frames})`,
        inputs: [`sample=float32[1, ${frames}, 4, 72, 128]`, `shown=float32[1, ${frames}]`],
        precision: "as-written",
      },
    }),
  ),
];

const batch = 4;
const sizes: ReadonlyMap<string, number> = new Map();

const [checkout = "", output = ""] = process.argv.slice(2);
const root = join(checkout, "src");
const session = await createSession([root, ...packagesBeside(2)], {
  steps: 80_000_000,
  depth: 200,
  ops: 1_000_000,
  milliseconds: 120_000,
});
const source = session.syntax.parse(text);

function launches({ entry, inputs, precision }: Part): readonly Kernel[] {
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
  return stepsOf(
    lower(withBatch(found.graph, batch, { sizes }), {
      precision,
      sizes,
      isHalfNorm: () => false,
      addsBiasApart: true,
      upcastsAttention: true,
      channelsLast: false,
    }),
  );
}

const lines = models.flatMap(({ model, size, steps, denoiser, decoder }) => {
  const step = launches({ ...denoiser, precision: "fp16" });
  const image = [...Array.from({ length: steps }, () => step).flat(), ...launches(decoder)];
  return digestLine({ model, imageSize: size, macs: 0 }, image, batch);
});
writeFileSync(
  join(output, "diffusion-digests.csv.gz"),
  gzipSync(`${[digestColumns.join(","), ...lines].join("\n")}\n`, { level: 9 }),
);
