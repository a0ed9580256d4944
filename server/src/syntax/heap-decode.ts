import type { Language, Tree } from "web-tree-sitter";
import { type FlatTree, NodeFlag, type Placement } from "./flat-tree.ts";
import type { Grammar } from "./grammar.ts";

/**
 * Reads trees straight from WASM memory, 20 times as fast as the public cursor.
 *
 * It knows the memory layout of web-tree-sitter 0.27.1 (`lib/src/subtree.h`, `tree.h` and `parser.h` of tree-sitter),
 * 32-bit little-endian: that version is pinned, and `parser.ts` compares this decoder with the cursor before it is used.
 */
export interface WasmMemory {
  /** Replaced by the runtime whenever the memory grows, so it is read anew for each tree. */
  readonly HEAPU8?: Uint8Array | undefined;
}

/** `Subtree`: eight bytes, a small leaf itself or a pointer to `SubtreeHeapData`. */
const subtreeSize = 8;
/** Offsets in an inline `Subtree`. Byte 0 holds the flags, shifted by one: bit 0 says that it is inline. */
const inline = { symbol: 1, padding: 6, size: 7 } as const;
/** Offsets in `SubtreeHeapData`; `Length` starts with its bytes. */
const heap = {
  padding: 4,
  size: 16,
  childCount: 36,
  symbol: 40,
  flags: 44,
  moreFlags: 45,
  visibleChildren: 48,
  visibleDescendants: 56,
  production: 66,
} as const;
/** Bits of byte 44 of the heap data, and of byte 0 of an inline subtree after a shift by one. */
const flag = { visible: 1, named: 2, extra: 4, inlineMissing: 16, heapMissing: 2 } as const;
/** Offsets in `TSLanguage`. */
const lang = {
  productions: 28,
  maxAliases: 36,
  fieldSlices: 64,
  fieldEntries: 68,
  metadata: 72,
  aliases: 84,
} as const;
const errorSymbol = 0xffff;

/** What the decoder looks up while it walks, copied out of the language once. */
interface Tables {
  /** Our type id and `NodeFlag`s by symbol. */
  readonly type: Uint16Array;
  readonly flags: Uint8Array;
  /** Alias and field of the child `i` of production `p` at `p * width + i`. */
  readonly width: number;
  readonly alias: Uint16Array;
  readonly field: Uint8Array;
}

export type HeapDecoder = (tree: Tree, place: Placement) => FlatTree;

/** `undefined` when the runtime does not show its memory. The arrays of a tree are reused: it lives until the next call. */
export function createHeapDecoder(
  memory: WasmMemory,
  language: Language,
  grammar: Grammar,
): HeapDecoder | undefined {
  const bytes = memory.HEAPU8;
  const address = addressOf(language);
  if (bytes === undefined || address === undefined) return undefined;
  const tables = readTables(new DataView(bytes.buffer), address, language, grammar);
  const scratch = createScratch();
  let words = new Uint32Array(bytes.buffer);
  let halves = new Uint16Array(bytes.buffer);
  return (tree, place) => {
    const current = memory.HEAPU8 ?? bytes;
    if (current.buffer !== words.buffer) {
      words = new Uint32Array(current.buffer);
      halves = new Uint16Array(current.buffer);
    }
    return decode({ bytes: current, halves, words }, addressOf(tree) ?? 0, place, tables, scratch, grammar);
  };
}

/** The handle that web-tree-sitter keeps under the key 0. */
function addressOf(owner: Tree | Language): number | undefined {
  const address: unknown = Reflect.get(owner, 0);
  return typeof address === "number" ? address : undefined;
}

