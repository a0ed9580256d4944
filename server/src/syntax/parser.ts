import { Language, Parser, type Tree, Edit as TreeEdit } from "web-tree-sitter";
import { type FlatTree, NodeFlag } from "./flat-tree.ts";

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
  /** Parses; `previous` must have been edited to match `text`. The caller deletes the tree. */
  parse(text: string, previous: Tree | undefined): Tree;
  flatten(tree: Tree, text: string): FlatTree;
  /** Node type names by id, as in every `FlatTree` of this parser. */
  readonly types: readonly string[];
}

/** Real-sized code: the first parse compiles the WASM, which costs 60 ms that no keystroke should pay. */
const warmUpText =
  "class A(nn.Module):\n    def forward(self, x):\n        return self.a(x) + [y for y in x]\n\n".repeat(20);

export async function loadPythonParser(binaries: ParserBinaries): Promise<PythonParser> {
  await Parser.init({ wasmBinary: binaries.runtime });
  const language = await Language.load(binaries.python);
  const parser = new Parser();
  parser.setLanguage(language);
  const names = nameTables(language);
  const parse = (text: string, previous: Tree | undefined): Tree => {
    const tree = parser.parse(text, previous);
    if (tree === null) throw new Error("tree-sitter gave no tree: the parser has no language");
    return tree;
  };
  const loaded: PythonParser = {
    parse,
    flatten: (tree, text) => flattenWithCursor(tree, text, names),
    types: names.types,
  };
  const warm = loaded.parse(warmUpText, undefined);
  loaded.flatten(warm, warmUpText);
  warm.delete();
  return loaded;
}

interface NameTables {
  readonly types: readonly string[];
  readonly typeIds: ReadonlyMap<string, number>;
  readonly fields: readonly string[];
}

function nameTables(language: Language): NameTables {
  const types = Array.from({ length: language.nodeTypeCount }, (_, id) => language.nodeTypeForId(id) ?? "");
  types.push("ERROR");
  const typeIds = new Map<string, number>();
  types.forEach((name, id) => {
    if (!typeIds.has(name)) typeIds.set(name, id);
  });
  const fields = Array.from(
    { length: language.fieldCount + 1 },
    (_, id) => language.fieldNameForId(id) ?? "",
  );
  return { types, typeIds, fields };
}

/** Copies a tree out of WASM through the public cursor: slower than reading the heap, and right for any version. */
function flattenWithCursor(tree: Tree, text: string, names: NameTables): FlatTree {
  const count = tree.rootNode.descendantCount;
  const type = new Uint16Array(count);
  const field = new Uint8Array(count);
  const start = new Uint32Array(count);
  const end = new Uint32Array(count);
  const next = new Uint32Array(count);
  const flags = new Uint8Array(count);
  const cursor = tree.walk();
  let at = 0;
  const read = (): number => {
    const id = at++;
    const isError = cursor.nodeType === "ERROR";
    type[id] = isError ? names.types.length - 1 : (names.typeIds.get(cursor.nodeType) ?? cursor.nodeTypeId);
    field[id] = cursor.currentFieldId;
    start[id] = cursor.startIndex;
    end[id] = cursor.endIndex;
    flags[id] =
      (cursor.nodeIsNamed ? NodeFlag.named : 0) |
      (cursor.nodeType === "comment" || cursor.nodeType === "line_continuation" ? NodeFlag.extra : 0) |
      (cursor.nodeIsMissing ? NodeFlag.missing : 0) |
      (isError ? NodeFlag.error : 0);
    return id;
  };
  // Iterative: deeply nested code must not exhaust the stack.
  const open: number[] = [];
  for (;;) {
    const id = read();
    if (cursor.gotoFirstChild()) {
      open.push(id);
      continue;
    }
    next[id] = at;
    while (!cursor.gotoNextSibling()) {
      const parent = open.pop();
      if (parent === undefined || !cursor.gotoParent()) {
        if (parent !== undefined) next[parent] = at;
        for (const rest of open) next[rest] = at;
        cursor.delete();
        return {
          text,
          count: at,
          type,
          field,
          start,
          end,
          next,
          flags,
          types: names.types,
          fields: names.fields,
        };
      }
      next[parent] = at;
    }
  }
}
