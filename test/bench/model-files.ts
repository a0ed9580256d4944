import { existsSync, readFileSync } from "node:fs";

export interface ModelFile {
  readonly name: string;
  readonly text: string;
  /** What PyTorch is asked to build: `resnet50`. */
  readonly builder: string;
}

/** Where Debian's python3-torchvision lies. */
export const packages = "/usr/lib/python3/dist-packages";
const models = `${packages}/torchvision/models`;

/** torchvision's longest files of models and what a user builds with them. */
const builders = {
  resnet: "resnet50",
  swin_transformer: "swin_t",
  efficientnet: "efficientnet_b0",
  vision_transformer: "vit_b_16",
} as const;

/**
 * Files of about 1,000 lines as a user would have them: real model code that ends with one model and its call.
 * Decorators that put builders into torchvision's registry go: a user's file has none.
 */
export function modelFiles(): readonly ModelFile[] {
  if (!existsSync(models)) return [];
  return Object.entries(builders).map(([name, builder]) => {
    const text = readFileSync(`${models}/${name}.py`, "utf8")
      .replace(/^from \.\.(?=[\w ])/gm, "from torchvision.")
      .replace(/^from torchvision\. /gm, "from torchvision ")
      .replace(/^from \.(?=\w)/gm, "from torchvision.models.")
      .replace(/^@register_model\(.*\n/gm, "");
    return {
      name,
      builder,
      text: `import torch\n${text}\n\nmodel = ${builder}()\nmodel(torch.randn(1, 3, 224, 224))\n`,
    };
  });
}

/** The same file again and again under other names, each with a model of its own. */
export function manyFiles(files: readonly ModelFile[], count: number): readonly ModelFile[] {
  return Array.from({ length: count }, (_, i): ModelFile | undefined => {
    const file = files[i % files.length];
    return file === undefined
      ? undefined
      : { ...file, name: `${file.name}_${i}`, text: `${file.text}# ${i}\n` };
  }).filter((file) => file !== undefined);
}
