# fixes: 1
"""Workers that stay give the same batches in every epoch."""
import torch
from torch.utils.data import DataLoader

rows = [values(3, seed=i) for i in range(10)]


def outputs():
    found = []
    loader = DataLoader(rows, batch_size=4, num_workers=1)
    for epoch in range(3):
        for x in loader:
            found.append(x + epoch)
    return found
