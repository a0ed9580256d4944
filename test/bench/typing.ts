import { lineStarts, type Position, positionAt } from "../../server/src/base/text.ts";
import { seededRandom } from "../harness/real-files.ts";

/** One change as an editor sends it, with the text it leaves. */
export interface Keystroke {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly text: string;
  readonly after: string;
}

/** What people type at the end of a line: code with quotes and brackets, half of it broken until the last key. */
const lines: readonly string[] = [
  "x = self.proj(torch.cat([q, k], dim=-1))",
  "out = F.scaled_dot_product_attention(q, k, v)  # fast path",
  'raise ValueError(f"expected {x.shape[0]!r}, got {y:>8}")',
  "for name, param in model.named_parameters():",
  '"""Says what this does,\nover two lines."""',
  "def helper(a, *args, key=None, **kwargs):\n    return {k: v for k, v in kwargs.items() if v}",
  "if isinstance(x, (list, tuple)) and not x:\n    pass",
  "# a comment about the next line",
];

/**
 * The keys a person presses in `text`: at `places` seeded places a line is typed after the line there, with its
 * indentation, one character at a time, and then deleted again.
 */
export function* typing(text: string, places: number, seed: number): Generator<Keystroke> {
  const random = seededRandom(seed);
  let current = text;
  const press = (at: number, remove: number, insert: string): Keystroke => {
    const starts = lineStarts(current);
    const range = { start: positionAt(starts, at), end: positionAt(starts, at + remove) };
    current = current.slice(0, at) + insert + current.slice(at + remove);
    return { range, text: insert, after: current };
  };
  for (let place = 0; place < places; place++) {
    const starts = lineStarts(current);
    const line = Math.floor(random() * (starts.length - 1));
    const lineStart = starts[line] ?? 0;
    const lineEnd = Math.max(lineStart, (starts[line + 1] ?? current.length) - 1);
    const indentation = /^[ \t]*/.exec(current.slice(lineStart, lineEnd))?.[0] ?? "";
    const typed = `\n${lines[place % lines.length] ?? ""}`.replaceAll("\n", `\n${indentation}`);
    let at = lineEnd;
    for (const character of typed) {
      yield press(at, 0, character);
      at += character.length;
    }
    for (let left = typed.length; left > 0; left--) {
      at--;
      yield press(at, 1, "");
    }
  }
}
