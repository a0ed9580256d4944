import type { CodeLens, CodeLensParams } from "vscode-languageserver/node";
import { costHeadline } from "../../analysis/cost-words.ts";
import { modelHeadline } from "../../analysis/model-words.ts";
import { rangeOf } from "../convert.ts";
import { answering, type Handler } from "../handler.ts";
import { movedText } from "../moved-text.ts";

/** Above each class that is a model: its parameters and multiply-accumulates, then energy, time and money in the scenario. */
export const codeLens: Handler = {
  capabilities: () => ({ codeLensProvider: { resolveProvider: false } }),
  register(context) {
    const { connection, session, models } = context;
    connection.onCodeLens(
      answering("code lenses", context, [], ({ textDocument }: CodeLensParams): CodeLens[] => {
        const snapshot = session.snapshot(textDocument.uri);
        const estimated = models.of(textDocument.uri);
        if (snapshot === undefined || estimated === undefined) return [];
        if (!snapshot.scope.settings.codeLens) return [];
        const moved = movedText(estimated.text, snapshot.file.text);
        return estimated.views.flatMap(({ definedAt, estimate, cost }): CodeLens[] => {
          const at = definedAt === undefined ? undefined : moved.offset(definedAt);
          if (at === undefined) return [];
          // Without a command of its own a lens is plain text.
          const titles = [
            modelHeadline(estimate, estimated.isStale),
            ...(cost === undefined ? [] : [costHeadline(cost.cost)]),
          ];
          return titles.flatMap((title) =>
            title === undefined
              ? []
              : [
                  {
                    range: rangeOf(snapshot.starts, { start: at, end: at }),
                    command: { title, command: "" },
                  },
                ],
          );
        });
      }),
    );
  },
};
