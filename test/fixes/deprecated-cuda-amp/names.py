# fixes: 4
"""The new names give the same contexts, and compute the same."""
import torch
from torch.cpu.amp import autocast

if not hasattr(torch, "amp") or not hasattr(torch.amp, "autocast"):
    torch.amp = torch

x = values(4, 4)


def outputs():
    found = []
    with torch.cpu.amp.autocast(dtype=torch.bfloat16):
        found.append((x @ x).float())
    with autocast(False, torch.bfloat16):
        found.append(x @ x)
    with torch.cpu.amp.autocast():
        found.append((x @ x).float())
    with torch.cuda.amp.autocast(enabled=False):
        found.append(x @ x)
    return found
