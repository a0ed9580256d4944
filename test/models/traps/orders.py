"""Masks made of a random order: how many elements are true is known, which of them is not."""
import numpy as np
import torch
from torch import nn


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def visible_by_rank():
    def forward(self, x):
        tokens = self.embed(x.unsqueeze(-1))
        masked = torch.argsort(torch.rand(x.shape), dim=1) < 3
        seen = self.encode(tokens[~masked].view(x.shape[0], -1, 4))
        full = torch.zeros_like(tokens)
        full[~masked] = seen.view(-1, 4)
        return seen, full, self.encode(tokens[masked])

    return net(forward, embed=nn.Linear(1, 4), encode=nn.Linear(4, 4))


def visible_by_shuffle():
    def forward(self, x):
        masks = []
        for _ in x:
            mask = np.hstack([np.zeros(5), np.ones(3)])
            np.random.shuffle(mask)
            masks.append(torch.from_numpy(mask))
        mask = torch.stack(masks).to(torch.bool).flatten(1)
        hidden = int(mask.sum())
        return self.fc(x[~mask].reshape(2, -1)), x[mask].reshape(hidden)

    return net(forward, fc=nn.Linear(5, 4))


def visible_by_permutation():
    def forward(self, x):
        mask = torch.zeros(8, dtype=torch.bool)
        mask[:6] = True
        return self.fc(x[:, mask[torch.randperm(8)]])

    return net(forward, fc=nn.Linear(6, 4))


def order_of_some_columns():
    def forward(self, x):
        return x[x.topk(3, dim=1).indices.repeat(1, 3)[:, :8] < 4]

    return net(forward)


def order_with_repeats():
    def forward(self, x):
        mask = torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])[torch.randint(0, 8, (8,))]
        return self.fc(x[:, mask > 0].sum(1, keepdim=True).expand(-1, 4)), x[:, mask > 0]

    return net(forward, fc=nn.Linear(4, 4))


def part_of_an_order():
    def forward(self, x):
        return x[0, :4][torch.randperm(8)[:4] < 3]

    return net(forward)


def order_written_over():
    def forward(self, x):
        mask = torch.argsort(x, dim=1) < 3
        mask[0, 0] = True
        return x[mask]

    return net(forward)


def several_orders():
    def forward(self, x):
        first, second = torch.randperm(8) < 3, torch.randperm(8) < 5
        both = torch.stack([first, second])
        return x[both], x[:, first & second]

    return net(forward)


READS_VALUES = True

MODELS = {
    f"{build.__name__}()": (build, lambda: [torch.rand(2, 8)])
    for build in (
        visible_by_rank,
        visible_by_shuffle,
        visible_by_permutation,
        order_of_some_columns,
        order_with_repeats,
        part_of_an_order,
        order_written_over,
        several_orders,
    )
}
