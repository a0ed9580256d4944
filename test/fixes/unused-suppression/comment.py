# fixes: 2
"""Comments go, what they stood beside stays."""
import torch

x = values(4, 4)  # ecocompute: ignore[softmax-before-cross-entropy] left from an old version


def outputs():
    # ecocompute: ignore[missing-zero-grad]
    return [torch.relu(x) @ x]
