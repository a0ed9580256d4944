# fixes: 1
"""A loader gives its data in every epoch."""
import torch
from torch.utils.data import DataLoader

rows = [values(3, seed=i) for i in range(10)]


def outputs():
    found = []
    for epoch in range(3):
        loader = DataLoader(rows, batch_size=4)
        for x in loader:
            found.append(x + epoch)
    return found
