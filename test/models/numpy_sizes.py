"""Sizes that model code computes with numpy: each layer's width is one result."""
import numpy as np
import torch
from torch import nn


def zigzag(rows, cols):
    table = np.arange(0, rows * cols, 1).reshape(rows, cols).tolist()
    diagonals = [[] for _ in range(rows + cols - 1)]
    for i in range(rows):
        for j in range(cols):
            if (i + j) % 2 == 0:
                diagonals[i + j].insert(0, table[i][j])
            else:
                diagonals[i + j].append(table[i][j])
    return [each for diagonal in diagonals for each in diagonal]


def sine_table(dim, size):
    grid = np.stack(np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32)), axis=0)
    omega = 1.0 / 10000 ** (np.arange(dim // 2, dtype=np.float64) / (dim / 2.0))
    angles = np.einsum("m,d->md", grid[0].reshape(-1), omega)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def bilinear(size):
    og = np.ogrid[:size, :size]
    return (1 - abs(og[0] - 1.5) / 2) * (1 - abs(og[1] - 1.5) / 2)


class Tables(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("sines", torch.from_numpy(sine_table(8, 3)).float())
        self.register_buffer("weights", torch.from_numpy(bilinear(4)).float())
        self.register_buffer("eye", torch.from_numpy(np.eye(3).flatten().astype(np.float32)).view(1, 9))
        hat = np.zeros((4, 4), dtype=float)
        hat[0, 1] = np.linalg.norm(np.array([[3.0, 4.0]]) - 1)
        np.fill_diagonal(hat, 1)
        distance = np.linalg.norm(np.tile(hat, (2, 1)) - 1, axis=1, ord=2, keepdims=False)
        self.register_buffer("inverse", torch.tensor(np.linalg.inv(hat)).float())
        self.register_buffer("spline", torch.from_numpy(np.multiply(np.square(distance), np.log(np.abs(np.clip(np.floor(distance), -2, 2)) + 1))).float())
        self.register_buffer("power", torch.from_numpy(np.stack([np.linalg.matrix_power(hat, d) for d in range(3)])).float())
        self.reduction = nn.functional._Reduction.get_enum("mean")
        self.out = nn.utils.spectral_norm(nn.Linear(8, 5))

    def forward(self, x):
        return torch.spmm(x, self.out(self.sines)).sum(self.reduction) + self.weights.sum() + (x + self.eye).sum()


class NumpySizes(nn.Module):
    def __init__(self):
        super().__init__()
        a = np.arange(6)
        table = np.arange(6).reshape(2, 3)
        widths = [
            (a[1:] + a[:-1]).sum(),
            (a * 2)[3],
            (10 - a)[2],
            (2**a)[3],
            (a % 4)[5],
            len(a[a > 2]),
            (a >= 2).sum(),
            a[[1, 3]].sum(),
            a[-1] + a.ndim + a.copy()[2] + a.flatten()[4],
            np.arange(6).cumsum()[-1] + np.cumsum([1, 2, 3])[-1],
            table.sum(axis=1)[0] + np.sum(table, axis=0)[2] + table.shape[1],
            table.T.tolist()[2][1],
            np.concatenate([a, a]).shape[0] + np.maximum(3, 4),
            np.array([1.5, 2.5]).astype(int).sum(),
            np.linspace(0, 9, 4)[1] + np.mean([2, 4]),
            np.ones(3).sum() + np.ones((2, 3)).sum() + np.full(2, 5).sum(),
            zigzag(3, 4)[7],
            np.tile(a, 3).shape[0] + np.tile(a, (4, 2)).shape[1] + np.tile([[1, 2]], 3).shape[1],
            np.repeat(a, 2)[11] + a.repeat(3).shape[0] + np.repeat(np.array([1, 2]), [3, 4]).size,
            np.append(a, 7)[-1] + np.append([0], np.cumsum([2, 3]))[-1] + np.diff([1, 4, 9])[1],
            np.expand_dims(a, 0).shape[1] + np.transpose(table).shape[0] + a[:, None].shape[0],
            np.hstack([a, a[:2]]).size + np.vstack([a, a]).shape[0] + np.triu(np.ones((3, 3)), k=1).shape[0],
            np.sort([3, 1, 2])[2] + np.argsort([30, 10, 20])[0] + np.flip(a)[0] + np.where(a > 3)[0][0],
            np.int16(5) + np.uint64(3) + np.intp(2) + np.zeros_like(a).size + np.ones_like(table).shape[1],
            np.swapaxes(table, 0, 1).shape[0] + int(np.linalg.norm([3, 4])) + np.square(a)[4] + np.multiply([2, 3], [4, 5])[1] + np.add(2, 3),
            np.cumprod((5, 5, 11))[-1] + int(np.dot([1, 2], [3, 4])) + np.full_like(a, 2)[3],
        ]
        self.layers = nn.ModuleList([nn.Linear(1, int(width), bias=False) for width in widths])

    def forward(self, x):
        x = torch.cat([layer(x) for layer in self.layers], dim=1)
        y = x.t()
        y @= x
        return y


MODELS = {
    "NumpySizes()": (NumpySizes, lambda: [torch.empty(2, 1)]),
    "Tables()": (Tables, lambda: [torch.empty(2, 9)]),
}
