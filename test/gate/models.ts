/** Models before and after a change, as the tests of the gate commit them. */

/** Two blocks with a shortcut: 158,090 parameters. */
export const resnet = `import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(x + self.bn2(self.conv2(y)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 7, stride=4, padding=3)
        self.blocks = nn.Sequential(Block(64), Block(64))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.head(x.mean((2, 3)))


model = ResNet()
model(torch.randn(8, 3, 224, 224))
`;

/** The same task by attention over patches of 16 x 16: 12 layers of width 768. */
export const transformer = `import torch
import torch.nn as nn


class Transformer(nn.Module):
    def __init__(self, width=768, layers=12):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 16, stride=16)
        layer = nn.TransformerEncoderLayer(width, 12, 4 * width, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        return self.head(self.encoder(x).mean(1))


model = Transformer()
model(torch.randn(8, 3, 224, 224))
`;

/** A perceptron of one hidden layer. @param width of it. */
export const perceptron = (width: number): string => `import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, width=${width}):
        super().__init__()
        self.first = nn.Linear(1024, width)
        self.second = nn.Linear(width, 1024)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))


Net()(torch.randn(512, 1024))
`;

const attentionHead = `import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, width=512, heads=8):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
`;

const attentionTail = `        return self.out(y.transpose(1, 2).reshape(b, t, c))


Attention()(torch.randn(4, 2048, 512))
`;

/** One kernel for the whole of attention. */
export const fusedAttention = `${attentionHead}        y = F.scaled_dot_product_attention(q, k, v)
${attentionTail}`;

/** The same products, with the scores written to memory. */
export const manualAttention = `${attentionHead}        scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
        y = F.softmax(scores, dim=-1) @ v
${attentionTail}`;
