import type { CodeLens, CodeLensParams } from "vscode-languageserver/node";
import { costHeadline } from "../../analysis/cost-words.ts";
import { languageModelHeadline } from "../../analysis/language-model-report.ts";
import type { ModelView } from "../../analysis/model-view.ts";
import { modelHeadline } from "../../analysis/model-words.ts";
import { boundOf } from "../../analysis/why-unknown.ts";
import { rangeOf } from "../convert.ts";
import type { Snapshot } from "../documents.ts";
import { answering, type Handler } from "../handler.ts";
import { movedText } from "../moved-text.ts";
import { namedModels } from "../named-models.ts";

/**
 * Above each class that is a model, and above calls that make another one of it: its parameters and multiply-accumulates,
 * then energy, time and money in the scenario. The same above a line that loads a language model by name.
 */
export const codeLens: Handler = {
  capabilities: () => ({ codeLensProvider: { resolveProvider: false } }),
  register(context) {
    const { connection, session, models } = context;
    connection.onCodeLens(
      answering("code lenses", context, [], ({ textDocument }: CodeLensParams): CodeLens[] => {
        const snapshot = session.snapshot(textDocument.uri);
        const estimated = models.of(textDocument.uri);
        if (snapshot === undefined) return [];
        const { settings } = snapshot.scope;
        // A restricted workspace reads no packages; nothing of it is sent either.
        const offersAudit = settings.auditLens && settings.readsPackages;
        if (!settings.codeLens && !offersAudit) return [];
        const named = namedModels(snapshot).flatMap((model) =>
          lensesAt(snapshot.starts[model.line - 1], [languageModelHeadline(model)], snapshot),
        );
        if (estimated === undefined) return settings.codeLens ? named : [];
        const moved = movedText(estimated.text, snapshot.file.text);
        const above = byPlace(estimated.views).flatMap(([definedAt, views]) => {
          const at = definedAt === undefined ? undefined : moved.offset(definedAt);
          const shown = views.slice(0, mostAtOnePlace).flatMap(({ estimate, cost }) => {
            const name = views.length > 1 ? `${estimate.name}: ` : "";
            const headline = `${name}${modelHeadline(estimate, estimated.isStale)}`;
            return [
              ...(settings.codeLens
                ? lensesAt(at, [headline, cost && costHeadline(cost.cost, boundOf(estimate))], snapshot)
                : []),
              ...(offersAudit ? auditLens(at, textDocument.uri, estimate.name, snapshot) : []),
            ];
          });
          const left = views.length - mostAtOnePlace;
          return left > 0 && settings.codeLens
            ? [...shown, ...lensesAt(at, [`${left} more in the report`], snapshot)]
            : shown;
        });
        return settings.codeLens ? [...above, ...named] : above;
      }),
    );
  },
};

/** A line that makes models in a loop shows so many of them. */
const mostAtOnePlace = 3;

/** In the order of the first of each place. */
function byPlace(
  views: readonly ModelView[],
): readonly (readonly [number | undefined, readonly ModelView[]])[] {
  const places = new Map<number | undefined, ModelView[]>();
  for (const view of views) {
    const here = places.get(view.definedAt);
    if (here === undefined) places.set(view.definedAt, [view]);
    else here.push(view);
  }
  return [...places];
}

/** Starts an audit of one model: the first thing to happen is the question for consent. */
function auditLens(
  at: number | undefined,
  uri: string,
  model: string,
  { starts }: Snapshot,
): readonly CodeLens[] {
  if (at === undefined) return [];
  const command = { title: "Audit with Gemini", command: "ecocompute.auditModel", arguments: [uri, model] };
  return [{ range: rangeOf(starts, { start: at, end: at }), command }];
}

/** One lens for each title that there is. */
function lensesAt(
  at: number | undefined,
  titles: readonly (string | undefined)[],
  { starts }: Snapshot,
): readonly CodeLens[] {
  if (at === undefined) return [];
  const range = rangeOf(starts, { start: at, end: at });
  // Without a command of its own a lens is plain text.
  return titles.flatMap((title) => (title === undefined ? [] : [{ range, command: { title, command: "" } }]));
}
