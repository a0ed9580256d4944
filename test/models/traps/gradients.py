"""Backward passes inside a forward pass: what they compute is work of the model."""
import torch
from torch import autograd, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

READS_VALUES = True


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def mlp(inputs, outputs, act=nn.Tanh, width=8):
    return nn.Sequential(nn.Linear(inputs, width), act(), nn.Linear(width, width), act(), nn.Linear(width, outputs))


def slope(y, x):
    return autograd.grad(y, x, torch.ones_like(y), create_graph=True)[0]


def hamiltonian():
    def forward(self, x):
        x = x.requires_grad_(True)
        with torch.enable_grad():
            q, p = autograd.grad(self.f(x).sum(), x, create_graph=True)[0].chunk(2, dim=-1)
        return torch.cat([p, -q], -1)

    return net(forward, f=mlp(4, 1))


def lagrangian():
    def forward(self, x):
        x = x.requires_grad_(True)
        momentum = autograd.grad(self.f(x).sum(), x, create_graph=True)[0][:, 2:]
        return torch.stack([autograd.grad(momentum[:, i].sum(), x, create_graph=True)[0] for i in range(2)], 1)

    return net(forward, f=mlp(4, 1, nn.Softplus))


def equation_of_heat():
    def forward(self, x):
        x.requires_grad = True
        u = self.f(x)
        du = slope(u, x)
        return du[:, 1:] + u * du[:, :1] - 0.01 * slope(du[:, :1], x)[:, :1]

    return net(forward, f=mlp(2, 1))


def third_derivative():
    def forward(self, x):
        x = x.requires_grad_(True)
        return slope(slope(slope(self.f(x), x), x), x)

    return net(forward, f=nn.Sequential(nn.Linear(2, 8), nn.SiLU(), nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 1)))


def kinks():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad((slope(self.f(x), x) ** 2).sum(), x)[0]

    layers = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.LeakyReLU(), nn.Linear(8, 1))
    return net(forward, f=layers)


def norms():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad(slope(self.f(x), x).norm(dim=-1).sum(), x)[0]

    layers = nn.Sequential(nn.Linear(2, 8), nn.LayerNorm(8), nn.Softplus(), nn.Linear(8, 8), nn.ELU(), nn.Linear(8, 1))
    return net(forward, f=layers)


def gradient_penalty():
    def forward(self, x):
        alpha = torch.rand(x.size(0), 1, 1, 1)
        mixed = (alpha * x + (1 - alpha) * x.flip(0)).requires_grad_(True)
        judged = self.f(mixed)
        found = autograd.grad(
            outputs=judged, inputs=mixed, grad_outputs=torch.ones(judged.size()), create_graph=True, only_inputs=True
        )[0]
        return ((found.view(x.size(0), -1).norm(2, dim=1) - 1) ** 2).mean()

    layers = nn.Sequential(nn.Conv2d(3, 4, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 8, 3, groups=2), nn.BatchNorm2d(8))
    return net(forward, f=nn.Sequential(*layers, nn.ConvTranspose2d(8, 1, 2)))


def forces():
    def forward(self, kinds):
        places = torch.randn(kinds.size(0), 3).requires_grad_()
        near = (places[:, None] - places[None]).pow(2).sum(-1)
        h = self.embed(kinds)[:, None].expand(-1, kinds.size(0), -1)
        energy = self.f(torch.cat([h, near[..., None]], -1)).sum()
        return energy, -autograd.grad([energy], [places], create_graph=self.training)[0]

    return net(forward, embed=nn.Embedding(10, 4), f=mlp(5, 1, nn.SiLU))


def energy_descent():
    def forward(self, x):
        for _ in range(3):
            x = x.detach().requires_grad_(True)
            self.f(x).sum().backward()
            x = x - 0.1 * x.grad + 0.01 * torch.randn_like(x)
        return self.f(x)

    return net(forward, f=mlp(2, 1))


def frozen_descent():
    def forward(self, x):
        for weight in self.f.parameters():
            weight.requires_grad_(False)
        x = x.clone().requires_grad_(True)
        for _ in range(3):
            (found,) = autograd.grad(self.f(x).sum(), [x])
            x = (x - 0.1 * found).detach().requires_grad_(True)
        return x

    return net(forward, f=mlp(2, 1))


