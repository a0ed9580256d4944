"""Tensors that decide what runs, own their ops, or are no plain tensors."""
import copy
import functools
import random

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint, checkpoint_sequential


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def branch_on_sum():
    return net(lambda self, x: self.fc(x) if x.sum() > 0 else self.fc(self.fc(x)))


def branch_on_shape():
    return net(lambda self, x: self.fc(x) if x.shape[0] == 2 and x.dim() == 2 else x)


def loop_until_small():
    def forward(self, x):
        while x.abs().max() > 0.5:
            x = self.fc(x) * 0.1
        return x

    return net(forward)


def loop_over_item():
    def forward(self, x):
        for _ in range(int(x[0, 0].item()) + 1):
            x = self.fc(x)
        return x

    return net(forward)


def selected_rows():
    return net(lambda self, x: self.fc(x[x[:, 0] > 0]))


def nonzero_rows():
    return net(lambda self, x: self.fc(x[x[:, 0].nonzero(as_tuple=True)[0]]))


def unique_values():
    return net(lambda self, x: self.fc(torch.unique(x).expand(8)))


def masked_rows_gathered():
    return net(lambda self, x: self.fc(torch.masked_select(x, x > 0).view(-1, 8)))


def top_rows():
    return net(lambda self, x: self.fc(x[x.sum(1).topk(1).indices]))


def repeated_by_values():
    return net(lambda self, x: self.fc(x.repeat_interleave(torch.tensor([1, 3]), 0)))


def split_by_list():
    return net(lambda self, x: torch.cat([self.fc(each) for each in x.split([1, 1])]))


def range_by_item_of_constant():
    return net(lambda self, x: self.fc(torch.arange(int(torch.tensor(5).item())).float()[:, None] * x[:1]))


def widths_from_tensor():
    rates = [each.item() for each in torch.linspace(0, 1, 4)]
    widths = (torch.tensor(rates) * 9).round().int().tolist()
    return nn.Sequential(nn.Linear(8, widths[1]), nn.Linear(widths[1], widths[2]), nn.Linear(widths[2], widths[3]))


def widths_from_numpy():
    widths = np.round(np.linspace(8, 20, 4) / 8) * 8
    sizes = [int(each) for each in np.unique(widths)]
    return nn.Sequential(*(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])))


def widths_from_cumulative_product():
    sizes = np.cumprod([2, 2, 2]).tolist()
    return nn.Sequential(nn.Linear(8, sizes[0]), nn.Linear(sizes[0], sizes[-1]))


def own_function():
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx, grad):
            x, w = ctx.saved_tensors
            return grad @ w.t(), x.t() @ grad

    return net(lambda self, x: Product.apply(x, self.fc.weight))


def own_function_of_scale():
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale):
            ctx.scale = scale
            return x * scale

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.scale, None

    return net(lambda self, x: Scale.apply(self.fc(x), 0.1))


def object_with_torch_function():
    class Low:
        def __init__(self, a, b):
            self.a, self.b = a, b

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            x, w = args[:2]
            return (x @ w.a) @ w.b

    def forward(self, x):
        return torch.matmul(x, Low(self.a, self.b))

    return net(forward, a=nn.Parameter(torch.zeros(8, 2)), b=nn.Parameter(torch.zeros(2, 8)))


def functions_of_a_registry():
    handled = {}

    def implements(*functions):
        def wrap(f):
            handled.update({each: f for each in functions})
            return f

        return wrap

    class Rows:
        def __init__(self, values):
            self.values = values

        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            if func not in handled or not all(issubclass(each, (torch.Tensor, Rows)) for each in types):
                return NotImplemented
            return handled[func](*args, **(kwargs or {}))

        def __add__(self, other):
            return torch.add(self, other)

    @implements(F.linear)
    def linear(rows, weight, bias=None):
        return Rows(F.linear(rows.values, weight, bias))

    @implements(torch.add)
    def add(rows, other):
        return Rows(torch.add(rows.values, other.values if isinstance(other, Rows) else other))

    @implements(torch.cat, torch.concat)
    def cat(tensors, dim=0):
        return torch.cat([each.values if isinstance(each, Rows) else each for each in tensors], dim=dim)

    def forward(self, x):
        made = self.fc(Rows(x)) + x
        try:
            torch.relu(made)
        except TypeError:
            made = self.fc(made)
        return torch.cat([x, made], dim=1)

    return net(forward)


