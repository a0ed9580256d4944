import fc from "fast-check";
import type { Edit } from "../../server/src/base/text.ts";
import type { SourceFile } from "../../server/src/syntax/chunk.ts";

/** An edit of any text: places are fractions of its length. */
export interface WildEdit {
  /** 0 to 1. */
  readonly at: number;
  /** Code units to remove. */
  readonly remove: number;
  /** Moves the place to the start of its line. */
  readonly lineStart: boolean;
  readonly insert: string;
  /** Inserted one character at a time, as when typed. */
  readonly typed: boolean;
}

/** What people type and paste, and what breaks scanners: quotes, brackets, comments at column 0, line ends, emoji. */
const snippets: readonly string[] = [
  "\n",
  "\r\n",
  " ",
  "    ",
  "\t",
  "x",
  "self.",
  ":",
  ",",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  '"""',
  "'''",
  'f"{x',
  'f"{a!r:>{w}} {{"',
  "\\",
  "\\\n",
  "#",
  "# a comment\n",
  "@",
  "@torch.no_grad()\n",
  "def f(x):\n    return x\n",
  "async def g():\n    await h()\n",
  "class A(nn.Module):\n    def forward(self, x):\n        return x\n",
  "import torch\n",
  "from torch import nn\n",
  "else:\n    pass\n",
  "if x:\n    y = 1\n",
  "try:\n    pass\nexcept E as e:\n    pass\n",
  "with a as b, c:\n    pass\n",
  "match x:\n    case [1, *_]:\n        pass\n",
  "lambda *a, k=1: a",
  "x = y = [i for i in z if i]\n",
  "print >>f, x\n",
  "\u{1f525}",
  "é",
  "\ufeff",
  "\f",
  "\0",
  '"""Says what\n\nit does.\n"""\n',
  "    '''Unclosed\n",
];

export const wildEdits: fc.Arbitrary<readonly WildEdit[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 5 }) },
      { weight: 1, arbitrary: fc.integer({ min: 6, max: 400 }) },
    ),
    lineStart: fc.boolean(),
    insert: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...snippets) },
      { weight: 1, arbitrary: fc.constant("") },
    ),
    typed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

/** The edits an editor would send for `wild` in `text`: one, or one for each character typed. */
export function toEdits(text: string, wild: WildEdit): readonly Edit[] {
  const place = Math.floor(wild.at * text.length);
  const start = wild.lineStart ? text.lastIndexOf("\n", place - 1) + 1 : place;
  const end = Math.min(text.length, start + wild.remove);
  if (!wild.typed) return [{ span: { start, end }, text: wild.insert }];
  const characters = [...wild.insert];
  let at = start;
  const typing = characters.map((character): Edit => {
    const edit = { span: { start: at, end: at }, text: character };
    at += character.length;
    return edit;
  });
  return [{ span: { start, end }, text: "" }, ...typing];
}

/** Everything a `SourceFile` says, as text: two files are the same when this is equal. */
export const fingerprint = (file: SourceFile): string =>
  JSON.stringify(
    file.chunks.map(({ chunk, start, reach }) => [
      start,
      reach,
      chunk.text,
      chunk.hasErrors,
      chunk.comments,
      chunk.body,
    ]),
    (key, value: unknown) => (key === "parent" ? undefined : value),
  );
