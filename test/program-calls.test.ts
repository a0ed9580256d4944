import assert from "node:assert/strict";
import { test } from "node:test";
import { type Dim, sum } from "../server/src/graph/dim.ts";
import { isKnownShape } from "../server/src/graph/tensor.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], { ...defaultLimits, steps: 2_000_000 });

const classes = `import torch
from torch import nn

class Up(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(4, width)
    def forward(self, x):
        return self.fc(x)
    def narrow(self):
        self.fc = nn.Linear(4, 1)

class Down(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 2)
    def forward(self, x):
        return self.fc(x)

class Both(nn.Module):
    def __init__(self, up):
        super().__init__()
        self.up = up
        self.down = Down()
    def forward(self, x):
        return self.down(self.up(x))

class Fitted(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        with torch.no_grad():
            self.fc = nn.Linear(self.conv(torch.zeros(1, 1, size, size)).numel(), 2)
    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))

class Distance(nn.Module):
    def forward(self, a, b):
        return (a - b).pow(2).mean()

`;

const main = (...lines: readonly string[]): string =>
  [`${classes}if __name__ == "__main__":`, ...lines.map((line) => `    ${line}`), ""].join("\n");

const trained = `class Trained(Up):
    def forward(self, x):
        assert self.training
        return super().forward(x)

`;

const trainedMain = (...lines: readonly string[]): string =>
  main(...lines).replace("if __name__", `${trained}if __name__`);

const estimate = (text: string, entry?: string): readonly ModelEstimate[] =>
  estimateModels(interpreter, {
    file: "net.py",
    source: syntax.parse(text),
    ...(entry === undefined ? {} : { entry }),
  });

const sizeOf = (size: Dim): string => (typeof size === "number" ? String(size) : "?");

/** `Up 3x4 96`: the model, its inputs and its multiply-accumulates, with a question mark where that is not all. */
const told = ({ name, inputs, graph, complete }: ModelEstimate): string =>
  [
    name,
    ...inputs.map(({ meta }) => (isKnownShape(meta.shape) ? meta.shape.map(sizeOf).join("x") : "?")),
    sizeOf(sum(graph.ops.map(({ work }) => work.macs))),
    ...(complete ? [] : ["?"]),
  ].join(" ");

const cases: Readonly<Record<string, readonly [program: string, expected: readonly string[]]>> = {
  "every model that is called, each with what it is given": [
    main("x = torch.randn(3, 4)", "y = Up()(x)", "print(y.shape)", "z = Down()(torch.randn(5, 8))"),
    ["Up 3x4 96", "Down 5x8 80"],
  ],
  "a model that is given what another one makes": [
    main("x = torch.randn(3, 4)", "y = Up()(x)", "mean, *_ = y.chunk(2)", "z = Down()(mean)"),
    ["Up 3x4 96", "Down 2x8 32"],
  ],
  "a model that is called in a function": [
    `${main("check()").replace("if __name__", "def check():\n    y = Up()(torch.randn(3, 4))\n    Down()(y)\n\nif __name__")}`,
    ["Up 3x4 96", "Down 3x8 48"],
  ],
  "`forward` that is called by name": [
    main("net = Both(Up())", "net.eval()", "with torch.no_grad():", "    net.forward(torch.randn(3, 4))"),
    ["Both 3x4 144"],
  ],
  "a model that runs in training alone, as it is called": [
    trainedMain("net = Trained()", "net(torch.randn(3, 4))"),
    ["Trained 3x4 96"],
  ],
  "that a model which runs in training alone fails in the mode it is called in": [
    trainedMain("net = Trained().eval()", "net(torch.randn(3, 4))"),
    ["Trained 3x4 0 ?"],
  ],
  "a model as it is when it is called, not as it becomes": [
    main("net = Up()", "y = net(torch.randn(3, 4))", "net.narrow()", "print(net(torch.randn(3, 4)).shape)"),
    ["Up 3x4 96"],
  ],
  "a model that a function changes behind its call": [
    `${main("net = Up()", "use(net)").replace("if __name__", "def use(net):\n    net(torch.randn(3, 4))\n    net.narrow()\n\nif __name__")}`,
    ["Up 3x4 96"],
  ],
  "no losses beside models": [
    main("net = Up()", "loss = Distance()", "loss(net(torch.randn(3, 4)), torch.randn(3, 8)).backward()"),
    ["Up 3x4 96"],
  ],
  "a loss that is tried on what a layer of torch gives": [
    main("y = nn.Linear(4, 8)(torch.randn(3, 4))", "Distance()(y, torch.randn(3, 8))", "nn.MSELoss()(y, y)"),
    ["Linear 3x4 96", "Distance 3x8 3x8 0"],
  ],
  "a loss that is all there is": [
    main("loss = Distance()", "loss(torch.randn(3, 4), torch.randn(3, 4))"),
    ["Distance 3x4 3x4 0"],
  ],
  "a model that tries its parts while it is made": [
    main("net = Fitted(6)", "net(torch.randn(3, 1, 6, 6))"),
    ["Fitted 3x1x6x6 1056"],
  ],
  "no model that is a part of one": [
    main("up = Up()", "net = Both(up)", "net(torch.randn(3, 4))"),
    ["Both 3x4 144"],
  ],
  "each model that a loop over settings builds": [
    main(
      "for width in (8, 16):",
      "    net = Up(width)",
      "    net(torch.randn(3, 4))",
      "Down()(torch.randn(3, 8))",
    ),
    ["Up 3x4 96", "Up(16) 3x4 192", "Down 3x8 48"],
  ],
  "a program that never ends": [
    main("net = Up()", "while True:", "    net(torch.randn(3, 4))", "Down()(torch.randn(3, 8))"),
    ["Up 3x4 96", "Down 3x8 48"],
  ],
  "what a call decides stays open": [
    main("y = Up()(torch.randn(3, 4))", "rows = int(y.argmax())", "Down()(torch.randn(rows, 8))"),
    ["Up 3x4 96", "Down ?x8 ? ?"],
  ],
};

