import { getAttribute } from "./attributes.ts";
import type { Machine } from "./machine.ts";
import type { Value } from "./values.ts";

/** Names that programs ask torch for before they use them, and the release that brought each (release notes of PyTorch). */
const since: ReadonlyMap<string, Release> = new Map([
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

export type Release = readonly [major: number, minor: number];

/** The torch that is installed, or that stands in for it. */
export function releaseOf(m: Machine): Release | undefined {
  const version = m.findModule("torch.version");
  const text = version === undefined ? undefined : getAttribute(m, version, "__version__");
  const found = typeof text === "string" ? /^(\d+)\.(\d+)/.exec(text) : null;
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

/** Whether `hasattr` says no of a name of torch, since the torch that is installed is older than it. */
export function isBeforeItsTime(m: Machine, object: Value, name: string): boolean {
  if (!names.has(name) || typeof object !== "object" || object.kind !== "module") return false;
  const first = since.get(`${object.name}.${name}`);
  const installed = first === undefined ? undefined : releaseOf(m);
  if (first === undefined || installed === undefined) return false;
  const [major, minor] = installed;
  return major < first[0] || (major === first[0] && minor < first[1]);
}
