from _ecocompute_std import call_frames, file_text, handled, unknown, namedtuple, module_exists, import_module

_Version = namedtuple("version_info", ["major", "minor", "micro", "releaselevel", "serial"])
version_info = _Version(3, 11, 0, "final", 0)
version = "3.11.0"
platform = "linux"
byteorder = "little"
maxsize = 9223372036854775807
argv = ["model.py"]
path = []


class _Modules(dict):
    """Every module that can be imported counts as loaded."""

    def __getitem__(self, name):
        if not module_exists(name):
            raise KeyError(name)
        return import_module(name)

    def __contains__(self, name):
        return module_exists(name)

    def get(self, name, default=None):
        return import_module(name) if module_exists(name) else default


modules = _Modules()
executable = "python"


class _Stream:
    def write(self, text):
        return None

    def flush(self):
        return None

    def isatty(self):
        return False


stdout = _Stream()
stderr = _Stream()
stdin = _Stream()


def exit(code=None):
    raise SystemExit(code)


def getsizeof(obj):
    return unknown("the size of an object")


def getrecursionlimit():
    return 1000


def setrecursionlimit(n):
    return None


class _Code:
    def __init__(self, file, name):
        self.co_filename = file
        self.co_name = self.co_qualname = name
        self.co_firstlineno = unknown("the line of a definition")


class _FrameObject:
    """A call that the program is in; who started the program is not known, nor are lines and variables."""

    def __init__(self, frames):
        file, name, module, at = frames[0]
        self._outer = frames[1:]
        self.f_code = _Code(file, name)
        self.f_globals = import_module(module).__dict__
        self._at = at
        self.f_locals = unknown("the variables of a call")

    @property
    def f_lineno(self):
        text = file_text(self.f_code.co_filename)
        return unknown("the line that runs") if text is None else text[: self._at].count("\n") + 1

    @property
    def f_back(self):
        return _FrameObject(self._outer) if self._outer else unknown("who started the program")


class _Traceback:
    def __init__(self, frames):
        self.tb_frame = _FrameObject(frames)
        self.tb_lineno = unknown("the line that failed")
        self.tb_next = None


def exc_info():
    error = handled()
    return (None, None, None) if error is None else (type(error), error, _Traceback(call_frames()))


def _getframe(depth=0):
    frames = call_frames()[depth:]
    return _FrameObject(frames) if frames else unknown("who started the program")


def intern(text):
    return text
