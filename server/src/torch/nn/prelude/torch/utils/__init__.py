from . import checkpoint, data, _pytree
