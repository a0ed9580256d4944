import type { Finding } from "../../server/src/analysis/finding.ts";
import { placeModelFindings } from "../../server/src/analysis/place-model-findings.ts";
import { onceEach, runModelRules } from "../../server/src/analysis/run-model-rules.ts";
import { findAccelerator } from "../../server/src/hardware/find-accelerator.ts";
import { createInterpreter, defaultLimits } from "../../server/src/host/model-session.ts";
import { estimateModels } from "../../server/src/model/estimate-model.ts";
import { rules } from "../../server/src/rules/registry.gen.ts";
import { syntax } from "./syntax.ts";

const path = "/project/model.py";
const byId = new Map(rules.map((rule) => [rule.id, rule]));
const interpreter = createInterpreter({
  syntax,
  files: { readText: () => undefined, isFile: () => false },
  roots: [],
  limits: defaultLimits,
  now: () => 0,
});

/** What the rules that read models find in a file; a rule that throws fails the test. */
export function lintModels(text: string, acceleratorName: string | undefined): readonly Finding[] {
  const source = syntax.parse(text);
  const named = acceleratorName === undefined ? undefined : findAccelerator(acceleratorName);
  if (named?.kind === "not-found") throw new Error(`no accelerator is called ${acceleratorName}`);
  const found = estimateModels(interpreter, { file: path, source }).flatMap((model) =>
    runModelRules(
      model,
      { file: path, text },
      {
        rules,
        accelerator: named?.value,
        onCrash: (rule, error) => {
          throw new Error(`${rule.id} threw`, { cause: error });
        },
      },
    ),
  );
  return placeModelFindings(onceEach(found), source, byId, new Map());
}
