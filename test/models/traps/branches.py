"""Branches that only the run decides: some of them decide nothing that is counted."""
import random
import warnings

import torch
from torch import nn
from torch.nn import functional as F

READS_VALUES = True


def net(forward, **layers):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.other = nn.Linear(8, 8)
            self.wide = nn.Linear(8, 16)
            self.seen = []
            self.count = 0
            for name, layer in layers.items():
                setattr(self, name, layer)

    Net.forward = forward
    return Net()


def alike_layers():
    def forward(self, x):
        if x.max() > 1:
            y = self.fc(x)
        else:
            y = self.other(x)
        return self.wide(y)

    return net(forward)


def alike_layers_of_an_expression():
    return net(lambda self, x: self.wide(self.fc(x) if x.mean() > 0 else self.other(x)))


def elements_alone():
    def forward(self, x):
        if torch.isnan(x).any():
            x = torch.nan_to_num(x) + 1
        return self.fc(x)

    return net(forward)


def elements_of_either():
    def forward(self, x):
        if (x > 0).all():
            y = torch.sigmoid(x)
        elif (x < 0).all():
            y = F.normalize(x, dim=-1).exp()
        else:
            y = x
        return self.wide(y)

    return net(forward)


def written_in_place():
    def forward(self, x):
        y = self.fc(x)
        if y.abs().max() > 1e3:
            y.clamp_(-1, 1)
            y[0] = 0
        return self.wide(y)

    return net(forward)


def known_numbers_written():
    def forward(self, x):
        sizes = torch.tensor([2, 4])
        if x.sum() > 0:
            sizes[0] = 4
        return self.fc(x)[:, : int(sizes[0])]

    return net(forward)


def known_number_beside():
    def forward(self, x):
        sizes = torch.tensor([2, 4])
        if x.sum() > 0:
            sizes[0] = 4
        return self.fc(x)[:, : int(sizes[1])]

    return net(forward)


def one_side_only():
    def forward(self, x):
        if x.sum() > 0:
            x = self.other(x)
        return self.fc(x)

    return net(forward)


def sides_of_other_work():
    return net(lambda self, x: self.wide(x)[:, :8] if x.sum() > 0 else self.fc(x))


def sides_of_other_sizes():
    def forward(self, x):
        y = x[:, :4] if x.sum() > 0 else x
        return y @ y.t()

    return net(forward)


def sizes_that_nobody_reads():
    def forward(self, x):
        y = x[:, :4] if x.sum() > 0 else x
        return self.fc(x)

    return net(forward)


def number_that_decides_later():
    def forward(self, x):
        rounds = 1
        if x.sum() > 0:
            rounds = 2
        for _ in range(rounds):
            x = self.fc(x)
        return x

    return net(forward)


def number_that_scales():
    def forward(self, x):
        scale = 1.0
        if x.sum() > 0:
            scale = 2.0
        return self.fc(x) * scale

    return net(forward)


def flag_that_decides_later():
    def forward(self, x):
        done = False
        if x.sum() > 0:
            done = True
        y = self.fc(x)
        if not done:
            y = self.fc(y)
        return y

    return net(forward)


def dtype_that_decides():
    def forward(self, x):
        if x.sum() > 0:
            x = x.double()
        if x.dtype == torch.float64:
            return self.wide(x.float())
        return self.fc(x)

    return net(forward)


def list_of_either():
    def forward(self, x):
        made = []
        if x.sum() > 0:
            made.append(self.fc(x))
        else:
            made.append(self.other(x))
        return self.wide(torch.cat(made))

    return net(forward)


def list_of_one_side():
    def forward(self, x):
        made = [x]
        if x.sum() > 0:
            made.append(x)
        return self.fc(torch.cat(made))

    return net(forward)


def kept_in_the_module():
    def forward(self, x):
        if x.sum() > 0:
            self.last = x
        else:
            self.last = x * 2
        return self.fc(self.last)

    return net(forward)


def appended_to_the_module():
    def forward(self, x):
        if x.sum() > 0:
            self.seen.append(x)
        for each in self.seen:
            x = self.fc(each)
        return self.fc(x)

    return net(forward)


def counted_in_the_module():
    def forward(self, x):
        if x.sum() > 0:
            self.count += 1
        return self.fc(x) if self.count == 0 else self.wide(x)

    return net(forward)


seen = {"times": 0, "rows": 4}


def global_that_decides():
    def forward(self, x):
        if x.sum() > 0:
            seen["times"] = 1
        return self.fc(x) if seen["times"] == 0 else self.wide(x)

    return net(forward)


def global_that_is_read():
    def forward(self, x):
        if x.sum() > 0:
            y = self.fc(x)[:, : seen["rows"]]
        else:
            y = self.other(x)[:, : seen["rows"]]
        return y

    return net(forward)


def closure_that_decides():
    times = 0

    def count():
        nonlocal times
        times += 1

    def forward(self, x):
        if x.sum() > 0:
            count()
        return self.fc(x) if times == 0 else self.wide(x)

    return net(forward)


