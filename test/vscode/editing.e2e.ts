import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startSession, steps } from "./session.ts";

test("a sin is underlined while it is typed, explained, and fixed by one click", async (context) => {
  const session = await startSession(context);
  const { workbench, folder } = session;
  await steps(context, session, async () => {
    await workbench.open("head.py");
    await workbench.squiggleCount(0);
    await workbench.typeAfter(12, "\nx = F.dropout(x, p=0.1)");
    await workbench.squiggleCount(1);
    await workbench.screenshot("squiggle");

    const hover = await workbench.hover(workbench.squiggles().first());
    await workbench.screenshot("hover");
    for (const part of ["functional-dropout-always-on", "training", "self.training", "eval"]) {
      assert.ok(hover.includes(part), `the hover says nothing of ${part}:\n${hover}`);
    }

    const actions = await workbench.lightBulb(workbench.squiggles().first());
    await workbench.screenshot("light-bulb");
    const title = actions.find((action) => action.includes("training=self.training"));
    assert.ok(title !== undefined, `no fix among ${actions.join(" | ")}`);
    assert.ok(
      actions.some((action) => /disable.*line/i.test(action)),
      actions.join(" | "),
    );
    assert.ok(
      actions.some((action) => /disable.*file/i.test(action)),
      actions.join(" | "),
    );
    assert.ok(
      actions.some((action) => /documentation/i.test(action)),
      actions.join(" | "),
    );
    await workbench.choose(title);
    await workbench.line("x = F.dropout(x, p=0.1, training=self.training)");
    await workbench.squiggleCount(0);
    await workbench.save();
    assert.match(readFileSync(join(folder, "head.py"), "utf8"), /training=self\.training/);
  });
});

test("a rule can be silenced for a line from the light bulb", async (context) => {
  const session = await startSession(context);
  const { workbench } = session;
  await steps(context, session, async () => {
    await workbench.open("head.py");
    await workbench.typeAfter(12, "\nx = F.dropout(x, p=0.1)");
    await workbench.squiggleCount(1);
    const actions = await workbench.lightBulb(workbench.squiggles().first());
    await workbench.choose(
      actions.find((action) => /disable.*line/i.test(action)) ?? "Disable for this line",
    );
    await workbench.line("# ecocompute: ignore[functional-dropout-always-on]");
    await workbench.squiggleCount(0);
  });
});

test("fix all applies the safe fixes of the file", async (context) => {
  const session = await startSession(context);
  const { workbench, folder } = session;
  await steps(context, session, async () => {
    await workbench.open("losses.py");
    await workbench.squiggleCount(2);
    await workbench.command("EcoCompute: Fix All");
    await workbench.line("return F.cross_entropy(logits, labels)");
    await workbench.squiggleCount(0);
    await workbench.save();
    assert.ok(!readFileSync(join(folder, "losses.py"), "utf8").includes("log_softmax"));
  });
});

test("code that is broken while it is typed keeps its findings elsewhere", async (context) => {
  const session = await startSession(context);
  const { workbench } = session;
  await steps(context, session, async () => {
    await workbench.open("head.py");
    await workbench.typeAfter(12, "\nx = F.dropout(x, p=0.1)");
    await workbench.squiggleCount(1);
    // A new definition at column 0, whose parentheses are still open.
    await workbench.typeAfter(14, "\n");
    await workbench.page.keyboard.press("Shift+Home");
    await workbench.page.keyboard.type("def later(((", { delay: 5 });
    await workbench.line("def later(((");
    await workbench.typeAfter(2, "\nimport (");
    await workbench.page.keyboard.type("\n@@ ~~", { delay: 5 });
    await workbench.line("@@ ~~");
    // Long enough for what these edits change to be published.
    await workbench.page.waitForTimeout(1000);
    await workbench.squiggleCount(1);
    await workbench.typeAfter(16, "\nx = F.dropout(x, p=0.2)");
    await workbench.squiggleCount(2);
  });
});
