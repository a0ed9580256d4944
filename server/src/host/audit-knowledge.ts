import { acceleratorList } from "../analysis/accelerator-list.ts";
import { chooseOptimizations, optimizationsJson } from "../analysis/optimization-report.ts";
import { plainText, readRuleDocs } from "../analysis/rule-docs.ts";
import type { Scene } from "../analysis/scenario.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import { rules } from "../rules/registry.gen.ts";

/** What each optimization would do to each model, those that save first. */
export function optimizationsOf(models: readonly ModelEstimate[], scene: Scene) {
  const chosen = chooseOptimizations(["all"]);
  if (chosen.kind === "error") return [];
  const all = models.flatMap((model) =>
    optimizationsJson(model, scene, chosen).map(({ id, title, saving, why }) => ({
      model: model.name,
      id,
      title,
      percent: saving?.percent ?? null,
      low: saving?.percentLow ?? null,
      high: saving?.percentHigh ?? null,
      why,
    })),
  );
  return all.sort(
    (a, b) => (b.percent ?? Number.NEGATIVE_INFINITY) - (a.percent ?? Number.NEGATIVE_INFINITY),
  );
}

export function ruleNamed(id: string) {
  const rule = rules.find((each) => each.id === id);
  if (rule === undefined) return undefined;
  const { summary, sections } = readRuleDocs(rule.docs);
  return { id, summary: plainText(summary), why: plainText(sections.get("Why is this bad?") ?? "") };
}

/** Accelerators that a text names, in its order, as the tables call them. */
export function namedAccelerators(text: string): readonly string[] {
  const plain = (name: string): string =>
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, " ")
      .trim();
  const words = ` ${plain(text)} `;
  const found = acceleratorList().flatMap(({ id, aliases }) => {
    const at = [id, ...aliases].map((name) => words.indexOf(` ${plain(name)} `)).filter((i) => i >= 0);
    return at.length === 0 ? [] : [{ id, at: Math.min(...at) }];
  });
  return found.sort((a, b) => a.at - b.at).map(({ id }) => id);
}
