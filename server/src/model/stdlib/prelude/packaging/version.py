import itertools


class Version:
    def __init__(self, text):
        self.text = str(text)
        self.public, _, self.local = self.text.partition("+")
        release, rest = [], ""
        for part in self.public.lstrip("v").split("."):
            digits = "".join(itertools.takewhile(str.isdigit, part))
            if digits == "":
                rest = part
                break
            release.append(int(digits))
            rest = part[len(digits) :]
            if rest:
                break
        self.release = tuple(release)
        self.base_version = ".".join(str(each) for each in release)
        self.is_prerelease = rest.startswith(("a", "b", "c", "rc", "dev"))
        self.major = release[0] if release else 0
        self.minor = release[1] if len(release) > 1 else 0
        self.micro = release[2] if len(release) > 2 else 0
        while release and release[-1] == 0:
            release.pop()
        self._key = (tuple(release), not self.is_prerelease, rest, self.local)

    def _other(self, other):
        return other._key if isinstance(other, Version) else Version(other)._key

    def __lt__(self, other):
        return self._key < self._other(other)

    def __le__(self, other):
        return self._key <= self._other(other)

    def __gt__(self, other):
        return self._key > self._other(other)

    def __ge__(self, other):
        return self._key >= self._other(other)

    def __eq__(self, other):
        return self._key == self._other(other)

    def __hash__(self):
        return hash(self._key)

    def __str__(self):
        return self.text


def parse(text):
    return Version(text)


class InvalidVersion(ValueError):
    pass
