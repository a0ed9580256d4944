import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const interpreters = ["/usr/bin/python3", "python3"];

/** A Python that can import torch: the tests' truth. @throws when there is none, since a test without truth would pass on nothing. */
function pythonWithTorch(): string {
  for (const python of interpreters) {
    try {
      execFileSync(python, ["-c", "import torch, torchvision"], { stdio: "ignore" });
      return python;
    } catch {
      // The next one may have it.
    }
  }
  throw new Error(
    "No Python here can import torch and torchvision. Run `node test/prerequisites.mjs`, or on Debian: apt-get install python3-torch python3-torchvision",
  );
}

/** The installed folder of a Python package. */
export function packageFolder(name: string): string {
  const script = `import ${name}, os; print(os.path.dirname(${name}.__file__))`;
  return execFileSync(pythonWithTorch(), ["-c", script], { encoding: "utf8" }).trim();
}

/** Python files below a folder, sorted, with their text. */
export function pythonFiles(
  folder: string,
  maxBytes = 400_000,
): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".py"))
    .sort()
    .map((file) => join(folder, file))
    .filter((path) => statSync(path).size <= maxBytes)
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** Numbers in [0, 1) that are the same on every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
