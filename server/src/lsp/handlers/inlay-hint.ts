import { type InlayHint, InlayHintKind, type InlayHintParams } from "vscode-languageserver/node";
import { positionAt } from "../../base/text.ts";
import { spanOf } from "../convert.ts";
import { answering, type Handler } from "../handler.ts";
import { movedText } from "../moved-text.ts";

/** Shapes behind the names that a forward pass binds. They stay in place while the user types. */
export const inlayHint: Handler = {
  capabilities: () => ({ inlayHintProvider: true }),
  register(context) {
    const { connection, session, models } = context;
    connection.languages.inlayHint.on(
      answering("inlay hints", context, [], ({ textDocument, range }: InlayHintParams): InlayHint[] => {
        const snapshot = session.snapshot(textDocument.uri);
        const estimated = models.of(textDocument.uri);
        if (snapshot === undefined || estimated === undefined) return [];
        if (!snapshot.scope.settings.shapeHints) return [];
        const { text } = snapshot.file;
        const asked = spanOf(text, snapshot.starts, range);
        const moved = movedText(estimated.text, text);
        const seen = new Set<number>();
        return estimated.views
          .flatMap((view) => view.hints)
          .flatMap((hint): InlayHint[] => {
            // A class that several models use is shown as the first of them uses it.
            const name = moved.span({ start: hint.offset - hint.name.length, end: hint.offset });
            if (name === undefined || seen.has(hint.offset)) return [];
            seen.add(hint.offset);
            if (name.end < asked.start || name.end > asked.end) return [];
            return [
              {
                position: positionAt(snapshot.starts, name.end),
                label: `: ${hint.label}`,
                kind: InlayHintKind.Type,
                tooltip: `${hint.name}: ${hint.detail}`,
              },
            ];
          });
      }),
    );
  },
};