class Grid(torch.Tensor):
    """A tensor of a class of its own, which the results of ops have too."""

    def doubled(self):
        return self * 2

    @property
    def width(self):
        return self.shape[-1] * 2

    def sum(self, *args):
        return super().sum(*args) + 1


class Scaled(torch.Tensor):
    @staticmethod
    def __new__(cls, data, scale):
        return torch.Tensor._make_subclass(cls, data)

    def __init__(self, data, scale):
        self.scale = scale


class Told(torch.Tensor):
    seen = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs or {})


class Tagged(nn.Parameter):
    def __new__(cls, data, tag):
        made = super().__new__(cls, data)
        made.tag = tag
        return made

    def half_of(self):
        return self[: len(self) // 2]


def derived_tensors():
    def forward(self, x):
        grid = x.as_subclass(Grid).doubled()
        assert isinstance(grid, Grid) and type(grid + 1) is Grid and isinstance(grid.chunk(2)[0], Grid)
        other = x.as_subclass(Grid)
        wide = torch.cat([other] * (grid.width // 8), dim=1) + grid.sum()
        scaled = Scaled(x, 3)
        return self.fc(wide[:, :8]), wide, scaled[:, : scaled.scale]

    return net(forward)


def derived_tensor_that_is_told():
    def forward(self, x):
        Told.seen.clear()
        made = self.fc(x.as_subclass(Told)).relu()
        assert isinstance(made, Told) and "linear" in Told.seen
        return torch.cat([made] * Told.seen.count("relu"))

    return net(forward)


def derived_parameter():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = Tagged(torch.zeros(6, 8), "rows")
            self.other = copy.deepcopy(self.weight)

        def forward(self, x):
            assert isinstance(self.weight, Tagged) and not isinstance(self.weight + 1, Tagged) and self.weight.tag == "rows"
            return F.linear(x, self.weight.half_of()), F.linear(x, self.other.half_of())

    return Own()


def checkpointed():
    return net(lambda self, x: checkpoint(self.fc, checkpoint(lambda y: self.fc(y) * 2, x)))


def checkpointed_sequence():
    return net(lambda self, x: checkpoint_sequential(self.body, 2, x), body=nn.Sequential(*(nn.Linear(8, 8) for _ in range(4))))


def without_gradients():
    def forward(self, x):
        with torch.no_grad():
            target = self.fc(x)
        return self.fc(x) - target.detach()

    return net(forward)


def no_grad_as_decorator():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

        @torch.no_grad()
        def target(self, x):
            return self.fc(x)

        @torch.inference_mode(False)
        def forward(self, x):
            return self.target(x) + self.fc(x)

    return Net()


def gradient_inside():
    def forward(self, x):
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            energy = self.fc(x).pow(2).sum()
            (grad,) = torch.autograd.grad(energy, x)
        return grad

    return net(forward)


def jacobian_inside():
    return net(lambda self, x: torch.autograd.functional.jacobian(lambda y: self.fc(y).sum(0), x))


def scripted_function():
    @torch.jit.script
    def gelu(x, w):
        return torch.tanh(x @ w)

    return net(lambda self, x: gelu(x, self.fc.weight))


def scripted_module():
    return torch.jit.script(nn.Sequential(nn.Linear(8, 4)))


def traced_module():
    return torch.jit.trace(nn.Sequential(nn.Linear(8, 4)), torch.zeros(2, 8))


def complex_product():
    return net(lambda self, x: (torch.complex(x, x) @ torch.complex(self.fc.weight, self.fc.bias.expand(8, 8))).abs())


def fourier():
    return net(lambda self, x: torch.fft.irfft(torch.fft.rfft(self.fc(x), dim=1), n=8, dim=1))


def double_promotion():
    return net(lambda self, x: torch.cat([self.fc(x), torch.ones(2, 8, dtype=torch.float64)], 1))


def integer_division():
    return net(lambda self, x: self.fc(x)[:, : torch.tensor([7, 3])[0].div(2, rounding_mode="floor")])


def in_place_growth():
    def forward(self, x):
        out = torch.zeros(2, 24)
        out[:, 8:16] = self.fc(x)
        out[..., 16:].copy_(x)
        return out.narrow(1, 4, 16)

    return net(forward)


def resized_in_place():
    return net(lambda self, x: self.fc(torch.zeros(1).resize_(3, 8)))


def transposed_in_place():
    def forward(self, x):
        y = self.fc(x)
        y.t_()
        y.unsqueeze_(0)
        return y @ x

    return net(forward)


def set_data():
    def forward(self, x):
        y = torch.zeros(3, 3)
        y.data = x
        return self.fc(y)

    return net(forward)


def sparse_product():
    return net(lambda self, x: torch.sparse.mm(torch.eye(2).to_sparse(), self.fc(x)))


def packed_sequence():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(1, 4, batch_first=True)

        def forward(self, x):
            packed = nn.utils.rnn.pack_padded_sequence(x[..., None], [8, 5], batch_first=True)
            out, _ = self.rnn(packed)
            return nn.utils.rnn.pad_packed_sequence(out, batch_first=True)[0]

    return Net()


def quantized_dynamically():
    return torch.quantization.quantize_dynamic(nn.Sequential(nn.Linear(8, 8)), {nn.Linear}, dtype=torch.qint8)


def half_inside_autocast():
    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.fc(x)
            with torch.autocast("cpu", enabled=False):
                y = self.fc(y.float())
        return y

    return net(forward)


def random_skip():
    return net(lambda self, x: self.fc(x) if random.random() < 0.5 else x)


def random_skip_by_torch():
    return net(lambda self, x: self.fc(x) if torch.rand(1) < 0.5 else x)


def random_skip_by_numpy():
    return net(lambda self, x: self.fc(x) if np.random.uniform() < 0.5 else x)


def random_choice_of_layer():
    return net(lambda self, x: random.choice([self.fc, nn.Identity()])(x))


def random_permutation_of_rows():
    return net(lambda self, x: self.fc(x[torch.randperm(2)]))


def random_width():
    return nn.Linear(8, random.randint(4, 40))


def random_depth():
    return nn.Sequential(*(nn.Linear(8, 8) for _ in range(np.random.randint(1, 30))))


def layer_drop_in_training_only():
    def forward(self, x):
        for _ in range(3):
            if self.training and random.random() < 0.5:
                continue
            x = self.fc(x)
        return x

    return net(forward)


def drop_path_by_mask():
    def forward(self, x):
        keep = x.new_empty((x.shape[0], 1)).bernoulli_(0.9)
        return x + self.fc(x).div(0.9) * keep

    return net(forward)


def seeded_choice():
    random.seed(0)
    return nn.Linear(8, random.randint(3, 90))


def early_exit():
    def forward(self, x):
        for _ in range(5):
            x = self.fc(x)
            if F.softmax(x, -1).amax() > 0.2:
                break
        return x

    return net(forward)


def python_min_of_tensors():
    return net(lambda self, x: self.fc(min(x[0], x[1], key=lambda row: row.sum().item())))


def sizes_of_runtime_list():
    def forward(self, x):
        rows = [row for row in x if row[0] > 0]
        return self.fc(torch.stack(rows))

    return net(forward)


def counted_by_buffer():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.register_buffer("steps", torch.tensor(0))

        def forward(self, x):
            self.steps += 1
            return self.fc(self.fc(x)) if self.steps > 0 else self.fc(x)

    return Net()


def einsum_and_tensordot():
    return net(lambda self, x: torch.einsum("bi,oi,bo->b", x, self.fc.weight, x) + torch.tensordot(x, x, dims=2))


def multi_dot():
    return net(lambda self, x: torch.linalg.multi_dot([x, self.fc.weight, torch.ones(8, 1), torch.ones(1, 8)]))


def unfold_product():
    return net(lambda self, x: x.unfold(1, 3, 2) @ self.w, w=nn.Parameter(torch.zeros(3, 5)))


def as_strided_window():
    return net(lambda self, x: torch.as_strided(x, (2, 3, 4), (8, 2, 1)) @ self.w, w=nn.Parameter(torch.zeros(4, 5)))


def broadcast_product():
    return net(lambda self, x: torch.matmul(x[:, None, None], self.fc.weight.expand(3, 8, 8)))


def vector_products():
    return net(lambda self, x: (x @ self.fc.bias) * torch.dot(x[0], x[1]) + torch.inner(x, x).sum())


def outer_products():
    return net(lambda self, x: torch.outer(x[0], x[1]) @ torch.kron(x, x)[:1, :8].t())


def matrix_power():
    return net(lambda self, x: x @ torch.matrix_power(self.fc.weight, 5))


def bilinear():
    return net(lambda self, x: self.b(x, self.fc(x)), b=nn.Bilinear(8, 8, 3))


def scatter_then_product():
    return net(lambda self, x: torch.zeros(4, 8).index_add(0, torch.tensor([1, 1]), x) @ self.fc.weight)


def cdist():
    return net(lambda self, x: torch.cdist(x.expand(40, 2, 8), self.fc.weight))


def lstm_cell_loop():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTMCell(1, 4)

        def forward(self, x):
            state = None
            for step in x.t():
                state = self.cell(step[:, None], state)
            return state[0]

    return Net()


def scalar_tensor_as_index():
    return net(lambda self, x: self.fc(x)[torch.tensor(1)])


def boolean_mask_of_constant():
    mask = torch.tensor([True, False, True, False, False, False, False, True])
    return net(lambda self, x: x[:, mask] @ self.w, w=nn.Parameter(torch.zeros(3, 5)))


def list_of_tensor_values():
    return net(lambda self, x: [self.fc(x[i]) for i in torch.tensor([0, 1, 1]).tolist()])


def try_around_shapes():
    def forward(self, x):
        try:
            return self.fc(x[:, :4])
        except RuntimeError:
            return self.fc(x)

    return net(forward)


def assertion_on_values():
    def forward(self, x):
        assert torch.isfinite(x).all(), "not finite"
        return self.fc(x)

    return net(forward)


def numpy_round_trip():
    return net(lambda self, x: self.fc(torch.from_numpy(x.numpy()[:1] * 2)))


def numpy_inside():
    return net(lambda self, x: self.fc(torch.from_numpy(np.matmul(x.numpy(), np.eye(8, dtype=np.float32)))))


def numpy_products():
    def forward(self, x):
        a = x.numpy()
        rows = np.dot(a, np.ones((8, 3), dtype=np.float32))
        power = np.linalg.matrix_power(np.matmul(a.T, a), 2)
        return self.fc(torch.from_numpy(power)), torch.from_numpy(rows), torch.from_numpy(np.dot(a[0], a[1:].T))

    return net(forward)


def layer_named_by_an_element():
    layers = nn.ModuleDict({f"layer_{i}": nn.Linear(8, 4 + i) for i in range(3)})
    chosen = torch.tensor([2, 0])
    return net(lambda self, x: self.layers[f"layer_{chosen[0]}"](x), layers=layers)


def property_that_lacks_what_it_reads():
    class Settings:
        @property
        def width(self):
            return self._width

        @property
        def depth(self):
            return self._depth

        def __getattr__(self, name):
            if name == "depth":
                return 3
            raise AttributeError(name)

    settings = Settings()
    width = getattr(settings, "width", 4) if not hasattr(settings, "width") else 5
    return nn.Sequential(nn.Linear(8, width), *[nn.Linear(width, width) for _ in range(settings.depth)])


def sizes_from_elements():
    grid = torch.LongTensor([8, 5, 3]).to("cpu")
    scale = torch.tensor([0.5, 2.0])
    made = net(lambda self, x: self.conv((x @ self.plane).reshape(1, 2, grid[1], -1)).sum() * scale[1], conv=None)
    made.plane = nn.Parameter(torch.randn((grid[0], grid[1] * grid[2])))
    made.conv = nn.Conv2d(2, grid[2], 3, padding=(int((k - 1) / 2) for k in (3, 3)), stride=range(1, 3))
    return made


def functions_of_the_class():
    def forward(self, x):
        y = torch.Tensor.matmul(self.act(self.fc(x)), self.fc.weight)
        a, b = map(torch.Tensor.float, (x, y))
        wide = torch.Tensor.view(torch.Tensor.__add__(a, b), -1, 2, 4)
        size = sum(map(torch.Tensor.numel, (a, b)))
        return torch.Tensor.mean(wide, dim=1), getattr(nn.Parameter, "t")(self.fc.weight), x.new_zeros(size)

    return net(forward, act=functools.partial(torch.Tensor.clamp, min=0) if hasattr(torch.Tensor, "clamp") else None)


x = lambda: [torch.ones(2, 8)]
READS_VALUES = True
MODELS = {
    f"{build.__name__}()": (build, x)
    for name, build in list(globals().items())
    if getattr(build, "__module__", None) == __name__ and name not in ("net", "x")
}
