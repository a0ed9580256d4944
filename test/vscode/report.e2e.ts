import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { poll } from "./processes.ts";
import { startSession, steps } from "./session.ts";

test("the report opens, follows the typing, filters, and leads to the line", async (context) => {
  const session = await startSession(context);
  const { workbench } = session;
  const { page } = workbench;
  await steps(context, session, async () => {
    await workbench.open("head.py");
    await workbench.command("EcoCompute: Open Report of File");
    const report = workbench.report();
    await report.getByRole("heading", { name: "No findings in head.py" }).waitFor();

    await workbench.typeAfter(12, "\nx = F.dropout(x, p=0.1)");
    const rows = report.locator("[role=treeitem][aria-level='2']");
    await report.getByRole("status").getByText("1 finding in head.py").waitFor();
    assert.equal(await rows.count(), 1);
    await workbench.typeAfter(13, "\nx = F.dropout(x, p=0.2)");
    await report.getByRole("status").getByText("2 findings in head.py").waitFor();
    await workbench.screenshot("report-file");

    await rows.nth(1).click();
    await page.locator(".statusbar").getByText("Ln 14").waitFor();
    await keyboardIn(page, "editor");

    await workbench.command("EcoCompute: Open Report of File");
    await keyboardIn(page, "panel");
    await report.locator("[role=treeitem]:focus").waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    await poll("the group to close", async () => ((await rows.count()) === 0 ? true : undefined));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.locator(".statusbar").getByText("Ln 13").waitFor();
    await keyboardIn(page, "editor");

    // A report that arrives while the user types leaves the keyboard where it is.
    await page.keyboard.press("End");
    await page.keyboard.type("\nx = F.dropout(x, p=0.3)\nx = F.dropout(x, p=0.4)", { delay: 60 });
    await workbench.line("x = F.dropout(x, p=0.4)");
    await report.getByRole("status").getByText("4 findings in head.py").waitFor();
    await keyboardIn(page, "editor");

    await report.getByRole("searchbox").fill("nothing is called so");
    await report.getByRole("heading", { name: "Nothing matches the filter" }).waitFor();
    await report.getByRole("button", { name: "Clear Filter" }).click();
    await poll("the rows again", async () => ((await rows.count()) === 4 ? true : undefined));
  });
});

test("the report of the workspace covers files that are not open", async (context) => {
  const session = await startSession(context);
  const { workbench } = session;
  await steps(context, session, async () => {
    await workbench.open("plain.py");
    await workbench.command("EcoCompute: Open Report of Workspace");
    const report = workbench.report();
    await report.locator("[role=treeitem]", { hasText: "functional-dropout-always-on" }).first().waitFor();
    const scope = report.getByRole("radio", { name: "Workspace" });
    assert.equal(await scope.isChecked(), true);
    await workbench.screenshot("report-workspace");

    await report.getByLabel("Group by").selectOption("file");
    await report.locator("[role=treeitem][aria-level='1']", { hasText: "block.py" }).first().waitFor();
    const row = report.locator("[role=treeitem][aria-level='2']", { hasText: "F.dropout" }).first();
    await row.click();
    await workbench.page.locator(".tab.active", { hasText: "block.py" }).first().waitFor();

    // What the user chose survives a panel that was hidden and shown again.
    await workbench.page.locator(".tab", { hasText: "EcoCompute Report" }).click();
    await workbench.open("losses.py");
    await report.locator("body").waitFor({ state: "hidden" });
    await workbench.page.locator(".tab", { hasText: "EcoCompute Report" }).click();
    await poll("the choices of before", async () =>
      (await report
        .getByLabel("Group by")
        .inputValue()
        .catch(() => "")) === "file"
        ? true
        : undefined,
    );
    assert.equal(await scope.isChecked(), true);

    await report.getByRole("radio", { name: "File" }).check();
    await report.getByRole("status").getByText("block.py").waitFor();
  });
});

/** Waits until the keyboard is where it should be. */
const keyboardIn = (page: Page, place: "panel" | "editor"): Promise<true> =>
  poll(`the keyboard in the ${place}`, async () => {
    const inFrame: boolean = await page.evaluate("document.activeElement?.tagName === 'IFRAME'");
    return inFrame === (place === "panel") ? true : undefined;
  });