def learned_to_learn():
    def forward(self, x, y):
        weights = list(self.f.parameters())
        for _ in range(2):
            made = F.linear(F.relu(F.linear(x, weights[0], weights[1])), weights[2], weights[3])
            steps = autograd.grad(F.mse_loss(made, y), weights, create_graph=True)
            weights = [w - 0.01 * step for w, step in zip(weights, steps)]
        made = F.linear(F.relu(F.linear(x, weights[0], weights[1])), weights[2], weights[3])
        return autograd.grad(F.mse_loss(made, y), self.f.parameters())

    return net(forward, f=nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 1)))


def of_attention():
    def forward(self, x):
        x = x.requires_grad_(True)
        found = autograd.grad(self.out(self.mix(x, x, x)[0]).sum(), x, create_graph=True)[0]
        return found, autograd.grad(found.sum(), x)[0]

    return net(forward, mix=nn.MultiheadAttention(8, 2, batch_first=True), out=nn.Linear(8, 1))


def of_recurrence():
    def forward(self, x, y):
        x = x.requires_grad_(True)
        out, _ = self.rnn(self.into(x))
        loss = F.cross_entropy(self.out(out[-1]), y)
        found = autograd.grad(loss, x, retain_graph=True)[0]
        torch.autograd.backward([loss])
        return found

    return net(forward, into=nn.Linear(4, 8), rnn=nn.LSTM(8, 6, 2, bidirectional=True), out=nn.Linear(12, 3))


def saliency():
    def forward(self, x):
        seen = self.f(x)
        scores = self.out(seen.mean((2, 3)))
        weights = autograd.grad(scores.max(1)[0].sum(), seen, retain_graph=True)[0]
        return scores, (weights.mean((2, 3), keepdim=True) * seen).sum(1)

    return net(forward, f=nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3)), out=nn.Linear(8, 5))


def products_of_many_kinds():
    def forward(self, x):
        x = x.requires_grad_(True)
        y = torch.einsum("bi,kij->bkj", x, self.w)
        z = torch.matmul(y, y.transpose(1, 2)) @ torch.ones(3)
        return autograd.grad(z.sum() + torch.dot(x[0], x[1]), [x, self.w])

    return net(forward, w=nn.Parameter(torch.ones(3, 4, 5)))


def ways_that_end():
    def forward(self, x):
        x = x.requires_grad_(True)
        h, cut = self.a(x), self.b(x).detach()
        with torch.no_grad():
            off = self.b(x)
        return autograd.grad((h * cut + off + self.a(x).data).sum(), x)[0]

    return net(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 4))


def rows_written():
    def forward(self, x):
        x = x.requires_grad_(True)
        z = torch.zeros(2, 4)
        z[:, :2] = self.a(x)[:, :2]
        return autograd.grad(self.b(z).sum(), x)[0]

    return net(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 1))


def unused_input():
    def forward(self, x):
        x, other = x.requires_grad_(True), torch.zeros(3, requires_grad=True)
        found = autograd.grad(self.a(x).sum(), [x, other], allow_unused=True)
        return found[0] if found[1] is None else x.new_zeros(7)

    return net(forward, a=nn.Linear(4, 1))


def asked_within_layers_alike():
    class Slope(nn.Module):
        def __init__(self):
            super().__init__()
            self.f = nn.Linear(2, 2)

        def forward(self, y, x):
            return slope(y, x)

    def forward(self, x):
        x = x.requires_grad_(True)
        y = self.a(x)
        for i, layer in enumerate(self.layers):
            y = self.a(y) if i == 2 else y
            found = layer(y, x)
        return found

    return net(forward, a=nn.Linear(4, 4), layers=nn.ModuleList(Slope() for _ in range(5)))


class Doubled(autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, found):
        return found * 2, None


def own_backward():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad(Doubled.apply(x, self.w).sum(), x)[0]

    return net(forward, w=nn.Parameter(torch.ones(4, 4)))


def own_backward_hidden():
    def forward(self, x):
        x = x.requires_grad_(True)
        y = Doubled.apply(self.a(x), self.w.data) + self.b(x)
        return autograd.grad(y.sum(), x)[0]

    return net(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 4), w=nn.Parameter(torch.ones(4, 4)))


