"""Weights that are shared, computed, replaced, loaded, frozen or made late."""
import copy
import io
import pickle

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize, prune, remove_weight_norm, spectral_norm, weight_norm
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.nn.utils.stateless import functional_call


class Pair(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.a = nn.Linear(8, width)
        self.b = nn.Linear(width, 8)

    def forward(self, x):
        return self.b(self.a(x))


def tied():
    net = Pair()
    net.b.weight = net.a.weight
    return net


def tied_by_attribute_of_module():
    net = Pair()
    net.b = net.a
    return net


def tied_transposed_copy():
    net = Pair(4)
    net.b.weight = nn.Parameter(net.a.weight.t())
    return net


def same_module_in_list():
    layer = nn.Linear(8, 8)
    return nn.Sequential(*[layer] * 5)


def same_module_in_two_places():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.Linear(8, 8)
            self.first = nn.ModuleList([layer, nn.Linear(8, 8)])
            self.second = nn.ModuleDict({"x": layer})

        def forward(self, x):
            for each in self.first:
                x = each(x)
            return self.second["x"](x)

    return Net()


def copies_in_list():
    layer = nn.Linear(8, 8)
    return nn.Sequential(*(copy.deepcopy(layer) for _ in range(5)))


def shallow_copies_in_list():
    layer = nn.Linear(8, 8)
    return nn.Sequential(*(copy.copy(layer) for _ in range(5)))


def deepcopy_keeps_ties():
    net = Pair()
    net.b.weight = net.a.weight
    return nn.Sequential(net, copy.deepcopy(net))


def deepcopy_of_list_keeps_identity():
    layer = nn.Linear(8, 8)
    return nn.Sequential(*copy.deepcopy([layer, layer]))


def deepcopy_with_memo_method():
    class Own(nn.Linear):
        def __deepcopy__(self, memo):
            return Own(8, 8, bias=False)

    layer = Own(8, 8)
    return nn.Sequential(layer, copy.deepcopy(layer))


def weight_normed():
    return nn.Sequential(weight_norm(nn.Linear(8, 8)), nn.ReLU(), weight_norm(nn.Linear(8, 4), dim=None))


def weight_norm_removed():
    return nn.Sequential(remove_weight_norm(weight_norm(nn.Linear(8, 8))))


def spectral_normed():
    return nn.Sequential(spectral_norm(nn.Linear(8, 8)), spectral_norm(nn.Linear(8, 4), n_power_iterations=3))


def spectral_normed_parametrization():
    return nn.Sequential(parametrizations.spectral_norm(nn.Linear(8, 8)))


def orthogonal():
    return nn.Sequential(parametrizations.orthogonal(nn.Linear(8, 8), orthogonal_map="householder"))


def own_parametrization():
    class Symmetric(nn.Module):
        def forward(self, w):
            return w.triu() + w.triu(1).t()

    layer = nn.Linear(8, 8)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    return nn.Sequential(layer)


def low_rank_parametrization():
    class Lora(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Parameter(torch.zeros(8, 2))
            self.b = nn.Parameter(torch.zeros(2, 8))

        def forward(self, w):
            return w + self.a @ self.b

    layer = nn.Linear(8, 8)
    parametrize.register_parametrization(layer, "weight", Lora())
    return nn.Sequential(layer, layer)


def parametrization_cached():
    class Double(nn.Module):
        def forward(self, w):
            return w @ w

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            parametrize.register_parametrization(self.fc, "weight", Double())

        def forward(self, x):
            with parametrize.cached():
                return self.fc(self.fc(x))

    return Net()


def pruned():
    layer = nn.Linear(8, 8)
    prune.l1_unstructured(layer, "weight", amount=0.5)
    return nn.Sequential(layer)


def pruned_for_good():
    layer = nn.Linear(8, 8)
    prune.l1_unstructured(layer, "weight", amount=0.5)
    prune.remove(layer, "weight")
    return nn.Sequential(layer)


def lazy():
    return nn.Sequential(nn.LazyLinear(16), nn.ReLU(), nn.LazyLinear(4))


def lazy_convolution():
    return nn.Sequential(nn.Unflatten(1, (2, 2, 2)), nn.LazyConv2d(4, 1), nn.Flatten(), nn.LazyLinear(3))


def made_in_forward():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.made = None

        def forward(self, x):
            if self.made is None:
                self.made = nn.Linear(x.shape[1], 3)
            return self.made(x)

    return Net()


def state_of_other_loaded():
    net, other = Pair(), Pair()
    net.load_state_dict(other.state_dict())
    return net


def state_loaded_by_assignment_of_data():
    net = Pair()
    for param in net.parameters():
        param.data = param.data * 2
    return net


def data_replaced_by_other_shape():
    net = Pair()
    net.a.weight.data = torch.zeros(4, 8)
    net.a.bias.data = torch.zeros(4)
    net.b.weight.data = torch.zeros(8, 4)
    return net


def functional_with_other_weights():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = Pair()
            self.hyper = nn.Linear(8, 64)

        def forward(self, x):
            weight = self.hyper(x[:1]).view(8, 8)
            return functional_call(self.body, {"a.weight": weight}, (x,))

    return Net()


def frozen():
    net = Pair()
    for param in net.a.parameters():
        param.requires_grad_(False)
    return net


def parameters_deleted():
    net = Pair()
    del net.a.bias
    net.a.bias = None
    return net


def parameter_as_plain_tensor():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.kept = torch.zeros(8, 8)
            self.weight = nn.Parameter(torch.zeros(8, 8), requires_grad=False)

        def forward(self, x):
            return F.linear(x, self.weight) @ self.kept

    return Net()


def parameters_in_plain_list():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(8, 8) for _ in range(3)]
            self.kept = nn.Linear(8, 8)

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return self.kept(x)

    return Net()


def parameter_list_and_dict():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.list = nn.ParameterList([nn.Parameter(torch.zeros(8, 8)) for _ in range(3)])
            self.dict = nn.ParameterDict({"a": nn.Parameter(torch.zeros(8, 2))})

        def forward(self, x):
            for each in self.list:
                x = x @ each
            return x @ self.dict["a"]

    return Net()


def registered_twice():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_parameter("w", nn.Parameter(torch.zeros(8, 8)))
            self.register_parameter("w", nn.Parameter(torch.zeros(8, 4)))
            self.register_parameter("none", None)
            self.register_buffer("b", torch.zeros(3))
            self.register_buffer("late", torch.zeros(5), persistent=False)

        def forward(self, x):
            return x @ self.w

    return Net()


def buffer_replaced_in_forward():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("cache", torch.zeros(2, 8))
            self.fc = nn.Linear(16, 8)

        def forward(self, x):
            self.cache = torch.cat([self.cache, x])[-2:]
            return self.fc(torch.cat([self.cache, x], 1))

    return Net()


def buffer_filled_in_place():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("queue", torch.zeros(4, 8))
            self.fc = nn.Linear(8, 8)

        def forward(self, x):
            self.queue[:2] = self.fc(x)
            return x @ self.queue.t()

    return Net()


def batch_norm_folded():
    conv, norm = nn.Conv2d(1, 4, 1, bias=False).eval(), nn.BatchNorm2d(4).eval()
    return nn.Sequential(nn.Unflatten(1, (1, 2, 4)), fuse_conv_bn_eval(conv, norm))


def pickled():
    return pickle.loads(pickle.dumps(nn.Sequential(nn.Linear(8, 4))))


def saved_and_loaded():
    file = io.BytesIO()
    torch.save(nn.Sequential(nn.Linear(8, 4)), file)
    file.seek(0)
    return torch.load(file)


def layers_dropped_from_list():
    net = nn.Sequential(*(nn.Linear(8, 8) for _ in range(6)))
    del net[2:4]
    return net


def slice_of_sequential():
    net = nn.Sequential(*(nn.Linear(8, 8) for _ in range(6)))
    return net[1:5:2]


def sequential_grown():
    net = nn.Sequential(nn.Linear(8, 8))
    net.append(nn.Linear(8, 4))
    net.add_module("last", nn.Linear(4, 2))
    net[0] = nn.Identity()
    return net


def module_replaced_by_name():
    net = nn.Sequential(Pair(), Pair())
    for name, child in list(net.named_modules()):
        if isinstance(child, nn.Linear) and name.endswith("a"):
            parent = net.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], nn.Sequential(nn.Linear(8, 2, bias=False), nn.Linear(2, 8)))
    return net


