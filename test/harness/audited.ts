import type { Json, LspClient } from "./lsp-client.ts";

/** A model whose first layer runs twice for nothing, beside a secret. */
export const auditedCode = `import torch
from torch import nn

TOKEN = "hf_abcdefghijklmnopqrstuvwx"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(1024, 4096)
        self.down = nn.Linear(4096, 1024)

    def forward(self, x):
        again = self.wide(x)
        return self.down(self.wide(x) + 0 * again)


model = Net()
y = model(torch.randn(256, 1024))
`;

/** What Gemini says of it: a change that saves, and energy that is no such thing. */
export const auditedReport = {
  summary: "The first layer runs twice.",
  energyModel: "e",
  claims: {
    originalEnergyJoules: 1e6,
    optimizedEnergyJoules: null,
    savingPercent: null,
    savingPercentLow: null,
    savingPercentHigh: null,
    carbonSavedGrams: null,
    costSavedUsdPerMillion: null,
    parameters: null,
    macs: null,
    latencySeconds: null,
  },
  assumptions: [],
  citations: [],
  breakdown: [],
  recommendations: [
    {
      title: "Run the first layer once",
      category: "architecture",
      why: "its result is multiplied by 0",
      gainPercent: 30,
      gainSource: "tool",
      citation: null,
      accuracyRisk: "none",
      accuracyDropPercent: null,
      changesParameters: false,
      changesOutput: false,
      edits: [
        {
          find: "        again = self.wide(x)\n        return self.down(self.wide(x) + 0 * again)",
          replace: "        return self.down(self.wide(x))",
        },
      ],
    },
  ],
  criticalBugs: [],
  benchmark: null,
};

/** Carries out the server's requests as the editor does. */
export function relayNetwork(client: LspClient): void {
  client.answer("ecocompute/audit/fetch", async (params: Json) => {
    const response = await fetch(params.url, {
      method: "POST",
      body: params.body,
      headers: { "content-type": "application/json" },
    });
    setTimeout(async () => {
      client.notify("ecocompute/audit/body", { fetch: params.fetch, text: await response.text() });
      client.notify("ecocompute/audit/body", { fetch: params.fetch });
    }, 0);
    return { kind: "head", status: response.status, contentType: response.headers.get("content-type") };
  });
}
