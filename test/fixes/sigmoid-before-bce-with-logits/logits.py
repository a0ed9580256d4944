# fixes: 3
"""The loss is that of the logits."""
import torch
import torch.nn as nn
import torch.nn.functional as F

criterion = nn.BCEWithLogitsLoss()


def losses(logits, y):
    a = F.binary_cross_entropy_with_logits(torch.sigmoid(logits), y)
    b = criterion(logits.sigmoid(), y)
    out = F.sigmoid(logits)
    return a, b, criterion(out, y)


def prove(before, after):
    logits, y = values(8), (values(8, seed=1) > 0).float()
    expected = F.binary_cross_entropy(torch.sigmoid(logits), y)
    same(list(after.losses(logits, y)), [expected] * 3)
    differ(list(before.losses(logits, y)), [expected] * 3)
