import torch.nn as nn
import torch.nn.functional as F


class Head(nn.Module):
    def __init__(self, width: int, classes: int):
        super().__init__()
        self.proj = nn.Linear(width, width)
        self.out = nn.Linear(width, classes)

    def forward(self, x):
        x = F.gelu(self.proj(x))
        return self.out(x)
