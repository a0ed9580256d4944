def register_pytree_node(*args, **kwargs):
    return None


def _register_pytree_node(*args, **kwargs):
    return None


def _parts(tree):
    """The values of a container, what puts others in their place, and `None` for anything else."""
    if isinstance(tree, dict):
        keys = list(tree)
        return list(tree.values()), lambda values: type(tree)(zip(keys, values))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(tree), lambda values: type(tree)(*values)
    if isinstance(tree, (list, tuple)):
        return list(tree), type(tree)
    return None


def tree_map(fn, tree):
    found = _parts(tree)
    if found is None:
        return fn(tree)
    values, make = found
    return make([tree_map(fn, value) for value in values])


def tree_map_only(kind, fn, tree):
    return tree_map(lambda leaf: fn(leaf) if isinstance(leaf, kind) else leaf, tree)


class TreeSpec:
    def __init__(self, tree):
        self._tree = tree

    @property
    def num_leaves(self):
        return len(_leaves(self._tree))


def _leaves(tree):
    found = _parts(tree)
    if found is None:
        return [tree]
    return [leaf for value in found[0] for leaf in _leaves(value)]


def tree_flatten(tree):
    return _leaves(tree), TreeSpec(tree)


def tree_leaves(tree):
    return _leaves(tree)


def tree_unflatten(leaves, spec):
    if isinstance(leaves, TreeSpec):
        leaves, spec = spec, leaves
    rest = iter(leaves)
    return tree_map(lambda leaf: next(rest), spec._tree)
