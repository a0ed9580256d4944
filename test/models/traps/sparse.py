"""Tensors that keep only what is not zero: their sizes, their parameters, their products."""
import torch
import torch.nn.functional as F
from torch import nn

NODES = 12
EDGES = torch.tensor([[0, 1, 2, 3, 4, 0], [1, 2, 3, 4, 5, 1]])


class Convolution(nn.Module):
    """A graph convolution over an adjacency matrix that is made in `forward`."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 6)
        self.second = nn.Parameter(torch.randn(6, 3))

    def forward(self, x):
        adjacency = torch.sparse_coo_tensor(EDGES, torch.ones(EDGES.shape[1]), (NODES, NODES))
        x = F.relu(torch.spmm(adjacency, self.first(x)))
        return adjacency @ (x @ self.second), (adjacency * 2).t().coalesce().to_dense(), adjacency._nnz()


class Held(nn.Module):
    """An adjacency matrix as a buffer, and as a parameter that takes no gradients and is set later."""

    def __init__(self):
        super().__init__()
        made = torch.sparse.FloatTensor(EDGES, torch.rand(6), torch.Size([NODES, NODES]))
        self.register_buffer("adjacency", made)
        self.held = nn.Parameter(torch.sparse.FloatTensor(NODES, NODES))
        self.held.data = made
        self.held.requires_grad = False
        self.nodes = nn.Embedding(NODES, 4)

    def forward(self, x):
        rows = self.nodes.weight
        for _ in range(2):
            rows = torch.mm(self.adjacency.float(), rows)
        if not isinstance(self.held, torch.Tensor) or not self.held.is_sparse:
            rows = self.nodes(rows.long())
        indices = self.held.data.coalesce().indices()
        return x @ rows[:8] + torch.matmul(self.held, rows), indices


class Scores(nn.Module):
    """Attention over edges, which a sparse matrix adds up."""

    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(16, 1)

    def forward(self, x):
        pairs = torch.cat((x[EDGES[0]], x[EDGES[1]]), 1)
        weights = torch.sparse_coo_tensor(EDGES, self.scores(pairs).squeeze(1).exp(), (NODES, NODES))
        total = torch.sparse.sum(weights, dim=1).to_dense().unsqueeze(1)
        shares = torch.sparse.softmax(weights, dim=1)
        return weights @ x / (total + 1), shares.to_dense() @ x


class LeftOut(Convolution):
    """The product that PyTorch's own counters do not see."""

    def forward(self, x):
        adjacency = torch.sparse_coo_tensor(EDGES, torch.ones(EDGES.shape[1]), (NODES, NODES))
        return torch.sparse.mm(adjacency, self.first(x))


class LeftOutOfDense(nn.Module):
    def forward(self, x):
        return torch.sparse.mm(x, x.t())


MODELS = {
    f"{build.__name__}()": (build, lambda: (torch.randn(12, 8),))
    for build in (Convolution, Held, Scores, LeftOut, LeftOutOfDense)
}
READS_VALUES = True
