# fixes: 5
"""The same tensors, made where they belong."""
import torch

device = torch.device("cpu")


def outputs():
    out = []
    for n in range(1, 4):
        out.append(torch.zeros(n, 3).to(device))
        out.append(torch.arange(n).to(device=device))
        out.append(torch.ones(2).to(device, non_blocking=True))
        out.append(torch.eye(n).to(device))
        out.append(torch.full((n,), 2.5).to(device))
    return out
