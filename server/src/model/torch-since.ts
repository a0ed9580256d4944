import { getAttribute } from "./attributes.ts";
import type { Machine } from "./machine.ts";
import type { Value } from "./values.ts";

/** Names that programs ask torch for before they use them, and the release that brought each (release notes of PyTorch). */
const since: ReadonlyMap<string, readonly [major: number, minor: number]> = new Map([
  ["torch.nn.functional.scaled_dot_product_attention", [2, 0]],
  ["torch.nn.functional.rms_norm", [2, 4]],
  ["torch.nn.RMSNorm", [2, 4]],
  ["torch.nn.Buffer", [2, 5]],
  ["torch.nn.attention", [2, 2]],
  ["torch.compile", [2, 0]],
  ["torch.func", [2, 0]],
  ["torch.vmap", [2, 0]],
  ["torch.set_default_device", [2, 0]],
  ["torch.get_default_device", [2, 3]],
]);
const names = new Set([...since.keys()].map((each) => each.replace(/^.*\./, "")));

/** Whether `hasattr` says no of a name of torch, since the torch that is installed is older than it. */
export function isBeforeItsTime(m: Machine, object: Value, name: string): boolean {
  if (!names.has(name) || typeof object !== "object" || object.kind !== "module") return false;
  const first = since.get(`${object.name}.${name}`);
  const version = first === undefined ? undefined : m.findModule("torch.version");
  const text = version === undefined ? undefined : getAttribute(m, version, "__version__");
  const installed = typeof text === "string" ? /^(\d+)\.(\d+)/.exec(text) : null;
  if (first === undefined || installed === null) return false;
  const [major, minor] = [Number(installed[1]), Number(installed[2])];
  return major < first[0] || (major === first[0] && minor < first[1]);
}
