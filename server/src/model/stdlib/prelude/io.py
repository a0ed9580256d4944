from _ecocompute_std import file_text, unknown


class IOBase:
    pass


class RawIOBase(IOBase):
    pass


class BufferedIOBase(IOBase):
    pass


class TextIOBase(IOBase):
    pass


class TextIOWrapper(TextIOBase):
    pass


class _Text(TextIOWrapper):
    """A file that was read; what is written to one is lost."""

    def __init__(self, text, binary, name, mode):
        self.name = name
        self.mode = mode
        self.encoding = "utf-8"
        self.closed = False
        self._text = text.encode() if binary else text
        ends = [line + "\n" for line in text.split("\n")]
        ends[-1] = ends[-1][:-1]
        self._lines = [line.encode() if binary else line for line in ends if line]
        self._end = b"" if binary else ""
        self._next = 0

    def read(self, size=-1):
        if self._next == 0 and (size is None or size < 0):
            self._next = len(self._lines)
            return self._text
        if size is None or size < 0:
            return self._end.join(self.readlines())
        return unknown("a part of a file")

    def readline(self, size=-1):
        if self._next >= len(self._lines):
            return self._end
        self._next += 1
        return self._lines[self._next - 1]

    def readlines(self, hint=-1):
        rest = self._lines[self._next :]
        self._next = len(self._lines)
        return rest

    def seek(self, offset, whence=0):
        self._next = 0 if offset == 0 and whence == 0 else len(self._lines)
        return offset

    def tell(self):
        return unknown("a position in a file")

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.closed = True

    def write(self, text):
        return len(text)

    def writelines(self, lines):
        return None

    def flush(self):
        return None

    def readable(self):
        return True

    def writable(self):
        return True

    def close(self):
        self.closed = True


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if "w" in mode or "a" in mode:
        return _Text("", False, file, mode)
    text = file_text(str(file))
    if text is None:
        return unknown("the content of a file")
    if "b" not in mode and newline is None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _Text(text, "b" in mode, file, mode)


class BytesIO(BufferedIOBase):
    def __init__(self, content=b""):
        self._content = content

    def read(self, size=-1):
        return self._content

    def getvalue(self):
        return self._content


class StringIO(TextIOBase):
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
