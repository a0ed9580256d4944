"""Functions of functions: modules called with other weights, mapped over samples, derived."""
import torch
from torch import nn
from torch.autograd import functional
from torch.func import functional_call, grad, grad_and_value, jacrev, stack_module_state, vjp, vmap
from torch.nn import functional as F

READS_VALUES = True


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def with_other_weights():
    def forward(self, x):
        weights = {name: value * 2 for name, value in self.fc.named_parameters()}
        return functional_call(self.fc, weights, x) + functional_call(self.fc, (weights, {}), (x,))

    return net(forward)


def wider_for_a_while():
    def forward(self, x):
        wide = functional_call(self.fc, {"weight": torch.ones(16, 8), "bias": torch.zeros(16)}, (x,))
        return wide, self.fc(x)

    return net(forward)


def tied_weights_replaced():
    pair = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    pair[1].weight = pair[0].weight

    def forward(self, x):
        return functional_call(self.pair, {"0.weight": torch.ones(8, 8)}, (x,))

    return net(forward, pair=pair)


def inner_steps():
    def forward(self, x):
        weights = dict(self.fc.named_parameters())
        for _ in range(2):
            loss = functional_call(self.fc, weights, (x,)).pow(2).mean()
            found = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            weights = {name: value - 0.1 * each for (name, value), each in zip(weights.items(), found)}
        return functional_call(self.fc, weights, (x,))

    return net(forward)


def ensemble():
    models = nn.ModuleList(nn.Linear(8, 3) for _ in range(4))

    def forward(self, x):
        weights, buffers = stack_module_state(list(self.models))

        def one(weights, buffers, x):
            return functional_call(self.models[0], (weights, buffers), (x,))

        return vmap(one, in_dims=(0, 0, None))(weights, buffers, x)

    return net(forward, models=models)


def mapped():
    def forward(self, x):
        pairs = vmap(torch.outer)(x, self.fc(x))
        sums = torch.vmap(lambda v: {"sum": v.sum(), "all": (v * 2, v.max())})(x)
        return pairs, sums["sum"], sums["all"]

    return net(forward)


def mapped_twice():
    def forward(self, x):
        return vmap(vmap(torch.dot, in_dims=(None, 0)), in_dims=(0, None))(x, self.fc(x))

    return net(forward)


def mapped_along_another_dimension():
    def forward(self, x):
        return vmap(self.fc, in_dims=1, out_dims=1)(torch.stack([x, x, x], 1))

    return net(forward)


def gradient_of_each_sample():
    def forward(self, x):
        def loss(weight, v):
            return F.linear(v, weight).pow(2).sum()

        return vmap(grad(loss), in_dims=(None, 0))(self.fc.weight, x)

    return net(forward)


def gradient_and_value():
    def forward(self, x):
        def loss(weights, v):
            y = functional_call(self.fc, weights, (v,))
            return y.pow(2).mean(), y

        found, (value, y) = grad_and_value(loss, has_aux=True)(dict(self.fc.named_parameters()), x)
        return found["weight"], found["bias"], value, y

    return net(forward)


def gradient_of_a_gradient():
    def forward(self, x):
        return grad(lambda v: grad(lambda w: (self.fc(w) ** 3).sum())(v).sum())(x)

    return net(forward)


def pulled_back():
    def forward(self, x):
        y, back = vjp(lambda v, w: F.linear(v, w), x, self.fc.weight)
        return (y, *back(torch.ones_like(y)))

    return net(forward)


def rows_of_a_jacobian():
    return net(lambda self, x: (jacrev(lambda v: self.fc(v).sum(0))(x), vmap(jacrev(torch.sin))(x)))


def jacobian_of_a_function():
    def forward(self, x):
        both = functional.jacobian(lambda a, b: torch.tanh(self.fc(a) * b).sum(0), (x, x + 1))
        return both, functional.jacobian(lambda a: (a.sum(0), self.fc(a[0])), x, create_graph=True)

    return net(forward)


def hessian_of_a_function():
    return net(lambda self, x: functional.hessian(lambda v: self.fc(v).pow(3).sum(), x[0]))


def products_with_vectors():
    def forward(self, x):
        def energy(v):
            return torch.tanh(self.fc(v)).sum()

        return (
            functional.vjp(energy, x),
            functional.hvp(energy, x, torch.ones_like(x)),
            functional.vhp(energy, x, torch.ones_like(x)),
            functional.jvp(self.fc, x, torch.ones_like(x)),
        )

    return net(forward)


def state_beside_tensors():
    class Counts(nn.Linear):
        steps = 3

        def get_extra_state(self):
            return {"steps": self.steps}

        def set_extra_state(self, state):
            self.steps = state["steps"] + 1

    def forward(self, x):
        state = self.counts.state_dict()
        self.counts.load_state_dict(state)
        return self.counts._slow_forward(x)[:, : self.counts.steps], len(state)

    return net(forward, counts=Counts(8, 8))


def attributes_of_what_is_wrapped():
    class Wrapped(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def __getattr__(self, name):
            if name == "out":
                return self._modules["inner"].narrow
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

        def forward(self, x):
            return self.out(self.wide(x))

    class Inner(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide = nn.Linear(8, 16)
            self.narrow = nn.Linear(16, 4)

    wrapped = Wrapped(Inner())
    wrapped._modules["out"] = nn.Linear(16, 5)
    return wrapped


def too_large_for_a_float():
    import math

    def forward(self, x):
        width = 8
        for compute in (math.exp, math.cosh, lambda n: 2.0**n, lambda n: math.pow(10, n)):
            try:
                compute(2000)
            except OverflowError:
                width -= 1
        return self.fc(x)[:, :width]

    return net(forward)


MODELS = {
    f"{name}()": (made, lambda: [torch.linspace(-1, 1.5, 32).reshape(4, 8)])
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name != "net"
}
