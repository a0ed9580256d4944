"""What code written for Python 2 and 3 asks of the version it runs on."""
import functools
import io

PY2 = False
PY3 = True
string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type = str
binary_type = bytes
StringIO = io.StringIO
BytesIO = io.BytesIO
wraps = functools.wraps


def iteritems(d, **kwargs):
    return iter(d.items(**kwargs))


def iterkeys(d, **kwargs):
    return iter(d.keys(**kwargs))


def itervalues(d, **kwargs):
    return iter(d.values(**kwargs))


class moves:
    range = xrange = range
    zip = zip
    map = map
    filter = filter
    input = None
    reduce = functools.reduce
