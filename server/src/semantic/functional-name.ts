import type { Module } from "./module.ts";

const roots: readonly (readonly [name: string, origin: string, text: string])[] = [
  ["F", "torch.nn.functional", "F"],
  ["nn", "torch.nn", "nn.functional"],
  ["torch", "torch", "torch.nn.functional"],
  ["functional", "torch.nn.functional", "functional"],
];

/** How a file's module-level imports reach `torch.nn.functional`: `F`, `nn.functional`, `torch.nn.functional`. */
export function functionalName(module: Module): string | undefined {
  return roots.find(([name, origin]) => {
    const bindings = module.bindings(name);
    return (
      bindings.length > 0 &&
      bindings.every(({ binding }) => binding.kind === "import" && binding.qualified === origin)
    );
  })?.[2];
}
