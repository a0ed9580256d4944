"""Arrays of anything but numbers: places in a list that views share, so that all that moves elements is what moves numbers."""
from _ecocompute_numpy import asarray as of_numbers, holds_objects, made, ndarray
from _ecocompute_std import unknown


class object_array(ndarray):
    def __init__(self, held, at):
        self._held = held
        self._at = at

    shape = property(lambda self: self._at.shape)
    ndim = property(lambda self: self._at.ndim)
    size = property(lambda self: self._at.size)
    T = property(lambda self: object_array(self._held, self._at.T))
    flat = property(lambda self: iter(self._all()))

    @property
    def dtype(self):
        return unknown("the kind of an array of texts") if any(isinstance(each, str) for each in self._held) else object

    def _all(self):
        return [self._held[each] for each in self._at.ravel().tolist()]

    def copy(self, order="C"):
        return filled(self._all(), self.shape)

    def astype(self, dtype, *args, **kwargs):
        return self.copy() if dtype is object else of_numbers(self.tolist(), dtype)

    def flatten(self, order="C"):
        return filled([self._held[each] for each in self._at.flatten(order).tolist()], (self.size,))

    def ravel(self, order="C"):
        return object_array(self._held, self._at.ravel(order))

    def reshape(self, *shape, **kwargs):
        return object_array(self._held, self._at.reshape(*shape, **kwargs))

    def transpose(self, *axes):
        return object_array(self._held, self._at.transpose(*axes))

    def squeeze(self, axis=None):
        return object_array(self._held, self._at.squeeze(axis))

    def swapaxes(self, axis1, axis2):
        return object_array(self._held, self._at.swapaxes(axis1, axis2))

    def tolist(self):
        def named(at):
            return [named(each) for each in at] if isinstance(at, list) else self._held[at]

        return named(self._at.tolist())

    def item(self, *args):
        return self._held[self._at.item(*args)]

    def fill(self, value):
        self[...] = value

    def __len__(self):
        return len(self._at)

    def __iter__(self):
        return iter([self[i] for i in range(len(self))])

    def __getitem__(self, key):
        at = self._at[key]
        if not isinstance(at, ndarray):
            return self._held[at]
        parts = key if isinstance(key, tuple) else (key,)
        view = object_array(self._held, at)
        return view.copy() if any(isinstance(each, (list, ndarray)) for each in parts) else view

    def __setitem__(self, key, value):
        at = self._at[key]
        if isinstance(value, str) and value and all(isinstance(each, str) and len(each) < len(value) for each in self._held):
            value = unknown("a text that the width of an array may cut")
        if not isinstance(at, ndarray):
            self._held[at] = value
            return
        given = array_of(value) if isinstance(value, (list, tuple, ndarray)) else filled([value], ())
        places = made("torch.broadcast_to", given._at, at.shape)
        values = [given._held[each] for each in places.ravel().tolist()]
        for place, each in zip(at.ravel().tolist(), values):
            self._held[place] = each

    def _compared(self, other, equal):
        if isinstance(other, (list, tuple, ndarray)):
            return unknown("arrays of objects compared")
        return of_numbers([(each == other) is equal for each in self._all()], bool).reshape(self.shape)

    def __eq__(self, other):
        return self._compared(other, True)

    def __ne__(self, other):
        return self._compared(other, False)

    def __contains__(self, value):
        return value in self._all()


def filled(values, shape):
    """The array of that shape of these values, one after the other."""
    return object_array(values, made("torch.arange", len(values)).reshape(shape))


def array_of(value):
    """What numpy makes of a list of lists of objects; only what is a sequence beyond doubt is taken apart."""
    if isinstance(value, object_array):
        return value
    if isinstance(value, ndarray):
        return filled(value.ravel().tolist(), value.shape)
    if isinstance(value, range):
        value = list(value)
    if not isinstance(value, (list, tuple)):
        if not isinstance(value, (str, dict)) and (hasattr(value, "__len__") or hasattr(value, "__array__")):
            return unknown("an array of objects that hold others")
        return filled([value], ())
    parts = [array_of(each) for each in value]
    if not parts:
        return filled([], (0,))
    if any(part.shape != parts[0].shape for part in parts):
        return unknown("an array of lists that differ in length")
    return filled([each for part in parts for each in part._all()], (len(parts),) + parts[0].shape)


def asarray(a, dtype=None, **kwargs):
    if isinstance(a, object_array):
        return a if dtype is None or dtype is object else a.astype(dtype)
    if dtype is object:
        return array_of(a)
    if dtype is not None or not holds_objects(a):
        return of_numbers(a, dtype)
    found = array_of(a)
    texts = [isinstance(each, str) for each in found._held]
    if any(texts) and not all(texts):
        if all(isinstance(each, (str, int, float)) for each in found._held):
            return unknown("an array of numbers as texts")
    return found
