import { Language, Parser, type Tree, Edit as TreeEdit } from "web-tree-sitter";
import { decodeWithCursor } from "./cursor-decode.ts";
import type { FlatTree, Placement } from "./flat-tree.ts";
import { type Grammar, readGrammar } from "./grammar.ts";
import { createHeapDecoder, type HeapDecoder, type WasmMemory } from "./heap-decode.ts";

export { type Tree, TreeEdit };

/** The two WASM files, as bytes: the core reads no files. */
export interface ParserBinaries {
  /** `web-tree-sitter.wasm`. */
  readonly runtime: Uint8Array;
  /** `tree-sitter-python.wasm`. */
  readonly python: Uint8Array;
}

/** A loaded tree-sitter parser for Python; the only owner of WASM memory besides the trees it hands to `TreeCache`. */
export interface PythonParser {
  /**
   * Parses. The caller deletes the tree. `undefined` when recovery from errors takes too long: it costs time that grows
   * with the text, and what it makes of prose or of half a file tells nothing.
   */
  parse(text: string): Tree | undefined;
  /** The tree of `text` from one that was edited to match it; `undefined` as soon as there is an error. */
  parseSound(text: string, previous: Tree): Tree | undefined;
  /** The tree as arrays, which hold until the next call. */
  flatten(tree: Tree, place: Placement): FlatTree;
  /** The same by the public interface alone. */
  flattenWithCursor(tree: Tree, place: Placement): FlatTree;
  /** `cursor` when the memory of the runtime is not laid out as `heap-decode.ts` knows it. */
  readonly decoder: "heap" | "cursor";
  /** Node type names by id, as in every `FlatTree` of this parser. */
  readonly types: readonly string[];
}

/**
 * Steps of the parser with an error behind them after which it gives up; counted, not timed, so that the same text
 * always gives the same tree. One takes about 0.1 ms.
 */
const maxTroubledSteps = 250;

/** The runtime is one for the whole program: what the first `init` gets is its memory from then on. */
const memory: { HEAPU8?: Uint8Array | undefined; wasmBinary?: Uint8Array | undefined } = {};

/**
 * @param samples how much is read to see that the fast decoder can be trusted: some is enough in a process of which
 * another thread has read all with the same binaries.
 */
export async function loadPythonParser(
  binaries: ParserBinaries,
  samples: "all" | "some" = "all",
): Promise<PythonParser> {
  memory.wasmBinary ??= binaries.runtime;
  await Parser.init(memory);
  const language = await Language.load(binaries.python);
  const parser = new Parser();
  parser.setLanguage(language);
  const grammar = readGrammar(language);
  const parseWhile = (text: string, previous: Tree | null, maxTroubled: number): Tree | undefined => {
    let troubled = 0;
    const progressCallback = ({ hasError }: { readonly hasError: boolean }): boolean =>
      hasError && ++troubled > maxTroubled;
    const tree = parser.parse(text, previous, { progressCallback });
    if (tree !== null) return tree;
    // Otherwise the next text would be taken for the rest of this one.
    parser.reset();
    return undefined;
  };
  const parse = (text: string): Tree | undefined => parseWhile(text, null, maxTroubledSteps);
  const parseSound = (text: string, previous: Tree): Tree | undefined => {
    const tree = parseWhile(text, previous, 0);
    if (tree?.rootNode.hasError !== true) return tree;
    tree.delete();
    return undefined;
  };
  const flattenWithCursor: PythonParser["flatten"] = (tree, place) => decodeWithCursor(tree, place, grammar);
  const read = samples === "all" ? [...someSamples, ...furtherSamples] : someSamples;
  const trusted = trustedDecoder(memory, language, grammar, parse, read);
  return {
    parse,
    parseSound,
    flatten: trusted ?? flattenWithCursor,
    flattenWithCursor,
    decoder: trusted === undefined ? "cursor" : "heap",
    types: grammar.types,
  };
}

/** Errors and missing tokens, and next to nothing. */
const someSamples: readonly string[] = [
  "",
  "\n  # only a comment\n",
  "x = (1 +\nclass A:\n  def f(self\n    return [1, 2\n\n)) ]] def = 3 if\n'''open\n",
  "print 'a', b\nf(x y)\nfor in z:\n\tif: pass\nexec 'x'\n\u{1f525} = \u00e9\r\n",
];
/**
 * Code with every sort of node: hidden and repeated rules, aliases, fields through hidden rules, long and multi-line
 * leaves, external tokens. Reading it also compiles the parts of the WASM that a first
 * keystroke would otherwise wait for.
 */
const furtherSamples: readonly string[] = [
  `
import a.b as c, d
from . import (e, f as g)
from __future__ import annotations
@dec.o(1)
class A(nn.Module, metaclass=M):
    """Says ${"so ".repeat(100)}."""
    x: int = 1; y: list[int] | None
    async def forward(self, x, /, *args: T, k=1, **kw) -> Tensor:  # why
        with a as b, (c): return await x ** -2 if not y else z
        for i, (j) in zip(*p, **q): i @= j[1:, ..., ::2]
        else: del i, j
        try: raise E from e
        except (A, B) as err: pass
        except* C: assert a, "b" 'c'
        finally: global g
        while a < b <= c is not d not in e or f and g: break
        return [w for v in u if (w := v)], {k: v for k in z}, {*a, 1}, lambda *a: (yield)
    def g(): return f'{a!r:>{w}} {{}} {b=}' rb"\\x00" 0xff 1.5e3 2j \\
        .x
match a, b:
    case -1 | {"k": [*_, x], **rest} if x: pass
    case P(1, y=Q() as q) | None: type X[T] = list[T]
if a:
    pass
elif b: x = y = yield
else: nonlocal z
`,
];

/** The fast decoder if it agrees with the public cursor on all of `samples`. */
function trustedDecoder(
  runtime: WasmMemory,
  language: Language,
  grammar: Grammar,
  parse: PythonParser["parse"],
  samples: readonly string[],
): HeapDecoder | undefined {
  const decoder = createHeapDecoder(runtime, language, grammar);
  if (decoder === undefined) return undefined;
  const agrees = samples.every((text) => {
    const tree = parse(text);
    if (tree === undefined) return false;
    const place = { text, shift: 0, from: 0 };
    try {
      return sameTree(decoder(tree, place), decodeWithCursor(tree, place, grammar));
    } catch {
      return false;
    } finally {
      tree.delete();
    }
  });
  return agrees ? decoder : undefined;
}

/** Whether two decoders read the same tree. */
export function sameTree(one: FlatTree, other: FlatTree): boolean {
  if (one.count !== other.count) return false;
  for (const key of ["type", "field", "start", "end", "next", "flags"] as const) {
    const a = one[key];
    const b = other[key];
    for (let node = 0; node < one.count; node++) if (a[node] !== b[node]) return false;
  }
  return true;
}