def early_end_of_the_same_work():
    def forward(self, x):
        if x.sum() > 0:
            return self.fc(x)
        y = self.other(x)
        return y.relu()

    return net(forward)


def early_end_of_less_work():
    def forward(self, x):
        y = self.fc(x)
        if y.sum() > 0:
            return y
        return self.other(y)

    return net(forward)


def early_end_of_another_size():
    def forward(self, x):
        if x.sum() > 0:
            return self.fc(x), x
        return self.other(x)

    return net(forward)


def answers_of_one_kind():
    def forward(self, x):
        if x.sum() > 0:
            out = {"out": self.fc(x), "more": [x, (x, 1)]}
        else:
            out = {"out": self.other(x), "more": [x + 1, (x - 1, 1)]}
        return out["out"], self.wide(out["more"][1][0])

    return net(forward)


def answers_of_two_kinds():
    def forward(self, x):
        out = {"a": x} if x.sum() > 0 else {"b": x}
        return self.fc(x) if "a" in out else self.wide(x)

    return net(forward)


def raised_for_bad_values():
    def forward(self, x):
        if torch.isnan(x).any():
            message = f"nan in {x.shape}"
            raise ValueError(message)
        assert (x * 0 == 0).all()
        return self.fc(x)

    return net(forward)


def raised_and_caught():
    def forward(self, x):
        try:
            if x.sum() < 0:
                raise ValueError("negative")
            return self.fc(x)
        except ValueError:
            return self.wide(x)

    return net(forward)


def asserted_and_caught():
    def forward(self, x):
        try:
            assert (x > 0).all()
            return self.fc(x)
        except AssertionError:
            return self.wide(x)

    return net(forward)


def work_of_a_condition():
    def forward(self, x):
        if x.sum() > 0 and self.wide(x).sum() > 0:
            warnings.warn("both")
        return self.fc(x)

    return net(forward)


def work_in_a_condition():
    def forward(self, x):
        if self.wide(x).sum() > 0 or x.sum() > 0:
            x = x + 1
        return self.fc(x)

    return net(forward)


def chance_of_the_same_work():
    def forward(self, x):
        for _ in range(3):
            x = self.fc(x) if random.random() < 0.5 else self.other(x)
        return x

    return net(forward)


def chance_that_never_is():
    def forward(self, x):
        return self.wide(x) if random.random() < 0 else self.fc(x)

    return net(forward)


def flipped_by_chance():
    def forward(self, x):
        if torch.rand(1).item() < 0.5:
            x = torch.flip(x, [0])
        return self.fc(x)

    return net(forward)


def transposed_by_chance():
    def forward(self, x):
        if random.random() < 0.5:
            x = x.t()
        return x @ x.t()

    return net(forward)


def chance_within_a_loop_that_ends():
    def forward(self, x):
        for _ in range(3):
            x = self.fc(x)
            if x.sum() > 0:
                break
        return x

    return net(forward)


def equal_tensors():
    def forward(self, x):
        y = x + 1 if torch.equal(x, x.flip(0)) else x - 1
        return self.fc(y)

    return net(forward)


def nested_choices():
    def forward(self, x):
        if x.sum() > 0:
            if x.mean() > 1:
                x = x * 2
            else:
                x = x / 2
        else:
            x = x + 1
        return self.fc(x)

    return net(forward)


def function_of_either():
    def forward(self, x):
        act = torch.relu if x.sum() > 0 else torch.tanh
        return self.wide(act(self.fc(x)))

    return net(forward)


def layer_of_either():
    def forward(self, x):
        layer = self.fc if x.sum() > 0 else self.wide
        return layer(x)

    return net(forward)


def gradients_off_on_one_side():
    def forward(self, x):
        if x.sum() > 0:
            torch.set_grad_enabled(False)
        y = self.fc(x)
        torch.set_grad_enabled(True)
        return y

    return net(forward)


def generator_that_goes_on():
    def forward(self, x):
        rows = iter([self.fc, self.wide])
        if x.sum() > 0:
            next(rows)
        return next(rows)(x)

    return net(forward)


def squeezed_in_place():
    def forward(self, x):
        y = self.fc(x)[None]
        if x.sum() > 0:
            y.squeeze_(0)
        return y @ y.transpose(-1, -2)

    return net(forward)


def mask_of_rows_written():
    def forward(self, x):
        y = torch.zeros_like(x)
        mask = x[:, 0] > 0
        y[mask] = 1.0
        y[~mask] = x[~mask]
        y[:, :4][x[:, :4] > 0] += 1
        return self.fc(y)

    return net(forward)


def masked_if_any():
    def forward(self, x):
        m = x > 1
        if m.any():
            x = x.clone()
            x[m] = x[m].sqrt()
        return self.fc(x)

    return net(forward)


def rows_if_any():
    def forward(self, x):
        m = x[:, 0] > 0
        out = torch.zeros(2, 8)
        if m.any():
            out[m] = self.fc(x[m])
        return out

    return net(forward)


def count_of_mask():
    def forward(self, x):
        n = (x > 0).sum()
        if n == 0:
            return self.fc(x) * 0
        return self.fc(x) / n

    return net(forward)


