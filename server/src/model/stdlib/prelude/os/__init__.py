from _ecocompute_std import folder_names, unknown
from . import path

sep = "/"
linesep = "\n"
name = "posix"


class _Environment(dict):
    pass


environ = _Environment()


def getenv(key, default=None):
    return environ.get(key, default)


def putenv(key, value):
    return None


def unsetenv(key):
    return None


def getcwd():
    return unknown("the working directory")


def _names(p):
    names = folder_names(str(p))
    return unknown("the files of a folder") if names is None else names


def listdir(p="."):
    return [name.rstrip("/") for name in _names(p)]


class DirEntry:
    def __init__(self, folder, name):
        self.name = name.rstrip("/")
        self.path = path.join(folder, self.name)
        self._is_folder = name.endswith("/")

    def is_dir(self, follow_symlinks=True):
        return self._is_folder

    def is_file(self, follow_symlinks=True):
        return not self._is_folder

    def is_symlink(self):
        return unknown("whether a file is a link")

    def __fspath__(self):
        return self.path


class _Entries:
    def __init__(self, entries):
        self._entries = iter(entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass

    def close(self):
        pass


def scandir(p="."):
    return _Entries([DirEntry(str(p), name) for name in _names(p)])


def walk(top, topdown=True, onerror=None, followlinks=False):
    names = _names(top)
    inner = [name.rstrip("/") for name in names if name.endswith("/")]
    files = [name for name in names if not name.endswith("/")]
    if topdown:
        yield top, inner, files
    for name in inner:
        yield from walk(path.join(top, name), topdown)
    if not topdown:
        yield top, inner, files


def makedirs(*args, **kwargs):
    return None


def cpu_count():
    return unknown("the number of cores")


def fspath(p):
    return p if isinstance(p, (str, bytes)) else p.__fspath__()


class PathLike:
    pass
