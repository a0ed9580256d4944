from _ecocompute_std import file_text, unknown


class Path:
    def __init__(self, *parts):
        self._text = "/".join(str(part) for part in parts)

    def __truediv__(self, other):
        return Path(self._text, str(other))

    def __str__(self):
        return self._text

    def __fspath__(self):
        return self._text

    @property
    def name(self):
        return self._text.rpartition("/")[2]

    @property
    def stem(self):
        return self.name.rpartition(".")[0] or self.name

    @property
    def suffix(self):
        return "." + self.name.rpartition(".")[2] if "." in self.name else ""

    @property
    def parent(self):
        return Path(self._text.rpartition("/")[0])

    def resolve(self):
        return self

    def absolute(self):
        return self

    def exists(self):
        return True if file_text(self._text) is not None else unknown("whether a file exists")

    def is_file(self):
        return True if file_text(self._text) is not None else unknown("whether a file exists")

    def is_dir(self):
        return unknown("whether a file exists")

    def mkdir(self, *args, **kwargs):
        return None

    def open(self, mode="r", *args, **kwargs):
        return open(self._text, mode)

    def read_text(self, *args, **kwargs):
        return open(self._text).read()

    def read_bytes(self):
        return open(self._text, "rb").read()

    def with_suffix(self, suffix):
        return Path(self._text[: len(self._text) - len(self.suffix)] + suffix)

    def as_posix(self):
        return self._text

    @classmethod
    def cwd(cls):
        return unknown("the working directory")


PurePath = Path
PosixPath = Path
