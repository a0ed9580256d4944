# fixes: 2
"""The pieces come out in the same order and shape."""
import torch

pieces = [values(2, 3, seed=i) for i in range(4)]


def outputs():
    rows = torch.empty(0, 3)
    for piece in pieces:
        rows = torch.cat([rows, piece])
    columns = torch.zeros((0, 3)).float()
    for piece in pieces:
        doubled = piece * 2
        columns = torch.cat((columns, doubled), dim=0)
    return [rows, columns]
