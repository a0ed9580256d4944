// Makes sure that what the tests need beside Node is there: a Python that can import torch, and a Chromium.
// Installs Debian's packages when it may; otherwise says what to install and stops.
import { spawnSync } from "node:child_process";

const runs = (command, args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

const needs = [
  {
    packages: ["python3-torch", "python3-torchvision"],
    there: () => ["/usr/bin/python3", "python3"].some((python) => runs(python, ["-c", "import torch, torchvision"])),
    what: "a Python with torch and torchvision (the truth that shapes, counts and fixes are tested against)",
  },
  {
    packages: ["chromium", "fonts-dejavu-core"],
    there: () => ["chromium", "chromium-browser", "google-chrome"].some((name) => runs(name, ["--version"])),
    what: "Chromium (drives the real VS Code)",
  },
];

const missing = needs.filter((need) => !need.there());
if (missing.length > 0) {
  const packages = missing.flatMap((need) => need.packages);
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args) => {
    const [command, ...rest] = [...asRoot, "apt-get", "-o", "DPkg::Lock::Timeout=300", ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync(command, rest, { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  };
  console.log(`Installing ${packages.join(", ")} ...`);
  const installed = apt("update", "-qq") && apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
  const still = needs.filter((need) => !need.there());
  if (!installed || still.length > 0) {
    for (const need of still) console.error(`Missing: ${need.what}. On Debian: apt-get install ${need.packages.join(" ")}`);
    process.exitCode = 1;
  }
}
