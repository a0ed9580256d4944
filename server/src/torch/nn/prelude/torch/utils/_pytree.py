def register_pytree_node(*args, **kwargs):
    return None


def _register_pytree_node(*args, **kwargs):
    return None


def _parts(tree, is_leaf):
    """The values of a container, what puts others in their place, and `None` for anything else."""
    if is_leaf is not None and is_leaf(tree):
        return None
    if isinstance(tree, dict):
        keys = list(tree)
        return list(tree.values()), lambda values: type(tree)(zip(keys, values))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(tree), lambda values: type(tree)(*values)
    if isinstance(tree, (list, tuple)):
        return list(tree), type(tree)
    return None


def tree_map(fn, tree, is_leaf=None):
    found = _parts(tree, is_leaf)
    if found is None:
        return fn(tree)
    values, make = found
    return make([tree_map(fn, value, is_leaf) for value in values])


def tree_map_only(kind, fn, tree, is_leaf=None):
    return tree_map(lambda leaf: fn(leaf) if isinstance(leaf, kind) else leaf, tree, is_leaf)


class TreeSpec:
    def __init__(self, tree, is_leaf):
        self._tree = tree
        self._is_leaf = is_leaf

    @property
    def num_leaves(self):
        return len(_leaves(self._tree, self._is_leaf))


def _leaves(tree, is_leaf):
    found = _parts(tree, is_leaf)
    if found is None:
        return [tree]
    return [leaf for value in found[0] for leaf in _leaves(value, is_leaf)]


def tree_flatten(tree, is_leaf=None):
    return _leaves(tree, is_leaf), TreeSpec(tree, is_leaf)


def tree_leaves(tree, is_leaf=None):
    return _leaves(tree, is_leaf)


def tree_unflatten(leaves, spec):
    if isinstance(leaves, TreeSpec):
        leaves, spec = spec, leaves
    rest = iter(leaves)
    return tree_map(lambda leaf: next(rest), spec._tree, spec._is_leaf)
