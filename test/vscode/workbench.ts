import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";
import { outputFolder } from "./paths.ts";
import { poll } from "./processes.ts";
import type { VsCodeServer } from "./vscode-server.ts";

type Squiggle = "error" | "warning" | "info" | "hint";

/** What a person does in VS Code and sees there. Everything waits for what it needs; nothing is asked only once. */
export interface Workbench {
  readonly page: Page;
  open(file: string): Promise<void>;
  /** Puts the cursor at the end of a one-based line and types; `\n` is the Enter key. */
  typeAfter(line: number, text: string): Promise<void>;
  /** The underlines of a kind, or of any kind, in the leftmost editor, which all of this is about. */
  squiggles(kind?: Squiggle): Locator;
  /** Waits until there are exactly so many of them. */
  squiggleCount(count: number, kind?: Squiggle): Promise<void>;
  hover(squiggle: Locator): Promise<string>;
  /** The actions offered at a squiggle, by their titles; the menu stays open. */
  lightBulb(squiggle: Locator): Promise<readonly string[]>;
  choose(action: string): Promise<void>;
  command(title: string): Promise<void>;
  /** Waits for a line of the editor that holds `text`. */
  line(text: string): Promise<void>;
  save(): Promise<void>;
  report(): FrameLocator;
  screenshot(name: string): Promise<void>;
}

export async function openWorkbench(
  browser: Browser,
  server: VsCodeServer,
  folder: string,
): Promise<Workbench> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(20_000);
  await page.goto(server.url(folder));
  await page
    .locator(".monaco-workbench .explorer-folders-view .monaco-list-row")
    .first()
    .waitFor({ timeout: 60_000 });
  return workbench(page);
}

const kinds: readonly Squiggle[] = ["error", "warning", "info", "hint"];

function workbench(page: Page): Workbench {
  const editor = page.locator(".editor-instance .monaco-editor").first();
  const squiggles = (kind?: Squiggle): Locator =>
    editor.locator((kind === undefined ? kinds : [kind]).map((each) => `.squiggly-${each}`).join(","));
  const quickInput = page.locator(".quick-input-widget input").first();
  /** Opens a prompt and fills it in, again if a focus that was still on its way closed it. */
  const prompt = async (key: string, text: string, row?: string): Promise<void> => {
    const wanted = page.locator(".quick-input-list .monaco-list-row", { hasText: row ?? "" }).first();
    await poll(`the prompt for ${text}`, async () => {
      if (!(await quickInput.isVisible())) await page.keyboard.press(key);
      try {
        await quickInput.fill(text, { timeout: 3000 });
        if (row !== undefined) await wanted.waitFor({ timeout: 5000 });
        return true;
      } catch {
        return undefined;
      }
    });
  };

  return {
    page,
    squiggles,
    async open(file) {
      await prompt("Control+p", file, file);
      await page.keyboard.press("Enter");
      await page.locator(".tab.active", { hasText: file }).first().waitFor();
      await editor.locator(".view-line span").first().waitFor();
    },
    async typeAfter(line, text) {
      await editor.locator(".view-lines").click({ position: { x: 200, y: 5 } });
      await prompt("Control+g", `:${line}`);
      await page.keyboard.press("Enter");
      await page.locator(".quick-input-widget").waitFor({ state: "hidden" });
      await page.keyboard.press("End");
      await page.keyboard.type(text, { delay: 5 });
    },
    async squiggleCount(count, kind) {
      await poll(`${count} squiggles, now ${await squiggles(kind).count()}`, async () =>
        (await squiggles(kind).count()) === count ? true : undefined,
      );
    },
    async hover(squiggle) {
      const box = await boxOf(squiggle);
      await page.mouse.move(box.x + 12, box.y - 40);
      await page.mouse.move(box.x + 10, box.y + 2);
      await page.mouse.move(box.x + 14, box.y + 3);
      const shown = page.locator(".monaco-hover:not(.hidden)").first();
      await shown.locator(".hover-contents").first().waitFor();
      return (await shown.locator(".hover-contents").allTextContents()).join("\n");
    },
    async lightBulb(squiggle) {
      const rows = page.locator(".action-widget .monaco-list-row.action");
      await poll("the light bulb menu", async () => {
        await page.keyboard.press("Escape");
        // A lens that comes in between moves the lines: the next try finds them where they are. Below a lens the upper
        // edge of a squiggle may be drawn on the line before.
        const box = await boxOf(squiggle);
        await page.mouse.click(box.x + 8, box.y + 3);
        await page.keyboard.press("Control+.");
        await rows
          .first()
          .waitFor({ timeout: 3000 })
          .catch(() => undefined);
        return (await rows.count()) > 0 ? true : undefined;
      });
      return rows.allInnerTexts();
    },
    async choose(action) {
      await page.locator(".action-widget .monaco-list-row.action", { hasText: action }).first().click();
      await page.locator(".action-widget .monaco-list-row.action").first().waitFor({ state: "hidden" });
    },
    async command(title) {
      await prompt("F1", `>${title}`, title);
      await page.keyboard.press("Enter");
    },
    line: async (text) => {
      // The editor draws spaces as no-break spaces.
      const drawn = text.replaceAll(" ", "\u00a0");
      await poll(`the line ${text}`, async () => {
        const lines = await editor.locator(".view-line").allTextContents();
        return lines.some((line) => line.replaceAll(" ", "\u00a0").includes(drawn)) ? true : undefined;
      });
    },
    async save() {
      await page.keyboard.press("Control+s");
      await page.locator(".tab.active.dirty").waitFor({ state: "hidden" });
    },
    report: () => page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame"),
    async screenshot(name) {
      mkdirSync(outputFolder, { recursive: true });
      await page.screenshot({ path: join(outputFolder, `${name}.png`) });
    },
  };
}

/** Waits until it is drawn: the editor draws decorations anew while the server answers. */
const boxOf = (locator: Locator): Promise<{ readonly x: number; readonly y: number }> =>
  poll(
    "the squiggle to be drawn",
    async () => (await locator.boundingBox({ timeout: 1000 }).catch(() => null)) ?? undefined,
  );
