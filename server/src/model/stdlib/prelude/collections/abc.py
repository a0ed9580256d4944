from _ecocompute_std import (
    abc_Callable as Callable, abc_Iterable as Iterable, abc_Iterator as Iterator, abc_Generator as Generator,
    abc_Collection as Collection, abc_Container as Container, abc_Sized as Sized, abc_Hashable as Hashable,
    abc_Sequence as Sequence, abc_MutableSequence as MutableSequence, abc_Set as Set, abc_MutableSet as MutableSet,
    abc_Mapping as Mapping, abc_MutableMapping as MutableMapping,
)
