from _ecocompute_std import file_text, unknown


class _Text:
    """A file that was read; what is written to one is lost."""

    def __init__(self, text, binary):
        self._text = text.encode() if binary else text
        self._lines = text.splitlines(True)

    def read(self, size=-1):
        return self._text

    def readlines(self, hint=-1):
        return self._lines

    def __iter__(self):
        return iter(self._lines)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def write(self, text):
        return None

    def close(self):
        return None


def open(file, mode="r", *args, **kwargs):
    if "w" in mode or "a" in mode:
        return _Text("", False)
    text = file_text(str(file))
    if text is None:
        return unknown("the content of a file")
    return _Text(text, "b" in mode)


class BytesIO:
    def __init__(self, content=b""):
        self._content = content

    def read(self, size=-1):
        return self._content

    def getvalue(self):
        return self._content


class StringIO:
    def __init__(self, initial_value="", newline="\n"):
        self._content = initial_value
        self._at = 0

    def write(self, text):
        self._content = self._content[: self._at] + text + self._content[self._at + len(text) :]
        self._at += len(text)
        return len(text)

    def read(self, size=-1):
        start = self._at
        self._at = len(self._content) if size is None or size < 0 else min(start + size, len(self._content))
        return self._content[start : self._at]

    def readline(self, size=-1):
        end = self._content.find("\n", self._at)
        return self.read(-1 if end < 0 else end + 1 - self._at)

    def readlines(self, hint=-1):
        return list(self)

    def __iter__(self):
        while True:
            line = self.readline()
            if not line:
                return
            yield line

    def seek(self, offset, whence=0):
        self._at = offset if whence == 0 else len(self._content)
        return self._at

    def tell(self):
        return self._at

    def getvalue(self):
        return self._content

    def flush(self):
        return None

    def close(self):
        return None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None
