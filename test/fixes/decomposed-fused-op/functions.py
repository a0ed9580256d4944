# fixes: 8
"""The operators for the whole give the same values, also where the parts would."""
import math

import torch
import torch.nn.functional as F

x = values(3, 5)


def outputs():
    return [
        torch.log(torch.softmax(x, -1)),
        x.softmax(dim=-1).log(),
        torch.log(torch.sum(torch.exp(x), dim=1, keepdim=True)),
        torch.log(1 + x.abs()),
        torch.exp(x) - 1,
        torch.log(1 + torch.exp(x)),
        x * torch.sigmoid(x),
        0.5 * x * (1 + torch.erf(x / math.sqrt(2))),
    ]
