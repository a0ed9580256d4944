"""Arrays of numpy that become tensors, kinds of tensors by name, masks that are assigned to."""
import random

import numpy as np
import torch
from torch import nn
from torch.distributions import MultivariateNormal
from torch.distributions.utils import _standard_normal
from einops import einsum


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def identity_matrices():
    ring = np.eye(6, k=1) + np.eye(6, 6, -1) - np.identity(6) / 2
    powers = [np.identity(6), ring.copy()]
    powers.append(2 * ring * powers[1] - powers[0])
    graphs = [torch.from_numpy(each).type(torch.FloatTensor) for each in powers]
    return net(lambda self, x: sum(x.matmul(graph) for graph in graphs))


def kinds_by_name():
    def forward(self, x):
        rows = x.double().type(torch.Tensor) + x.half().type("torch.FloatTensor") + x.long().type(x.type())
        picked = rows[torch.zeros(3).type(torch.LongTensor)]
        return picked @ rows.type(torch.FloatTensor).t(), x[torch.ones(2).type(torch.BoolTensor)].type(torch.LongTensor)

    return net(forward)


def limits_of_numbers():
    def forward(self, x):
        low = torch.tensor(np.finfo(np.float32).min)
        high = float(np.finfo(np.float64).eps) + np.iinfo(np.int32).max
        return torch.where(x > 0, x, low).softmax(-1) @ self.fc(x.clamp(max=high)).t()

    return net(forward, fc=nn.Linear(8, 8))


def a_mask_takes_what_it_is_given():
    def forward(self, x):
        whole = x.new_zeros(4, 8)
        chosen = torch.zeros(4, dtype=torch.bool)
        chosen[1:3] = True
        whole[chosen] = self.fc(x)
        return self.fc(whole)

    return net(forward, fc=nn.Linear(8, 8))


def joint_density():
    def forward(self, x):
        spread = MultivariateNormal(x, torch.diag_embed(torch.ones(8)).unsqueeze(0))
        fixed = MultivariateNormal(torch.zeros(8), torch.eye(8))
        return spread.log_prob(x), fixed.log_prob(x), spread.entropy(), fixed.entropy(), spread.rsample()

    return net(forward)


def anonymous_axes_of_einsum():
    def forward(self, x):
        scale = torch.ones(1, 8, 1)
        return einsum(x.unsqueeze(0), scale, "_ b d, _ d _ -> b d")

    return net(forward)


def tables_of_numpy():
    ring = np.roll(np.pad(np.kron(np.eye(2), np.ones((2, 2))), 2), 1, axis=0)
    cut = np.split(np.moveaxis(np.maximum(ring, 0.5), 0, 1), 2, axis=1)[0]
    scale = float(np.log10(np.hypot(3, 4) * 20)) + np.maximum(np.array([1.0, 2.0]), 1.5)[0] + np.array([1, 2])[None].shape[1]
    order = np.random.permutation(8)
    chosen = np.random.choice(8, 4, replace=False)
    width = int(np.product((2, 4))) if np.all(np.isfinite([1.0])) and not np.any([False]) else 1

    def forward(self, x):
        return x[:, order] @ torch.from_numpy(cut).float() * scale + self.fc(x[:, chosen]), x.reshape(-1, width)

    return net(forward, fc=nn.Linear(4, 4))


def optimizer_beside_the_model():
    model = net(lambda self, x: self.fc(x), fc=nn.Linear(8, 8))
    model.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-5)
    model.scheduler = torch.optim.lr_scheduler.StepLR(model.optimizer, step_size=3, gamma=0.1)
    for group in model.optimizer.param_groups:
        group["lr"] = group["lr"] * 0.5
    model.scheduler.step()
    return model


def layers_made_by_private_names():
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.activation = nn.modules.transformer._get_activation_fn("gelu")

        def forward(self, x):
            return self.activation(self.fc(x))

    layers = nn.modules.transformer._get_clones(Layer(), 3)
    return net(lambda self, x: self.layers[2](self.layers[1](self.layers[0](x))), layers=layers)


def truncated_noise():
    def forward(self, x):
        eps = _standard_normal((2, 8), dtype=x.dtype, device=x.device)
        q, r = torch.qr(x.t().contiguous(), some=True)
        return self.fc(x + eps.clamp(-0.3, 0.3)), q, r

    return net(forward, fc=nn.Linear(8, 8))


def leaves_on_nan():
    def forward(self, x):
        y = self.fc(x)
        if torch.isnan(y).any():
            print("nan", y)
            y = y * 2
            exit()
        if (y > 1e30).any():
            import pdb

            pdb.set_trace()
        return self.fc(y)

    return net(forward, fc=nn.Linear(8, 8))