def children_replaced_through_modules():
    net = Pair()
    net._modules["a"] = nn.Linear(8, 8, bias=False)
    return net


def half_of_the_model():
    return Pair().half().float()


def data_parallel():
    return nn.DataParallel(Pair())


def shared_embedding():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(8, 8)
            self.head = nn.Linear(8, 8, bias=False)
            self.head.weight = self.table.weight
            self.again = nn.Parameter(self.table.weight.data.clone())

        def forward(self, x):
            return self.head(self.table(x.long())) @ self.again

    return Net()


def parameters_of_its_own():
    class Learner(nn.Module):
        def __init__(self):
            super().__init__()
            self.vars = nn.ParameterList([nn.Parameter(torch.ones(3, 8))])
            self.running = nn.ParameterList([nn.Parameter(torch.zeros(3), requires_grad=False)])

        def forward(self, x):
            return nn.functional.linear(x, self.vars[0]) + self.running[0]

        def parameters(self):
            return self.vars

    return Learner()


def parameters_in_another_order():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(8, 4)
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            return self.head(self.body(x))

        def parameters(self, recurse=True):
            yield from self.head.parameters()
            for each in self.body.parameters():
                yield each

    return Net()


x = lambda: [torch.ones(2, 8)]
READS_VALUES = True
MODELS = {
    f"{build.__name__}()": (build, x)
    for build in (
        tied,
        tied_by_attribute_of_module,
        tied_transposed_copy,
        same_module_in_list,
        same_module_in_two_places,
        copies_in_list,
        shallow_copies_in_list,
        deepcopy_keeps_ties,
        deepcopy_of_list_keeps_identity,
        deepcopy_with_memo_method,
        weight_normed,
        weight_norm_removed,
        spectral_normed,
        spectral_normed_parametrization,
        orthogonal,
        own_parametrization,
        low_rank_parametrization,
        parametrization_cached,
        pruned,
        pruned_for_good,
        lazy,
        lazy_convolution,
        made_in_forward,
        state_of_other_loaded,
        state_loaded_by_assignment_of_data,
        data_replaced_by_other_shape,
        functional_with_other_weights,
        frozen,
        parameters_deleted,
        parameter_as_plain_tensor,
        parameters_in_plain_list,
        parameter_list_and_dict,
        registered_twice,
        buffer_replaced_in_forward,
        buffer_filled_in_place,
        batch_norm_folded,
        pickled,
        saved_and_loaded,
        layers_dropped_from_list,
        slice_of_sequential,
        sequential_grown,
        module_replaced_by_name,
        children_replaced_through_modules,
        half_of_the_model,
        data_parallel,
        shared_embedding,
        parameters_of_its_own,
        parameters_in_another_order,
    )
}
