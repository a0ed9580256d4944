import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionsIn } from "../server/src/model/definitions.ts";
import { stdlibPrelude } from "../server/src/model/stdlib/prelude.gen.ts";
import { torchPrelude } from "../server/src/torch/nn/prelude.gen.ts";
import { syntax } from "./harness/syntax.ts";

const prelude = [...torchPrelude, ...stdlibPrelude];

/** Kinds and names of the statements of a text. */
const outline = (text: string): readonly string[] =>
  syntax
    .parse(text)
    .chunks.flatMap(({ chunk }) => {
      assert.ok(!chunk.hasErrors, chunk.text);
      return chunk.body;
    })
    .map((node) =>
      node.kind === "ClassDef" || node.kind === "FunctionDef" ? `${node.kind} ${node.name}` : node.kind,
    );

test("the parts of a prelude module say together what the module says", () => {
  for (const [name, text] of prelude)
    assert.deepEqual(
      definitionsIn(text).flatMap((part) => outline(part.text)),
      outline(text),
      name,
    );
});

test("a part with a name is one definition, and no other part binds that name before", () => {
  for (const [module, text] of prelude) {
    const seen = new Set<string>();
    for (const { name, text: part } of definitionsIn(text)) {
      if (name === undefined) continue;
      assert.match(outline(part).join(), new RegExp(`^\\w+ ${name}$`));
      assert.ok(!seen.has(name), `${module}: ${name} twice`);
      seen.add(name);
    }
  }
});

test("decorators, closing brackets and branches stay with what they belong to", () => {
  const parts = definitionsIn(
    "import a\n\n@d\ndef f():\n    pass\n\nx = [\n    1,\n]\ndef g(\n    a,\n):\n    pass\n\n\nclass C:\n    y = 1\nif a:\n    pass\nelse:\n    z = 2\n",
  );
  assert.deepEqual(
    parts.map(({ name, text }) => [name, text.trim().split("\n").length]),
    [
      [undefined, 9],
      ["g", 4],
      ["C", 2],
      [undefined, 4],
    ],
  );
});
