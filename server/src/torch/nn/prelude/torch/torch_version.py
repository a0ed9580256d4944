class TorchVersion(str):
    """A text that compares as a release: 1.13 is later than 1.5."""

    def _both(self, other):
        from packaging.version import Version

        return Version(str(self)), other if isinstance(other, Version) else Version(_text(other))

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

    def __eq__(self, other):
        one, two = self._both(other)
        return one == two

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(str(self))


def _text(other):
    return other if isinstance(other, str) else ".".join([str(each) for each in other])
