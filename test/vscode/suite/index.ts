import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Milliseconds for one test. */
const limit = 20_000;

/** Tells the outcomes from what else is logged in an extension host. */
const outcomeMark = "[suite]";

/** What VS Code calls in the extension host: runs the suites beside this file. @throws Error when a test fails. */
export async function run(): Promise<void> {
  // Mocha is a module and this file becomes CommonJS.
  const { default: Mocha } = await import("mocha");
  const mocha = new Mocha({ ui: "tdd", timeout: limit, reporter: "dot" });
  const suites = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".suite.cjs"));
  if (suites.length === 0) throw new Error("there are no suites to run");
  for (const suite of suites) mocha.addFile(join(import.meta.dirname, suite));
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on("pass", (test) =>
      console.log(`${outcomeMark} passed: ${test.fullTitle()} (${test.duration} ms)`),
    );
    runner.on("fail", (test, error) =>
      console.log(`${outcomeMark} FAILED: ${test.fullTitle()}\n${error.stack}`),
    );
  });
  if (failures > 0) throw new Error(`${failures} tests failed in the extension host`);
}
