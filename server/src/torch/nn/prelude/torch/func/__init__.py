"""Functions of functions. What `vmap` maps runs once for each sample: the same work, in more and smaller ops."""
from ._calls import functional_call, functionalize, stack_module_state
from ._derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from ._vmap import vmap
