class TorchVersion(str):
    """A text that is ordered as releases are: 1.13 is later than 1.5. Equal are texts that are the same."""

    def _both(self, other):
        from packaging.version import Version

        return Version("".join(self)), other if isinstance(other, Version) else Version(_text(other))

    def __lt__(self, other):
        one, two = self._both(other)
        return one < two

    def __le__(self, other):
        one, two = self._both(other)
        return one <= two

    def __gt__(self, other):
        one, two = self._both(other)
        return one > two

    def __ge__(self, other):
        one, two = self._both(other)
        return one >= two


def _text(other):
    return "".join(other) if isinstance(other, str) else ".".join([str(each) for each in other])