def own_backward_aside():
    def forward(self, x):
        y = Doubled.apply(self.a(x), self.w)
        z = torch.ones_like(x, requires_grad=True)
        return y, autograd.grad(self.a(z).sum(), z)[0]

    return net(forward, a=nn.Linear(4, 4), w=nn.Parameter(torch.ones(4, 4)))


def computed_again():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad(checkpoint(self.a, x, use_reentrant=False).sum(), x)[0]

    return net(forward, a=nn.Linear(4, 4))


def written_through_a_view():
    def forward(self, x):
        x = x.requires_grad_(True)
        z = self.a(x) * 1
        z[:, 0].mul_(self.b(x)[:, 0])
        return autograd.grad(z.sum(), x)[0]

    return net(forward, a=nn.Linear(4, 4), b=nn.Linear(4, 4))


def inverse():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad(torch.linalg.inv(self.a(x) + 5 * torch.eye(4)).sum(), x)[0]

    return net(forward, a=nn.Linear(4, 4))


def fused_attention():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad(self.a(x).sum(), x)[0]

    return net(forward, a=nn.TransformerEncoderLayer(8, 2, 16, batch_first=True))


def twice_through_a_convolution():
    def forward(self, x):
        x = x.requires_grad_(True)
        return autograd.grad(slope(self.a(x), x).pow(2).sum(), self.a.weight)[0]

    return net(forward, a=nn.Conv2d(2, 2, 3, stride=2))


def written_over():
    def forward(self, x):
        x = x.requires_grad_(True)
        writes = [
            lambda h: h.tanh_(),
            lambda h: h.pow_(2),
            lambda h: F.silu(h, inplace=True),
            lambda h: h.mul_(x),
            lambda h: h.add_(x),
        ]
        found = [slope(write(self.a(x).clone()), x).pow(2).sum() for write in writes]
        return [autograd.grad(each, [x, self.a.weight], allow_unused=True)[1] for each in found]

    return net(forward, a=nn.Linear(4, 4))


def twice_through_batch_norm():
    def forward(self, x):
        x = x.requires_grad_(True)
        found = slope(self.n(self.a(x)), x)
        return autograd.grad(found.pow(2).sum(), [x, self.a.weight], allow_unused=True)[1]

    return net(forward, a=nn.Linear(4, 4), n=nn.BatchNorm1d(4))


def floats(*sizes):
    return lambda: [torch.ones(size) for size in sizes]


PROGRAMS = {
    hamiltonian: floats((5, 4)),
    lagrangian: floats((6, 4)),
    equation_of_heat: floats((5, 2)),
    third_derivative: floats((5, 2)),
    kinks: floats((5, 2)),
    norms: floats((5, 2)),
    gradient_penalty: floats((2, 3, 8, 8)),
    forces: lambda: [torch.ones(6, dtype=torch.int64)],
    energy_descent: floats((7, 2)),
    frozen_descent: floats((7, 2)),
    learned_to_learn: floats((5, 1), (5, 1)),
    of_attention: floats((2, 5, 8)),
    of_recurrence: lambda: [torch.ones(5, 2, 4), torch.ones(2, dtype=torch.int64)],
    saliency: floats((2, 3, 8, 8)),
    products_of_many_kinds: floats((2, 4)),
    ways_that_end: floats((2, 4)),
    rows_written: floats((2, 4)),
    unused_input: floats((2, 4)),
    asked_within_layers_alike: floats((2, 4)),
    own_backward: floats((2, 4)),
    own_backward_hidden: floats((2, 4)),
    own_backward_aside: floats((2, 4)),
    computed_again: floats((2, 4)),
    written_through_a_view: floats((2, 4)),
    inverse: floats((2, 4, 4)),
    fused_attention: floats((2, 5, 8)),
    twice_through_a_convolution: floats((2, 2, 8, 8)),
    written_over: floats((3, 4)),
    twice_through_batch_norm: floats((3, 4)),
}
MODELS = {f"{program.__name__}()": (program, inputs) for program, inputs in PROGRAMS.items()}
