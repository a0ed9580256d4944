# fixes: 2
"""log_softmax of log-probabilities is the same once more: dropping it keeps the loss and its gradient."""
import torch
import torch.nn.functional as F


def outputs():
    x, y = values(6, 10).requires_grad_(), torch.arange(6)
    a = F.cross_entropy(F.log_softmax(x, dim=1), y)
    b = F.cross_entropy(x.log_softmax(-1), y)
    return a, b, torch.autograd.grad(a + b, x)[0]
