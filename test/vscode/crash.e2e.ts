import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { crashLimit } from "../../client/src/restart-limit.ts";
import { poll } from "./processes.ts";
import { startSession, steps } from "./session.ts";

test("a server that keeps crashing is left stopped, told of, and started again on demand", async (context) => {
  const session = await startSession(context);
  const { workbench, server } = session;
  const running = (): readonly number[] =>
    execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(server.extensions) && line.includes("server.cjs"))
      .map((line) => Number.parseInt(line, 10));

  await steps(context, session, async () => {
    await workbench.open("block.py");
    await workbench.squiggles("error").first().waitFor();
    await workbench.command("EcoCompute: Open Report of File");
    const report = workbench.report();
    await report.getByRole("status").getByText("in models/block.py").waitFor();

    const gone = new Set<number>();
    for (let crash = 0; crash < crashLimit; crash++) {
      const pid = await poll("a server to crash", () => running().find((each) => !gone.has(each)));
      process.kill(pid, "SIGKILL");
      gone.add(pid);
      // A crash counts once the client has seen it, which it has when it starts the next server.
      if (crash + 1 < crashLimit) {
        await poll("the next server", () => (running().some((each) => !gone.has(each)) ? true : undefined));
      }
    }
    await workbench.command("Notifications: Show Notifications");
    await workbench.page.locator(".notification-list-item", { hasText: "keeps stopping" }).first().waitFor();
    await workbench.screenshot("crashed");

    await workbench.page.keyboard.press("Escape");
    await report.getByRole("radio", { name: "Workspace" }).check();
    await report.getByRole("heading", { name: "The report could not be made" }).waitFor();
    await report.getByRole("button", { name: "Try Again" }).click();
    await report.locator("[role=treeitem]", { hasText: "functional-dropout-always-on" }).first().waitFor();
    await workbench.squiggles("error").first().waitFor();
  });
});