function readTables(view: DataView, address: number, language: Language, grammar: Grammar): Tables {
  const u32 = (at: number): number => view.getUint32(at, true);
  const u16 = (at: number): number => view.getUint16(at, true);
  // Names made up by aliases included.
  const symbols = language.nodeTypeCount;
  const type = new Uint16Array(symbols);
  const flags = new Uint8Array(symbols);
  for (let symbol = 0; symbol < symbols; symbol++) {
    const name = language.nodeTypeForId(symbol) ?? "";
    type[symbol] = grammar.typeIds.get(name) ?? grammar.errorType;
    const named = view.getUint8(u32(address + lang.metadata) + symbol * 3 + 1) !== 0;
    flags[symbol] = (named ? NodeFlag.named : 0) | (grammar.extras.has(name) ? NodeFlag.extra : 0);
  }
  const productions = u32(address + lang.productions);
  const maxAliases = u16(address + lang.maxAliases);
  const slices = u32(address + lang.fieldSlices);
  const entries = u32(address + lang.fieldEntries);
  let width = maxAliases;
  const each = (visit: (production: number, child: number, field: number) => void): void => {
    for (let production = 0; production < productions; production++) {
      const first = u16(slices + production * 4);
      const length = u16(slices + production * 4 + 2);
      for (let entry = entries + first * 4; entry < entries + (first + length) * 4; entry += 4) {
        const inherited = view.getUint8(entry + 3) !== 0;
        if (!inherited) visit(production, view.getUint8(entry + 2), u16(entry));
      }
    }
  };
  each((_, child) => {
    width = Math.max(width, child + 1);
  });
  const alias = new Uint16Array(productions * width);
  const field = new Uint8Array(productions * width);
  each((production, child, id) => {
    const at = production * width + child;
    if (field[at] === 0) field[at] = id;
  });
  for (let production = 1; production < productions; production++) {
    for (let child = 0; child < maxAliases; child++)
      alias[production * width + child] = u16(
        u32(address + lang.aliases) + (production * maxAliases + child) * 2,
      );
  }
  return { type, flags, width, alias, field };
}

/** Arrays that grow to the largest tree seen, and the stack of subtrees being read. */
interface Scratch {
  nodes: NodeArrays;
  frames: Uint32Array;
}

type NodeArrays = Pick<FlatTree, "type" | "field" | "start" | "end" | "next" | "flags">;

const createScratch = (): Scratch => ({ nodes: nodeArrays(4096), frames: new Uint32Array(64 * frameSize) });

const nodeArrays = (capacity: number): NodeArrays => ({
  type: new Uint16Array(capacity),
  field: new Uint8Array(capacity),
  start: new Uint32Array(capacity),
  end: new Uint32Array(capacity),
  next: new Uint32Array(capacity),
  flags: new Uint8Array(capacity),
});

/** One level of the walk: next child, children left, child number without extras, table row, inherited field, node. */
const frameSize = 6;
/** In place of the node of a hidden level. */
const hidden = 0xffff_ffff;

interface Memory {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
}

