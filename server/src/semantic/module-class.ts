import type { ClassDef, Expr } from "../syntax/ast.ts";
import type { Module } from "./module.ts";
import { definitionOf, qualifiedName } from "./names.ts";
import type { Project } from "./project.ts";

export type Certainty3 = "yes" | "no" | "unknown";

/** Bases from libraries that are nn.Modules without being in torch.nn. */
const moduleBases = new Set([
  "lightning.pytorch.LightningModule",
  "transformers.PreTrainedModel",
  "diffusers.ModelMixin",
  "diffusers.models.modeling_utils.ModelMixin",
  "torch.jit.ScriptModule",
  "torch_geometric.nn.MessagePassing",
  "torch_geometric.nn.conv.MessagePassing",
]);

/** Classes of torch.nn that are not modules. */
const notModules = new Set(["torch.nn.Parameter", "torch.nn.UninitializedParameter", "torch.nn.Buffer"]);

const maxDepth = 12;

/** Whether a class is an `nn.Module`, through bases in this file and in the project. */
export function isModuleClass(
  cls: ClassDef,
  module: Module,
  project: Project | undefined,
  depth = maxDepth,
): Certainty3 {
  if (depth === 0) return "unknown";
  let result: Certainty3 = "no";
  for (const base of cls.bases) {
    const answer = isModuleBase(base, module, project, depth);
    if (answer === "yes") return "yes";
    if (answer === "unknown") result = "unknown";
  }
  return result;
}

function isModuleBase(base: Expr, module: Module, project: Project | undefined, depth: number): Certainty3 {
  // `Generic[T]`, `Base[T]`.
  const expr = base.kind === "Subscript" ? base.value : base;
  const local = definitionOf(expr, module);
  if (local !== undefined)
    return local.node.kind === "ClassDef" ? isModuleClass(local.node, module, project, depth - 1) : "unknown";
  const qualified = qualifiedName(expr, module);
  if (qualified === undefined) return expr.kind === "Name" && expr.id === "object" ? "no" : "unknown";
  return isModuleNamed(qualified, module.path, project, depth);
}

/** A class of a library, or of a file of the project: also where a package only imports it from another one. */
function isModuleNamed(
  qualified: string,
  fromPath: string,
  project: Project | undefined,
  depth: number,
): Certainty3 {
  if (notModules.has(qualified)) return "no";
  if (moduleBases.has(qualified)) return "yes";
  if (/^torch\.nn\.[A-Z]\w*$/.test(qualified)) return "yes";
  if (/^torchvision\.(?:models|ops)\.(?:\w+\.)*[A-Z]\w*$/.test(qualified)) return "yes";
  if (/^(?:abc|typing|typing_extensions|enum|dataclasses|collections)\./.test(qualified)) return "no";
  const found = depth === 0 ? undefined : project?.find(qualified, fromPath);
  const [only, ...others] = found?.module.bindings(found.name).map((top) => top.binding) ?? [];
  if (found === undefined || others.length > 0) return "unknown";
  if (only?.kind === "class") return isModuleClass(only.node, found.module, project, depth - 1);
  return only?.kind === "import"
    ? isModuleNamed(only.qualified, found.module.path, project, depth - 1)
    : "unknown";
}
