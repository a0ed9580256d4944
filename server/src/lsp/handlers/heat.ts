import { partWords, shortName } from "../../analysis/cost-words.ts";
import { lineStarts, positionAt } from "../../base/text.ts";
import { type HeatAnswer, type HeatLine, heatMethod } from "../../protocol/scenario.ts";
import { answering, type Handler } from "../handler.ts";
import { movedText } from "../moved-text.ts";
import { uriIn } from "../uri-in.ts";

const nothing: HeatAnswer = { lines: [] };

/** The lines of a document by their share of energy, for the gutter. */
export const heat: Handler = {
  capabilities: () => ({}),
  register(context) {
    const { connection, session, models } = context;
    connection.onRequest(
      heatMethod,
      answering("the heat of lines", context, nothing, (params: unknown): HeatAnswer => {
        const uri = uriIn(params);
        const estimated = uri === undefined ? undefined : models.of(uri);
        const snapshot = uri === undefined ? undefined : session.snapshot(uri);
        if (estimated === undefined || snapshot === undefined) return nothing;
        const moved = movedText(estimated.text, snapshot.file.text);
        const before = lineStarts(estimated.text);
        const hottest = new Map<number, HeatLine>();
        for (const { cost, estimate } of estimated.views) {
          for (const each of cost?.cost.byLine ?? []) {
            const at = each.file === snapshot.path ? moved.offset(before[each.line - 1] ?? -1) : undefined;
            if (at === undefined || cost === undefined) continue;
            const { line } = positionAt(snapshot.starts, at);
            const words = `${estimate.name} on ${shortName(cost.cost)}: ${partWords(each)}`;
            if ((hottest.get(line)?.share ?? 0) < each.share)
              hottest.set(line, { line, share: each.share, words });
          }
        }
        return { lines: [...hottest.values()].sort((a, b) => a.line - b.line) };
      }),
    );
  },
};
