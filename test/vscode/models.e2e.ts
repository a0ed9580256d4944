import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./paths.ts";
import { startSession, steps } from "./session.ts";

test("a model shows its shapes, its cost, its modules and the line that will fail", async (context) => {
  const session = await startSession(context);
  const { workbench, folder } = session;
  const { page } = workbench;
  const example = readFileSync(join(root, "examples/resnet_bottleneck.py"), "utf8");
  writeFileSync(join(folder, "resnet.py"), example);
  await steps(context, session, async () => {
    await workbench.open("resnet.py");
    await page.locator(".codelens-decoration", { hasText: "533 k params" }).first().waitFor();
    await page.locator(".view-lines", { hasText: ": [2, 64, 32, 32]" }).first().waitFor();
    await workbench.command("EcoCompute: Open Report of File");
    const report = workbench.report();
    const table = report.getByRole("table", { name: "Modules of SmallResNet" });
    await table.waitFor();
    await workbench.screenshot("models");
    await report.getByRole("button", { name: /more modules/ }).click();
    await table.getByRole("rowheader", { name: "conv2" }).first().waitFor();
    await table.getByRole("button", { name: "head" }).click();
    await page.locator(".statusbar").getByText("Ln 49").waitFor();
    await workbench.screenshot("models-expanded");

    await page.keyboard.press("Control+Home");
    await workbench.typeAfter(45, "\nself.head = nn.Linear(513, num_classes)");
    await workbench.squiggleCount(2, "error");
    await report.getByText("mat1 and mat2 shapes cannot be multiplied (2x512 and 513x10)").first().waitFor();
    await workbench.screenshot("models-failure");
  });
});