def valid_only():
    def forward(self, x):
        m = x[:, 0] > 0
        y = self.fc(x)
        if m.sum() > 0:
            loss = F.mse_loss(y[m], x[m])
        else:
            loss = y.sum() * 0
        return loss

    return net(forward)


def chosen_that_remain():
    def forward(self, x):
        m = x[:, 0] > 0
        if m.any():
            x = x[m]
        return self.fc(x)

    return net(forward)


def nonzero_len_zero():
    def forward(self, x):
        i = (x[:, 0] > 0).nonzero().squeeze(1)
        if len(i) == 0:
            return self.fc(x)
        return self.fc(x) + x[i].mean()

    return net(forward)


def numel_zero():
    def forward(self, x):
        s = x[x > 0]
        if s.numel() == 0:
            return self.fc(x)
        return self.fc(x) * s.std()

    return net(forward)


def requires_grad_read():
    def forward(self, x):
        x = x.detach().requires_grad_()
        y = self.fc(x).sum()
        y.backward()
        return x.grad * 2

    return net(forward)


def grad_of_param():
    def forward(self, x):
        self.fc(x).sum().backward()
        return [p.grad.abs().mean() for p in self.fc.parameters()]

    return net(forward)


def grad_flag():
    def forward(self, x):
        y = self.fc(x)
        return y, y.requires_grad, x.requires_grad, self.fc.weight.requires_grad, y.detach().requires_grad, y.is_leaf, self.fc.weight.is_leaf

    m = net(lambda self, x: self.fc(x) if forward(self, x)[1:] == (True, False, True, False, False, True) else x)
    return m


def finite_check():
    def forward(self, x):
        y = self.fc(x)
        if not torch.isfinite(y).all():
            y = torch.clamp(y, min=-1e4, max=1e4)
        if y.dtype == torch.float16 and (torch.isinf(y).any() or torch.isnan(y).any()):
            y = y * 0
        return y

    return net(forward)


def cond_mask_none():
    def forward(self, x):
        mask = x > 0
        if mask.all():
            mask = None
        y = self.fc(x)
        return y if mask is None else y.masked_fill(mask, 0.0)

    return net(forward)


def split_unknown():
    def forward(self, x):
        n = (x[:, 0] > 0).sum().item()
        a, b = x.split([n, 2 - n], 0)
        return torch.cat([self.fc(a), self.fc(b)])

    return net(forward)


def nothing_or_work():
    def forward(self, x):
        if x.sum() > 0:
            pass
        else:
            x = self.fc(x)
        return self.wide(x)

    return net(forward)


def work_or_a_warning():
    def forward(self, x):
        if x.sum() < 0:
            x = self.fc(x)
        else:
            warnings.warn("positive")
        return self.wide(x)

    return net(forward)


def nothing_or_elements():
    def forward(self, x):
        if x.sum() > 0:
            pass
        else:
            x = x * 2
        return self.wide(x)

    return net(forward)


def last_of_a_condition():
    return net(lambda self, x: x.dim() == 2 and self.fc(x))


def number_by_value():
    def forward(self, x):
        scale = 2.0 if x.sum() > 0 else 1.0
        return self.fc(x * scale)

    return net(forward)


def sign_by_value():
    def forward(self, x):
        sign = -1 if x.sum() > 0 else 1
        power = 2 if x.max() > 0 else 3
        return self.fc(sign * x) ** power

    return net(forward)


def width_by_value():
    def forward(self, x):
        width = 2 if x.sum() > 0 else 4
        return self.fc(x)[:, :width]

    return net(forward)


def depth_by_value():
    def forward(self, x):
        depth = 2 if x.sum() > 0 else 4
        for _ in range(depth):
            x = self.fc(x)
        return x

    return net(forward)


def kind_by_value():
    def forward(self, x):
        scale = 2.5 if x.sum() > 0 else 2
        return self.fc(x) * (x > 0).long() * scale

    return net(forward)


def number_by_value():
    def forward(self, x):
        scale = 2.0 if x.sum() > 0 else 1.0
        return self.fc(x * scale)

    return net(forward)


def sign_by_value():
    def forward(self, x):
        sign = -1 if x.sum() > 0 else 1
        power = 2 if x.max() > 0 else 3
        return self.fc(sign * x) ** power

    return net(forward)


def width_by_value():
    def forward(self, x):
        width = 2 if x.sum() > 0 else 4
        return self.fc(x)[:, :width]

    return net(forward)


def depth_by_value():
    def forward(self, x):
        depth = 2 if x.sum() > 0 else 4
        for _ in range(depth):
            x = self.fc(x)
        return x

    return net(forward)


def kind_by_value():
    def forward(self, x):
        scale = 2.5 if x.sum() > 0 else 2
        return self.fc(x) * (x > 0).long() * scale

    return net(forward)


MODELS = {
    f"{name}()": (made, lambda: [torch.linspace(-1, 1.5, 16).reshape(2, 8)])
    for name, made in list(globals().items())
    if callable(made) and getattr(made, "__module__", "") == __name__ and name != "net"
}
