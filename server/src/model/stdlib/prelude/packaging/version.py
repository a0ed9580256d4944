from _ecocompute_std import unknown


class Version:
    def __init__(self, text):
        self.text = str(text)
        release = []
        for part in self.text.split("+")[0].split("."):
            digits = "".join(c for c in part if c.isdigit())
            if digits == "":
                break
            release.append(int(digits))
        self.release = tuple(release)
        self.base_version = ".".join(str(each) for each in release)
        self.major = release[0] if release else 0
        self.minor = release[1] if len(release) > 1 else 0

    def _other(self, other):
        return other.release if isinstance(other, Version) else Version(other).release

    def __lt__(self, other):
        return self.release < self._other(other)

    def __le__(self, other):
        return self.release <= self._other(other)

    def __gt__(self, other):
        return self.release > self._other(other)

    def __ge__(self, other):
        return self.release >= self._other(other)

    def __eq__(self, other):
        return self.release == self._other(other)

    def __str__(self):
        return self.text


def parse(text):
    return Version(text)


class InvalidVersion(ValueError):
    pass
