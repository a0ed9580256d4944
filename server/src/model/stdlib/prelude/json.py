from _ecocompute_std import parse_json, unknown


def load(fp, **kwargs):
    return loads(fp.read(), **kwargs)


def loads(s, object_hook=None, object_pairs_hook=None, **kwargs):
    if object_hook is not None or object_pairs_hook is not None:
        return unknown("a JSON text read with a hook")
    return parse_json(s.decode() if isinstance(s, bytes) else s)


def dump(*args, **kwargs):
    return None


_escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _text(value, ensure_ascii):
    made = ""
    for c in value:
        code = ord(c)
        if c in _escapes:
            made += _escapes[c]
        elif code < 32 or (ensure_ascii and 126 < code < 65536):
            made += "\\u" + format(code, "04x")
        elif ensure_ascii and code >= 65536:
            code -= 65536
            made += "\\u" + format(55296 + (code >> 10), "04x") + "\\u" + format(56320 + (code & 1023), "04x")
        else:
            made += c
    return '"' + made + '"'


def _number(value):
    text = repr(value)
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(text, text)


def _key(key, ensure_ascii):
    if isinstance(key, str):
        return _text(key, ensure_ascii)
    if key is None or isinstance(key, (bool, int, float)):
        return '"' + _write(key, None, "", (",", ":"), None, False, ensure_ascii) + '"'
    raise TypeError("keys must be str, int, float, bool or None, not " + type(key).__name__)


def _write(value, indent, before, separators, default, sort_keys, ensure_ascii):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _text(value, ensure_ascii)
    if isinstance(value, (int, float)):
        return _number(value)
    inner = before if indent is None else before + indent

    def write(each):
        return _write(each, indent, inner, separators, default, sort_keys, ensure_ascii)

    if isinstance(value, dict):
        items = sorted(value.items()) if sort_keys else value.items()
        parts = [_key(key, ensure_ascii) + separators[1] + write(each) for key, each in items]
        return _wrap("{", parts, "}", indent, before, inner, separators)
    if isinstance(value, (list, tuple)):
        return _wrap("[", [write(each) for each in value], "]", indent, before, inner, separators)
    if default is not None:
        return _write(default(value), indent, before, separators, default, sort_keys, ensure_ascii)
    raise TypeError("Object of type " + type(value).__name__ + " is not JSON serializable")


def _wrap(left, parts, right, indent, before, inner, separators):
    if not parts or indent is None:
        return left + separators[0].join(parts) + right
    line = "\n" + inner
    return left + line + (separators[0] + line).join(parts) + "\n" + before + right


def dumps(
    obj,
    *,
    skipkeys=False,
    ensure_ascii=True,
    check_circular=True,
    allow_nan=True,
    cls=None,
    indent=None,
    separators=None,
    default=None,
    sort_keys=False,
    **kw
):
    if cls is not None and default is None:
        default = cls().default
    if isinstance(indent, int):
        indent = " " * indent
    if separators is None:
        separators = (", " if indent is None else ",", ": ")
    return _write(obj, indent, "", separators, default, sort_keys, ensure_ascii)


class JSONDecodeError(ValueError):
    pass


class JSONEncoder:
    def __init__(self, **options):
        self._options = options

    def default(self, o):
        raise TypeError("Object of type " + type(o).__name__ + " is not JSON serializable")

    def encode(self, o):
        return dumps(o, default=self.default, **self._options)
