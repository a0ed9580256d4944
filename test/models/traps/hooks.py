"""Hooks, replaced methods and wrappers around calls."""
import functools
import types

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(8, width)
        self.out = nn.Linear(width, 8)

    def forward(self, x):
        return self.out(F.relu(self.fc(x)))


def forward_hook_adds_work():
    net = Net()
    extra = nn.Linear(8, 8, bias=False)
    net.fc.register_forward_hook(lambda module, args, output: extra(output))
    return net


def forward_pre_hook_narrows_input():
    net = Net()
    net.fc = nn.Linear(4, 8)
    net.fc.register_forward_pre_hook(lambda module, args: (args[0][:, :4],))
    return net


def forward_pre_hook_that_returns_nothing():
    net = Net()
    seen = []
    net.fc.register_forward_pre_hook(lambda module, args: seen.append(args[0].shape))
    return net


def removed_hook():
    net = Net()
    handle = net.fc.register_forward_hook(lambda module, args, output: torch.cat([output, output]))
    handle.remove()
    return net


def hook_that_removes_itself():
    net = Net()

    def once(module, args, output):
        handle.remove()
        return output @ module.weight

    handle = net.fc.register_forward_hook(once)
    return net


def hook_on_the_whole():
    net = Net()
    net.register_forward_hook(lambda module, args, output: output.sum(1))
    return net


def hook_stores_features():
    class Watch(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net()
            self.features = {}
            for name, child in self.net.named_children():
                child.register_forward_hook(self.keep(name))
            self.head = nn.Linear(16, 2)

        def keep(self, name):
            def hook(module, args, output):
                self.features[name] = output

            return hook

        def forward(self, x):
            self.net(x)
            return self.head(torch.cat(list(self.features.values()), 1))

    return Watch()


def forward_replaced_on_instance():
    net = Net()
    net.forward = lambda x: net.fc(net.fc(x))
    return net


def forward_replaced_on_child():
    net = Net()
    net.fc.forward = types.MethodType(lambda self, x: F.linear(x, self.weight) * 2, net.fc)
    return net


def forward_replaced_on_class():
    class Local(Net):
        pass

    Local.forward = lambda self, x: self.out(x)
    return Local()


def call_overridden():
    class Twice(Net):
        def __call__(self, x):
            return super().__call__(super().__call__(x))

    return Twice()


def call_overridden_on_child():
    class Loud(nn.Linear):
        def __call__(self, x):
            return super().__call__(x) + super().__call__(x)

    net = Net()
    net.fc = Loud(8, 8)
    return net


def forward_wrapped_by_decorator():
    def twice(fn):
        @functools.wraps(fn)
        def wrapper(self, x):
            return fn(self, fn(self, x))

        return wrapper

    class Local(Net):
        @twice
        def forward(self, x):
            return self.fc(x)

    return Local()


def wrapped_by_class_decorator():
    def widen(cls):
        init = cls.__init__

        def wider(self):
            init(self, 32)

        cls.__init__ = wider
        return cls

    @widen
    class Local(Net):
        pass

    return Local()


def function_patched_in_module():
    class Patched(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def forward(self, x):
            kept = F.relu
            F.relu = lambda value: value @ value.t() @ value
            try:
                return self.net(x)
            finally:
                F.relu = kept

    return Patched()


def method_of_linear_patched():
    class Patched(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def forward(self, x):
            kept = nn.Linear.forward
            nn.Linear.forward = lambda self, value: value
            try:
                return self.net(x)
            finally:
                nn.Linear.forward = kept

    return Patched()


def children_applied():
    net = Net()

    def halve(module):
        if isinstance(module, nn.Linear):
            module.weight = nn.Parameter(module.weight[:, :4].clone())
            module.forward = lambda x, m=module: F.linear(x[:, :4], m.weight, m.bias)

    net.apply(halve)
    return net


def backward_hook_does_not_count():
    net = Net()
    net.fc.register_full_backward_hook(lambda module, grad_in, grad_out: None)
    return net


def tensor_hook_does_not_count():
    class Watch(Net):
        def forward(self, x):
            y = self.fc(x)
            y.register_hook(lambda grad: grad * 2)
            return self.out(y)

    return Watch()


def hook_with_kwargs_output_dict():
    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(8, 2)
            self.b = nn.Linear(8, 3)

        def forward(self, x, *, scale=1):
            return {"a": self.a(x) * scale, "b": self.b(x)}

    class Top(nn.Module):
        def __init__(self):
            super().__init__()
            self.heads = Heads()
            self.heads.register_forward_hook(lambda module, args, output: {"b": output["b"]})

        def forward(self, x):
            return self.heads(x, scale=3)

    return Top()


def global_hook():
    class Top(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def forward(self, x):
            handle = nn.modules.module.register_module_forward_hook(
                lambda module, args, output: output @ torch.ones(8, 8) if isinstance(module, nn.Linear) else None
            )
            try:
                return self.net(x)
            finally:
                handle.remove()

    return Top()


x = lambda: [torch.ones(2, 8)]
READS_VALUES = True
MODELS = {
    f"{build.__name__}()": (build, x)
    for build in (
        forward_hook_adds_work,
        forward_pre_hook_narrows_input,
        forward_pre_hook_that_returns_nothing,
        removed_hook,
        hook_that_removes_itself,
        hook_on_the_whole,
        hook_stores_features,
        forward_replaced_on_instance,
        forward_replaced_on_child,
        forward_replaced_on_class,
        call_overridden,
        call_overridden_on_child,
        forward_wrapped_by_decorator,
        wrapped_by_class_decorator,
        function_patched_in_module,
        method_of_linear_patched,
        children_applied,
        backward_hook_does_not_count,
        tensor_hook_does_not_count,
        hook_with_kwargs_output_dict,
        global_hook,
    )
}