function decode(
  { bytes, halves, words }: Memory,
  tree: number,
  { text, shift, from }: Placement,
  tables: Tables,
  scratch: Scratch,
  grammar: Grammar,
): FlatTree {
  const root = words[tree >> 2] ?? 0;
  const rootChildren = words[(root + heap.childCount) >> 2] ?? 0;
  const count = 1 + (rootChildren > 0 ? (words[(root + heap.visibleDescendants) >> 2] ?? 0) : 0);
  if (scratch.nodes.type.length < count) scratch.nodes = nodeArrays(count * 2);
  const { type, field, start, end, next, flags } = scratch.nodes;
  const { width, alias: aliases, field: fields, type: types, flags: symbolFlags } = tables;
  const { errorType } = grammar;
  let frames = scratch.frames;

  let position = words[(root + heap.padding) >> 2] ?? 0;
  const rootSymbol = halves[(root + heap.symbol) >> 1] ?? 0;
  const rootIsError = rootSymbol === errorSymbol;
  type[0] = rootIsError ? errorType : (types[rootSymbol] ?? 0);
  field[0] = 0;
  start[0] = Math.max(from, (position >>> 1) + shift);
  end[0] = Math.max(from, ((position + (words[(root + heap.size) >> 2] ?? 0)) >>> 1) + shift);
  next[0] = count;
  flags[0] = NodeFlag.named | (rootIsError ? NodeFlag.error : 0);
  let at = 1;

  let depth = -1;
  let child = root - rootChildren * subtreeSize;
  let left = rootChildren;
  let number = 0;
  let row = (halves[(root + heap.production) >> 1] ?? 0) * width;
  let inherited = 0;
  let owner = 0;
  // Positions are in bytes of UTF-16: half of them are offsets.
  // Padding of a first child is its parent's, which the position has passed already.
  let isFirst = true;

  for (;;) {
    if (left === 0) {
      if (owner !== hidden) next[owner] = at;
      if (depth < 0) break;
      const frame = depth * frameSize;
      child = frames[frame] ?? 0;
      left = frames[frame + 1] ?? 0;
      number = frames[frame + 2] ?? 0;
      row = frames[frame + 3] ?? 0;
      inherited = frames[frame + 4] ?? 0;
      owner = frames[frame + 5] ?? 0;
      depth--;
      isFirst = false;
      continue;
    }
    const pointer = words[child >> 2] ?? 0;
    const isInline = (pointer & 1) !== 0;
    let bits: number;
    let symbol: number;
    let padding: number;
    let size: number;
    let children = 0;
    let missing: boolean;
    if (isInline) {
      bits = (pointer >> 1) & 0x7f;
      symbol = bytes[child + inline.symbol] ?? 0;
      padding = bytes[child + inline.padding] ?? 0;
      size = bytes[child + inline.size] ?? 0;
      missing = (bits & flag.inlineMissing) !== 0;
    } else {
      bits = bytes[pointer + heap.flags] ?? 0;
      symbol = halves[(pointer + heap.symbol) >> 1] ?? 0;
      padding = words[(pointer + heap.padding) >> 2] ?? 0;
      size = words[(pointer + heap.size) >> 2] ?? 0;
      children = words[(pointer + heap.childCount) >> 2] ?? 0;
      missing = ((bytes[pointer + heap.moreFlags] ?? 0) & flag.heapMissing) !== 0;
    }
    if (!isFirst) position += padding;
    isFirst = false;
    child += subtreeSize;
    left--;

    let alias = 0;
    let ownField = 0;
    if ((bits & flag.extra) === 0) {
      if (number < width) {
        alias = aliases[row + number] ?? 0;
        ownField = fields[row + number] ?? 0;
      }
      if (ownField === 0) ownField = inherited;
      number++;
    }

    let node = hidden;
    if (alias !== 0 || (bits & flag.visible) !== 0) {
      node = at++;
      const isError = symbol === errorSymbol;
      const shown = alias === 0 ? symbol : alias;
      const known = symbolFlags[shown] ?? 0;
      const named = alias === 0 ? (bits & flag.named) !== 0 : (known & NodeFlag.named) !== 0;
      type[node] = isError ? errorType : (types[shown] ?? 0);
      field[node] = ownField;
      const first = (position >>> 1) + shift;
      const last = ((position + size) >>> 1) + shift;
      start[node] = first < from ? from : first;
      end[node] = last < from ? from : last;
      flags[node] =
        (named ? NodeFlag.named : 0) |
        (known & NodeFlag.extra) |
        (missing ? NodeFlag.missing : 0) |
        (isError ? NodeFlag.error : 0);
    }
    const descend =
      children > 0 && (node !== hidden || (words[(pointer + heap.visibleChildren) >> 2] ?? 0) > 0);
    if (!descend) {
      if (node !== hidden) next[node] = at;
      position += size;
      continue;
    }
    depth++;
    const frame = depth * frameSize;
    if (frame + frameSize > frames.length) {
      frames = new Uint32Array(frames.length * 2);
      frames.set(scratch.frames);
      scratch.frames = frames;
    }
    frames[frame] = child;
    frames[frame + 1] = left;
    frames[frame + 2] = number;
    frames[frame + 3] = row;
    frames[frame + 4] = inherited;
    frames[frame + 5] = owner;
    child = pointer - children * subtreeSize;
    left = children;
    number = 0;
    row = (halves[(pointer + heap.production) >> 1] ?? 0) * width;
    inherited = node === hidden ? ownField : 0;
    owner = node;
    isFirst = true;
  }
  return {
    text,
    count: at,
    type,
    field,
    start,
    end,
    next,
    flags,
    types: grammar.types,
    fields: grammar.fields,
  };
}
