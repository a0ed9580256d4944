"""The inverted residual block of MobileNetV2, without its residual and with biases that the norms cancel.

Run it: python3 mobilenet_v2_block.py
"""

import torch
import torch.nn as nn


class InvertedResidual(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, expand_ratio: int = 6):
        super().__init__()
        hidden = in_channels * expand_ratio
        self.use_residual = stride == 1 and in_channels == out_channels
        self.expand = nn.Sequential(nn.Conv2d(in_channels, hidden, 1), nn.BatchNorm2d(hidden), nn.ReLU6())
        self.depthwise = nn.Sequential(
            nn.Conv2d(hidden, hidden, 3, stride=stride, padding=1, groups=hidden),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
        )
        self.project = nn.Sequential(nn.Conv2d(hidden, out_channels, 1), nn.BatchNorm2d(out_channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x
        out = self.expand(x)
        out = self.depthwise(out)
        return self.project(out)


class SmallMobileNet(nn.Module):
    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, kernel_size=3, stride=2, padding=1, bias=False)
        self.blocks = nn.Sequential(InvertedResidual(32, 32), InvertedResidual(32, 64, stride=2))
        self.head = nn.Linear(64, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.stem(x))
        return self.head(x.mean(dim=(2, 3)))


if __name__ == "__main__":
    model = SmallMobileNet().eval()
    with torch.no_grad():
        print(tuple(model(torch.randn(2, 3, 64, 64)).shape))
