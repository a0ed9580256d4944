import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

const start = `
import cv2
import torch
from torch import nn

class Plain(nn.Module):
    width = 4

    def __init__(self, width=None):
        super().__init__()
        self.body = nn.Linear(8, width or self.width)

    def forward(self, x):
        return self.body(x)

sizes = {'width': 3}
width = 3

def setup():
    global width
    width = 5

def wide(model):
    model.width = 5

image = cv2.imread('a.png')
`;

/** A model that somebody asks for, in the namespace that the program leaves. */
function asked(program: string, expression = "Plain(4)"): ModelEstimate | undefined {
  const source = syntax.parse(start + program);
  const inputs = parseInputSpecs("float32[2, 8]") ?? [];
  return estimateModels(interpreter, { file: "net.py", source, inputs, entry: expression })[0];
}

/** Branches on what is not known that change nothing but names, which are unknown from then on. */
const passing: Readonly<Record<string, string>> = {
  "of the program": "if image.shape[0] > 3:\n    image = cv2.resize(image, 3)",
  "of the program, on either side": "if image.shape[0] > 3:\n    scale = 3\nelse:\n    scale = 4",
  "that a conditional expression gives": "image = cv2.resize(image, 3) if image.shape[0] > 3 else image",
  "of a function of numpy": "import numpy as np\nimage = np.copy(image)",
  "of a function": `
def load(image):
    if image.ndim == 3:
        image = torch.from_numpy(image.transpose(2, 0, 1)).float()
    elif image.ndim == 4:
        image = torch.from_numpy(image.transpose(0, 3, 1, 2)).float()
    else:
        print('no image')
        exit(-1)
    return image
load(image)`,
};

for (const [name, program] of Object.entries(passing))
  test(`a branch changes names ${name}: a model that does not read them is complete`, () => {
    const made = asked(program);
    assert.deepEqual([made?.complete, made?.notCounted], [true, []]);
  });

const starred = "from torch.nn.modules.linear import *\n";

/** Names of a star import, which are bound when they are first read: here on one side of a branch. */
const late: Readonly<Record<string, readonly [program: string, expression: string, complete: boolean]>> = {
  "is read": [`${starred}if image.ndim == 3:\n    size = Bilinear`, "Linear(8, 3)", true],
  "that is read is there behind it": [
    `${starred}if image.ndim == 3:\n    size = Linear`,
    "Linear(8, 3)",
    true,
  ],
  "that either side reads is there behind it": [
    `${starred}if image.ndim == 3:\n    size = Linear\nelse:\n    size = Linear`,
    "Linear(8, 3)",
    true,
  ],
  "is given something else": [`${starred}if image.ndim == 3:\n    Linear = Bilinear`, "Linear(8, 3)", false],
};

for (const [name, [program, expression, isComplete]] of Object.entries(late))
  test(`a name of a star import ${name}`, () => {
    const made = asked(program, expression);
    assert.deepEqual([made?.complete, made?.failure], [isComplete, undefined]);
  });

/** What outlives such a branch by another way than a name that it binds. */
const lasting: Readonly<Record<string, readonly [program: string, expression: string]>> = {
  "a name that it binds": ["if image.ndim == 3:\n    scale = 3\nelse:\n    scale = 4", "Plain(scale)"],
  "what rests on a name": ["if image.ndim == 3:\n    sizes = {'width': 5}", "Plain(sizes['width'])"],
  "an item": ["if image.ndim == 3:\n    sizes['width'] = 5", "Plain(sizes['width'])"],
  "an attribute of a class": ["if image.ndim == 3:\n    Plain.width = 5", "Plain()"],
  "an attribute that a function sets": ["if image.ndim == 3:\n    wide(Plain)", "Plain()"],
  "a global name that a function binds": ["if image.ndim == 3:\n    setup()", "Plain(width)"],
  "a global name behind another branch": [
    "if image.ndim == 3:\n    if image.size > 9:\n        setup()",
    "Plain(width)",
  ],
  "a name that goes on in a function": [
    "def main():\n    w = 4\n    if image.ndim == 3:\n        w = 5\n    Plain.width = w\nmain()",
    "Plain()",
  ],
  "what a function gives": [
    "def pick():\n    if image.ndim == 3:\n        return 5\n    return 4\ndef main():\n    Plain.width = pick()\nmain()",
    "Plain()",
  ],
  "what a conditional expression gives": [
    "def main():\n    Plain.width = 5 if image.ndim == 3 else 4\nmain()",
    "Plain()",
  ],
  "a nonlocal name": [
    "def main():\n    w = 4\n    def more():\n        nonlocal w\n        w = 5\n    if image.ndim == 3:\n        more()\n    Plain.width = w\nmain()",
    "Plain()",
  ],
  "what a function sets by an argument": [
    "def fill(width=3):\n    sizes['width'] = width\nfill(**image.options)",
    "Plain(sizes['width'])",
  ],
  "a name that vars() sets": ["if image.ndim == 3:\n    vars()['width'] = 5", "Plain(width)"],
  "how far an iterator is": [
    "widths = iter([3, 4, 5])\nif image.ndim == 3:\n    next(widths)",
    "Plain(next(widths))",
  ],
  "how far an iterator is that a function moves on": [
    "widths = iter([3, 4, 5])\ndef skip():\n    if image.ndim == 3:\n        next(widths)\nskip()",
    "Plain(next(widths))",
  ],
  "a default that torch has": ["if image.ndim == 3:\n    torch.set_default_dtype(torch.float64)", "Plain()"],
};

for (const [name, [program, expression]] of Object.entries(lasting))
  test(`a branch changes what outlives it: ${name}`, () => {
    assert.notEqual(asked(program, expression)?.complete, true);
  });

test("names of the program and of a class can be set through locals() and vars()", () => {
  const program = `
vars()['one'] = 4
locals()['two'] = 4

class Sizes:
    locals()['three'] = 4
    vars().update(four=4)
`;
  for (const width of ["one", "two", "Sizes.three", "Sizes.four"]) {
    const made = asked(program, `Plain(${width})`);
    assert.deepEqual([made?.complete, made?.output], [true, asked("")?.output]);
  }
});
