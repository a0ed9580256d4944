"""Nested tensors: pieces of different lengths that go through the layers together."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.nested import as_nested_tensor, nested_tensor, nested_tensor_from_jagged

READS_VALUES = True


class Net(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.wide = nn.Linear(8, 24, bias=False)
        self.norm = nn.LayerNorm(8)
        self.drop = nn.Dropout(0.1)
        self.table = nn.Embedding(5, 8)
        self.steps = forward

    def forward(self, x):
        return self.steps(self, x)


def net(forward):
    return Net(forward)


def jagged(x):
    return nested_tensor([x[0], x[1, :3], x[0, :1]], layout=torch.jagged)


def padded():
    def forward(self, x):
        parts = torch.nested.nested_tensor([x[0], x[1, :3]])
        return torch.nested.to_padded_tensor(self.fc(parts), 0.0)

    return net(forward)


def layers_of_jagged():
    def forward(self, x):
        parts = jagged(x)
        made = self.drop(F.gelu(self.norm(self.fc(parts)))) + parts * 2
        return made.unbind()

    return net(forward)


def attention():
    def forward(self, x):
        parts = jagged(x)
        q, k, v = (each.contiguous().unflatten(-1, (2, 4)).transpose(1, 2) for each in self.wide(parts).chunk(3, dim=-1))
        made = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(-2)
        return torch.stack([each.sum(0) for each in self.fc(made).unbind()])

    return net(forward)


def attention_to_others():
    def forward(self, x):
        parts = jagged(x)
        asked = nested_tensor([x[0, :1]] * 3, layout=torch.jagged)
        q, k = (self.fc(each).unflatten(-1, (2, 4)).transpose(1, 2) for each in (asked, parts))
        return torch.stack(F.scaled_dot_product_attention(q, k, k).transpose(1, 2).flatten(-2).unbind())

    return net(forward)


def from_offsets():
    def forward(self, x):
        parts = nested_tensor_from_jagged(x.flatten(0, 1), torch.tensor([0, 2, 3, 8]))
        return self.fc(parts).unbind()

    return net(forward)


def from_lengths():
    def forward(self, x):
        parts = nested_tensor_from_jagged(x.flatten(0, 1), lengths=torch.tensor([2, 1, 5]))
        made = self.fc(parts)
        return made.values(), made.to_padded_tensor(0.0), made.offsets()

    return net(forward)


def sizes():
    def forward(self, x):
        parts = jagged(x)
        heads = parts.view(parts.size(0), -1, 2, 4).transpose(1, 2)
        assert parts.is_nested and not x.is_nested and parts.dim() == 3 and len(parts) == 3
        assert isinstance(parts, torch.Tensor) and parts.layout is torch.jagged and heads.shape[1] == 2
        return self.fc(heads.transpose(1, 2).reshape(3, -1, 8)).unbind()

    return net(forward)


def matrix_products():
    def forward(self, x):
        parts = jagged(x)
        return (parts @ self.fc.weight).unbind(), (parts.transpose(1, 2) @ parts)

    return net(forward)


def sums():
    def forward(self, x):
        parts = self.fc(jagged(x))
        return parts.mean(dim=1), parts.softmax(dim=-1).sum(dim=-1, keepdim=True).unbind()

    return net(forward)


def embedded():
    def forward(self, x):
        ids = [torch.tensor([0, 1, 2]), torch.tensor([4])]
        return self.fc(self.table(as_nested_tensor(ids, layout=torch.jagged))).unbind()

    return net(forward)


def lengths_that_the_run_knows():
    def forward(self, x):
        counts = (x[:, :, 0] >= 0).sum(1)
        return self.fc(as_nested_tensor([row[:count] for row, count in zip(x, counts.tolist())])).to_padded_tensor(0.0)

    return net(forward)


def rows():
    return [torch.zeros(2, 4, 8)]


MODELS = {
    f.__name__ + "()": (f, rows)
    for f in (
        padded,
        layers_of_jagged,
        attention,
        attention_to_others,
        from_offsets,
        from_lengths,
        sizes,
        matrix_products,
        sums,
        embedded,
        lengths_that_the_run_knows,
    )
}
