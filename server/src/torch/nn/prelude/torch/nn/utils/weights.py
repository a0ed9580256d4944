"""Weight normalization by the older hooks: the weight is recomputed before each forward."""
import _ecocompute as _native
import torch
from _ecocompute import Parameter


def _norm_shape(weight, dim):
    if dim is None:
        return ()
    return tuple(size if i == dim % weight.dim() else 1 for i, size in enumerate(weight.shape))


def weight_norm(module, name="weight", dim=0):
    weight = getattr(module, name)
    _native.move_registered(module, "_parameters", name)
    module.register_parameter(name + "_g", Parameter(torch.empty(_norm_shape(weight, dim))))
    module.register_parameter(name + "_v", Parameter(torch.empty(weight.shape)))

    def compute(module, inputs):
        g = getattr(module, name + "_g")
        v = getattr(module, name + "_v")
        object.__setattr__(module, name, torch._weight_norm(v, g, -1 if dim is None else dim))

    handle = module.register_forward_pre_hook(compute)
    module._weight_norm_handle = handle
    object.__setattr__(module, name, torch._weight_norm(getattr(module, name + "_v"), getattr(module, name + "_g"), -1 if dim is None else dim))
    return module


def remove_weight_norm(module, name="weight"):
    handle = getattr(module, "_weight_norm_handle", None)
    if handle is None:
        raise ValueError("weight_norm of '{}' not found in {}".format(name, module))
    handle.remove()
    shape = getattr(module, name + "_v").shape
    _native.move_registered(module, "_parameters", name + "_g")
    _native.move_registered(module, "_parameters", name + "_v")
    delattr(module, name)
    module.register_parameter(name, Parameter(torch.empty(shape)))
    return module


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    weight = getattr(module, name)
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    _native.move_registered(module, "_parameters", name)
    module.register_parameter(name + "_orig", Parameter(torch.empty(weight.shape)))
    height = weight.shape[dim]
    width = weight.numel() // height
    module.register_buffer(name + "_u", torch.empty(height))
    module.register_buffer(name + "_v", torch.empty(width))

    def compute(module, inputs):
        w = getattr(module, name + "_orig")
        u = getattr(module, name + "_u")
        v = getattr(module, name + "_v")
        matrix = w if dim == 0 else w.permute(dim, *[d for d in range(w.dim()) if d != dim])
        matrix = matrix.reshape(height, -1)
        if module.training:
            for _ in range(n_power_iterations):
                v = torch.nn.functional.normalize(torch.mv(matrix.t(), u), dim=0, eps=eps)
                u = torch.nn.functional.normalize(torch.mv(matrix, v), dim=0, eps=eps)
        sigma = torch.dot(u, torch.mv(matrix, v))
        object.__setattr__(module, name, w / sigma)

    module._spectral_norm_handle = module.register_forward_pre_hook(compute)
    object.__setattr__(module, name, getattr(module, name + "_orig"))
    return module


def remove_spectral_norm(module, name="weight"):
    module._spectral_norm_handle.remove()
    shape = getattr(module, name + "_orig").shape
    _native.move_registered(module, "_parameters", name + "_orig")
    delattr(module, name)
    module.register_parameter(name, Parameter(torch.empty(shape)))
    return module


def clip_grad_norm_(parameters, max_norm, *args, **kwargs):
    return _native.unknown("the norm of gradients")


clip_grad_norm = clip_grad_norm_


def clip_grad_value_(parameters, clip_value, **kwargs):
    return None


def parameters_to_vector(parameters):
    return torch.cat([param.reshape(-1) for param in parameters])


def vector_to_parameters(vector, parameters):
    return None


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    from torch.nn.parameter import Parameter

    return Parameter(conv_w.detach().clone()), Parameter(torch.zeros_like(bn_rm))


def fuse_conv_bn_eval(conv, bn, transpose=False):
    import copy

    made = copy.deepcopy(conv)
    made.weight, made.bias = fuse_conv_bn_weights(
        made.weight, made.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return made


def skip_init(module_cls, *args, **kwargs):
    return module_cls(*args, **kwargs)
