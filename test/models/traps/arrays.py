"""Arrays of numpy that become tensors, kinds of tensors by name, masks that are assigned to."""
import numpy as np
import torch
from torch import nn
from torch.distributions import MultivariateNormal
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
    )
}
MODELS["identity_matrices()"] = entry(identity_matrices, (2, 6))
