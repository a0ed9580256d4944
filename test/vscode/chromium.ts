import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { run } from "./processes.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

function findChromium(): string | undefined {
  const given = process.env["CHROMIUM"];
  if (given !== undefined) return given;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** A Chromium on this machine; on Debian as root it is installed when there is none. */
async function installChromium(): Promise<string> {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const apt = ["-o", "DPkg::Lock::Timeout=300", "-y", "-qq"];
    await run("apt-get", [...apt, "update"]);
    await run("apt-get", [...apt, "install", "--no-install-recommends", "chromium", "fonts-dejavu-core"]);
    const installed = findChromium();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    "no Chromium or Chrome found: install one, or name it in the environment variable CHROMIUM",
  );
}

export const launchChromium = async (): Promise<Browser> =>
  chromium.launch({
    executablePath: await installChromium(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
  });
