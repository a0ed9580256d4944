import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";

/** Larger files are no configuration. */
const largest = 1_000_000;

/**
 * The text of a model's `config.json` as `huggingface_hub` has downloaded it; `undefined` when it has not. Read only.
 *
 * @param name `org/model`, or `model` of the old days.
 */
export function hubConfigText(name: string): string | undefined {
  if (!/^[\w.-]+(?:\/[\w.-]+)?$/.test(name) || name.includes("..")) return undefined;
  const folder = `${hubFolder()}/models--${name.replace("/", "--")}/snapshots`;
  for (const snapshot of namesIn(folder)) {
    const text = readSmall(`${folder}/${snapshot}/config.json`);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Where `huggingface_hub` keeps what it downloads. */
function hubFolder(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME } = process.env;
  return HF_HUB_CACHE ?? HUGGINGFACE_HUB_CACHE ?? `${HF_HOME ?? `${homedir()}/.cache/huggingface`}/hub`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readSmall(path: string): string | undefined {
  try {
    return statSync(path).size > largest ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
