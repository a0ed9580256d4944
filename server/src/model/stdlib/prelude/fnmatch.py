import re
from glob import translate as _translate


def translate(pat):
    return "(?s:" + _translate(pat) + ")\\Z"


def fnmatch(name, pat):
    return re.fullmatch(_translate(pat), name) is not None


fnmatchcase = fnmatch


def filter(names, pat):
    return [name for name in names if fnmatch(name, pat)]
