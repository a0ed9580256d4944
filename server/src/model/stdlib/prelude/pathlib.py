import glob as _glob
import os
import re
from _ecocompute_std import folder_names, is_known, unknown


class Path:
    def __init__(self, *parts):
        text = ""
        for part in parts:
            part = str(part)
            if not is_known(part):
                self._text = part
                return
            text = part if part.startswith("/") or not text else text + "/" + part
        kept = [piece for piece in text.split("/") if piece not in ("", ".")]
        root = "/" if text.startswith("/") else ""
        self._text = root + "/".join(kept) or "."

    def __truediv__(self, other):
        return Path(self._text, str(other))

    def __rtruediv__(self, other):
        return Path(str(other), self._text)

    def __eq__(self, other):
        return self._text == other._text if isinstance(other, Path) else NotImplemented

    def __lt__(self, other):
        return self.parts < other.parts

    def __le__(self, other):
        return self.parts <= other.parts

    def __hash__(self):
        return hash(self._text)

    def __repr__(self):
        return "PosixPath(" + repr(self._text) + ")"

    @property
    def parts(self):
        root = ("/",) if self._text.startswith("/") else ()
        return root + tuple(piece for piece in self._text.split("/") if piece not in ("", "."))

    @property
    def suffixes(self):
        return ["." + piece for piece in self.name.lstrip(".").split(".")[1:]]

    @property
    def parents(self):
        found, at = [], self
        while at.parent._text != at._text:
            at = at.parent
            found.append(at)
        return tuple(found)

    @property
    def anchor(self):
        return "/" if self._text.startswith("/") else ""

    def is_absolute(self):
        return self._text.startswith("/")

    def joinpath(self, *others):
        return Path(self._text, *others)

    def with_name(self, name):
        return Path(self.parent, name)

    def with_stem(self, stem):
        return Path(self.parent, stem + self.suffix)

    def is_relative_to(self, *other):
        return self.parts[: len(Path(*other).parts)] == Path(*other).parts

    def relative_to(self, *other):
        if not self.is_relative_to(*other):
            raise ValueError(repr(self._text) + " is not in the subpath of " + repr(str(Path(*other))))
        return Path(*self.parts[len(Path(*other).parts) :])

    def __str__(self):
        return self._text

    def __fspath__(self):
        return self._text

    @property
    def name(self):
        return "" if self._text == "." else self._text.rpartition("/")[2]

    @property
    def stem(self):
        return self.name[: len(self.name) - len(self.suffix)]

    @property
    def suffix(self):
        head, dot, tail = self.name.rpartition(".")
        return dot + tail if head and tail else ""

    @property
    def parent(self):
        head, slash, _ = self._text.rpartition("/")
        return Path(head or slash or ".")

    def resolve(self, strict=False):
        return Path(os.path.abspath(self._text))

    def absolute(self):
        return self

    def expanduser(self):
        return self

    def exists(self):
        return os.path.exists(self._text)

    def is_file(self):
        return os.path.isfile(self._text)

    def is_dir(self):
        return os.path.isdir(self._text)

    def iterdir(self):
        return iter([Path(self._text, name) for name in os.listdir(self._text)])

    def glob(self, pattern):
        start = "" if self._text == "." else _glob.escape(self._text) + "/"
        return iter([Path(each) for each in _glob.glob(start + pattern, recursive=True)])

    def rglob(self, pattern):
        return self.glob("**/" + pattern)

    def match(self, pattern):
        wanted = pattern.split("/")
        parts = [each for each in self.parts if each != "/"][-len(wanted) :]
        same = [re.fullmatch(_glob.translate(one), two) is not None for one, two in zip(wanted, parts)]
        return len(parts) == len(wanted) and all(same)

    def mkdir(self, *args, **kwargs):
        return None

    def open(self, mode="r", *args, **kwargs):
        return open(self._text, mode, *args, **kwargs)

    def read_text(self, *args, **kwargs):
        return open(self._text).read()

    def read_bytes(self):
        return open(self._text, "rb").read()

    def with_suffix(self, suffix):
        return Path(self._text[: len(self._text) - len(self.suffix)] + suffix)

    def unlink(self, missing_ok=False):
        return None

    def touch(self, *args, **kwargs):
        return None

    def as_posix(self):
        return self._text

    @classmethod
    def cwd(cls):
        return unknown("the working directory")


PurePath = Path
PosixPath = Path
