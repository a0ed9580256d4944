import { walk } from "../syntax/visit.ts";
import type { PyClass, PyModule } from "./values.ts";

/** Layers of torch without parameters and buffers. */
const stateless =
  /^(?:ReLU6?|LeakyReLU|ELU|CELU|SELU|GELU|SiLU|GLU|Mish|Sigmoid|Tanh|Hard\w+|Soft\w+|LogSoftmax|LogSigmoid|Threshold|\w*Dropout\w*|\w*Pool\dd|Flatten|Unflatten|Identity|Upsample|Upsampling\w+|\w+Pad\dd|PixelShuffle|PixelUnshuffle|Fold|Unfold|CosineSimilarity|\w+Loss)$/;

/** Calls that give numbers, text and containers. */
const plain =
  /^(?:super|int|float|bool|str|len|min|max|abs|round|sum|range|list|tuple|dict|set|sorted|isinstance|print|__init__|sqrt|log|log2|exp|pow|ceil|floor|format|get|items|keys|values|lower|upper)$/;

/**
 * Whether a class of the file makes nothing that could hold parameters or buffers: an activation or a loss, no model as
 * long as the file offers another. Whatever the text does not settle may hold some.
 */
export function isBare(cls: PyClass, module: PyModule): boolean {
  return cls.mro.every((each) => {
    if (each.name === "Module" || each.name === "object") return true;
    if (each.code?.module !== module) return false;
    const init = each.attrs.get("__init__");
    if (init === undefined) return true;
    if (typeof init !== "object" || init.kind !== "function" || init.node.kind === "Lambda") return false;
    return init.node.body.every((statement) => {
      let bare = true;
      walk(statement, (node) => {
        if (node.kind === "Call") {
          const { func } = node;
          const name = func.kind === "Name" ? func.id : func.kind === "Attribute" ? func.attr : "";
          bare &&= plain.test(name) || stateless.test(name);
        }
        return bare;
      });
      return bare;
    });
  });
}
