/** Other paths under which torch and its companions export the same thing. Longest first within a family. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^torch\.nn\.modules\.(?:[a-z_]+\.)?(?=[A-Z])/, "torch.nn."],
  [/^torch\.nn\.parameter\.(?=[A-Z])/, "torch.nn."],
  [/^torch\.nn\.modules\.module\./, "torch.nn."],
  [/^torch\.utils\.data\.(?:dataloader|dataset|sampler)\.(?=[A-Z])/, "torch.utils.data."],
  [/^torch\.optim\.(?!lr_scheduler|swa_utils)[a-z_]+\.(?=[A-Z])/, "torch.optim."],
  [/^torch\.autograd\.grad_mode\./, "torch."],
  [/^torch\.autograd\.(?=no_grad$|enable_grad$|set_grad_enabled$|inference_mode$)/, "torch."],
  [/^torch\.amp\.autocast_mode\./, "torch.amp."],
  [/^torch\.cuda\.amp\.(?:autocast_mode|grad_scaler)\./, "torch.cuda.amp."],
  [/^pytorch_lightning\b/, "lightning.pytorch"],
  [/^lightning\.(?=LightningModule$|LightningDataModule$|Trainer$)/, "lightning.pytorch."],
  [/^lightning\.pytorch\.core\.(?:[a-z_]+\.)*(?=[A-Z])/, "lightning.pytorch."],
  [/^transformers\.(?:modeling_utils|utils\.quantization_config)\.(?=[A-Z])/, "transformers."],
  [/^accelerate\.accelerator\.(?=[A-Z])/, "accelerate."],
];

/** The name under which documentation knows a thing: `torch.nn.modules.conv.Conv2d` -> `torch.nn.Conv2d`. */
export function canonicalName(dotted: string): string {
  if (!/^(?:torch|pytorch_lightning|lightning|transformers|accelerate)\b/.test(dotted)) return dotted;
  let name = dotted;
  for (const [pattern, replacement] of aliases) name = name.replace(pattern, replacement);
  return name;
}
