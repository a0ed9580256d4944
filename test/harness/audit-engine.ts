import { emptyConfig } from "../../server/src/analysis/config.ts";
import { defaultRequest } from "../../server/src/analysis/scenario.ts";
import type { AuditEngine } from "../../server/src/audit/engine.ts";
import { createAuditEngine } from "../../server/src/host/audit-engine.ts";
import { createLinter } from "../../server/src/host/linter.ts";
import { rules } from "../../server/src/rules/registry.gen.ts";
import { syntax } from "./syntax.ts";

/** The real engine over one file that only exists here. */
export function engineOver(text: string): AuditEngine {
  const files = { readText: () => undefined, isFile: () => false };
  const linter = createLinter({
    syntax,
    rules,
    config: emptyConfig,
    folder: "/project",
    baseline: undefined,
    torch: undefined,
    files,
    roots: ["/project"],
    onCrash: (rule, error) => {
      throw new Error(`${rule.id} threw`, { cause: error });
    },
  });
  const request = { ...defaultRequest, accelerator: "a100-80gb", region: "us-east-1" };
  const engine = createAuditEngine({
    file: "/project/net.py",
    text,
    roots: ["/project"],
    request,
    syntax,
    files,
    linter,
  });
  if (engine.kind === "error") throw new Error(engine.message);
  return engine;
}