for (const [what, [program, expected]] of Object.entries(cases))
  test(`a main program shows ${what}`, () => {
    assert.deepEqual(estimate(program).map(told), expected);
  });

test("an instance of a main program can be named though the program calls it", () => {
  const program = main(
    "net = Up(16)",
    "y = net(torch.randn(3, 4))",
    "other = Down()",
    "other(torch.randn(2, 8))",
  );
  assert.deepEqual(estimate(program, "net").map(told), ["Up 3x4 192"]);
  assert.deepEqual(estimate(program, "other").map(told), ["Down 2x8 32"]);
});

const tools: Readonly<Record<string, readonly [lines: readonly string[], expected: string]>> = {
  "torchsummary's summary": [
    ["from torchsummary import summary", "summary(Up().cuda(), (3, 4))"],
    "Up 2x3x4 192",
  ],
  "torchinfo with a size": [
    ["from torchinfo import summary", "summary(Up(), input_size=(3, 4))"],
    "Up 3x4 96",
  ],
  "torchinfo with what is given": [
    ["import torchinfo", "torchinfo.summary(Up(), input_data=[torch.randn(5, 4)])"],
    "Up 5x4 160",
  ],
  torchsummaryX: [["from torchsummaryX import summary", "summary(Up(), torch.zeros(3, 4))"], "Up 3x4 96"],
  thop: [
    [
      "from thop import clever_format, profile",
      "net = Both(Up())",
      "macs, params = profile(net, inputs=(torch.randn(3, 4),))",
      "macs, params = clever_format([macs, params], '%.3f')",
    ],
    "Both 3x4 144",
  ],
  ptflops: [
    [
      "from ptflops import get_model_complexity_info as info",
      "macs, params = info(Up(), (6, 4), as_strings=True, print_per_layer_stat=False)",
    ],
    "Up 1x6x4 192",
  ],
  torchstat: [["from torchstat import stat", "stat(Up(), (6, 4))"], "Up 1x6x4 192"],
  fvcore: [
    [
      "from fvcore.nn import FlopCountAnalysis",
      "flops = FlopCountAnalysis(Up(), torch.randn(3, 4))",
      "print(flops.total())",
    ],
    "Up 3x4 96",
  ],
};

for (const [tool, [lines, expected]] of Object.entries(tools))
  test(`a model that is handed to ${tool} is called as it calls it`, () => {
    assert.deepEqual(estimate(main(...lines)).map(told), [expected]);
  });