def kinds_of_python():
    causal = ~torch.tril(torch.ones(8, 8)).to(bool)
    rows = torch.zeros(2, dtype=bool) | True
    count = torch.tensor(3)
    names = ["layer_%d" % count, "a %s of %d" % (1, count)]
    layers = nn.ModuleDict({name.replace(" ", "_"): nn.Linear(8, 8) for name in names})

    def forward(self, x):
        scores = (x @ self.layers["layer_3"](x).t())[:, :1].expand(2, 8).masked_fill(causal[:2], -1.0)
        return scores[rows], torch.arange(3).to(float), torch.ones(2, dtype=int)

    return net(forward, layers=layers)


def buffers_that_share_memory():
    model = net(lambda self, x: x @ self.first + x @ self.second)
    table = torch.FloatTensor(8, 8).zero_()
    model.register_buffer("first", torch.FloatTensor(table))
    model.register_buffer("second", torch.FloatTensor(table))
    return model


def weights_prepared_by_their_sign():
    rotation = torch.linalg.qr(torch.randn(8, 8))[0]
    if torch.det(rotation) < 0:
        rotation[:, 0] = -1 * rotation[:, 0]
    model = net(lambda self, x: x @ self.rotation + x @ self.scale.diag())
    model.rotation = nn.Parameter(rotation)
    scale = torch.rand(8)
    if scale.mean() > 0.5:
        scale = scale * 0.5
    else:
        scale += 0.1
        nn.init.constant_(scale, 0.2)
    model.scale = nn.Parameter(scale)
    return model


def a_shuffled_order():
    order = np.arange(7, -1, -1).astype(np.int64)
    inverse = np.zeros(8, dtype=np.int64)
    np.random.shuffle(order)
    for i in range(8):
        inverse[order[i]] = i
    rows, columns = np.diag_indices(8)
    places = list(range(8))
    random.shuffle(places)

    def forward(self, x):
        square = x.new_zeros(8, 8)
        square[rows, columns] = 1.0
        return self.fc(x[:, order][:, inverse]) @ square, x[:, places[:3]]

    return net(forward, fc=nn.Linear(8, 8))


def texts_of_code():
    def described(*lines):
        def decorate(fn):
            fn.__doc__ = "".join(lines) + fn.__doc__
            return fn

        return decorate

    class Layer(nn.Module):
        """A layer of width 8."""

        @described("Applies it. ")
        def forward(self, x):
            """Returns as many rows."""
            return self.fc(x)

    layer = Layer()
    layer.fc = nn.Linear(8, len(Layer.__doc__) + len(layer.forward.__doc__))
    return layer


def arrays_of_tensors():
    def as_array(x):
        if isinstance(x, torch.Tensor):
            x = x.detach().cpu().numpy()
        x = np.asarray(x)
        assert isinstance(x, np.ndarray)
        return x

    def forward(self, x):
        rows = x if isinstance(x, np.ndarray) else self.fc(x)
        return rows, torch.from_numpy(as_array(rows)).flatten(), self.fc(x)

    return net(forward, fc=nn.Linear(8, 8))


def written_at_a_place_that_the_run_knows():
    def forward(self, x):
        marks = torch.zeros(8)
        marks[x[0].argmax()] = 1.0
        rows = torch.zeros(2, 8)
        rows[:, x[0].argmax()].fill_(1.0)
        deep = self.fc(x) if marks.sum() > 0 else self.fc(self.fc(x))
        return deep if rows.sum() > 0 else self.fc(deep)

    return net(forward, fc=nn.Linear(8, 8))


READS_VALUES = True


def entry(build, shape=(2, 8)):
    return (build, lambda: [torch.ones(*shape)])


MODELS = {
    f"{build.__name__}()": entry(build)
    for build in (
        identity_matrices,
        kinds_by_name,
        limits_of_numbers,
        a_mask_takes_what_it_is_given,
        joint_density,
        anonymous_axes_of_einsum,
        tables_of_numpy,
        optimizer_beside_the_model,
        layers_made_by_private_names,
        truncated_noise,
        leaves_on_nan,
        kinds_of_python,
        buffers_that_share_memory,
        weights_prepared_by_their_sign,
        a_shuffled_order,
        texts_of_code,
        arrays_of_tensors,
        written_at_a_place_that_the_run_knows,
    )
}
MODELS["identity_matrices()"] = entry(identity_matrices, (2, 6))
