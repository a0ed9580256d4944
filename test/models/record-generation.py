"""Records the products of reading a prompt and of one token after it, from real PyTorch.

Usage: record-generation.py > generation.json
"""
import json
import runpy
import sys
from pathlib import Path

import torch

here = Path(__file__).parent
sys.argv = ["record.py"]
sys.stdout, out = open("/dev/null", "w"), sys.stdout
record = runpy.run_path(str(here / "record.py"))
sys.stdout = out
CONTEXT = 12
BATCH = 3

found = {}
for name, (build, step) in runpy.run_path(str(here / "generation.py"))["GENERATE"].items():
    with torch.no_grad():
        model = build().eval()
        phases = {}
        kept = None
        for phase, start, length in [("prefill", 0, CONTEXT), ("decode", CONTEXT, 1)]:
            tokens = torch.zeros(BATCH, length, dtype=torch.int64)
            with record["Count"]() as count:
                output, kept = step(model, tokens, start, kept)
            phases[phase] = {"macs": count.macs, "output": list(output.shape)}
    found[name] = phases
print(json.dumps({"batch": BATCH, "context": CONTEXT, "models": found}, indent=1))
