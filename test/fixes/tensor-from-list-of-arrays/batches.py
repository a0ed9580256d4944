# fixes: 3
"""The tensors have the same values and types."""
import numpy as np
import torch

images = [np.arange(6).reshape(2, 3) + i for i in range(4)]


def outputs():
    rows = []
    for image in images:
        rows.append(np.asarray(image, dtype=np.float32))
    found = [
        torch.tensor([np.asarray(image) for image in images]),
        torch.FloatTensor([np.zeros(3), np.ones(3)]),
        torch.tensor(rows),
    ]
    return found + [torch.tensor([["int64", "float32"].index(str(each.dtype)[6:]) for each in found])]
