"""The files of the project and of what is installed; what matches in other places is not known."""
import os
import re
from _ecocompute_std import folder_names, unknown


def escape(pathname):
    return re.sub(r"([*?[])", r"[\1]", pathname)


def has_magic(s):
    return re.search(r"[*?[]", s) is not None


def translate(pattern):
    """The pattern of one part of a path as a regular expression."""
    made, at = "", 0
    while at < len(pattern):
        letter = pattern[at]
        end = pattern.find("]", at + 2)
        if letter == "*":
            made += ".*"
        elif letter == "?":
            made += "."
        elif letter == "[" and end > 0:
            inside = pattern[at + 1 : end]
            made += "[" + ("^" + inside[1:] if inside[0] == "!" else inside) + "]"
            at = end
        else:
            made += re.escape(letter)
        at += 1
    return made


def _children(folder, pattern, only_folders):
    names = folder_names(folder or ".")
    if names is None:
        return unknown("the files of a folder")
    wanted = translate(pattern)
    found = []
    for name in names:
        bare = name.rstrip("/")
        if bare.startswith(".") and not pattern.startswith("."):
            continue
        if re.fullmatch(wanted, bare) and (name.endswith("/") or not only_folders):
            found.append(os.path.join(folder, bare) if folder else bare)
    return found


def _may_be(folder):
    """A folder of modules that what is around it does not list is not there: programs make none."""
    if folder_names(folder or ".") is not None:
        return True
    above, slash, name = folder.rstrip("/").rpartition("/")
    return not slash or above == "" or (_may_be(above) and folder_names(above) is None)


def _below(folder):
    found = [folder]
    for each in _children(folder, "*", True):
        found.extend(_below(each))
    return found


def glob(pathname, *, root_dir=None, recursive=False, include_hidden=False):
    if root_dir is not None or include_hidden:
        return unknown("the files of a folder")
    parts = str(pathname).split("/")
    found = ["/" if parts[0] == "" else ""]
    if parts[0] == "":
        parts = parts[1:]
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "":
            continue
        if part == "**" and recursive:
            if parts[-1].endswith(".py"):
                found = [folder for folder in found if _may_be(folder)]
            found = [each for folder in found for each in _below(folder)]
            if last:
                more = [each for folder in found for each in _children(folder, "*", False) if not os.path.isdir(each)]
                found = [each for each in found + more if each]
        elif has_magic(part):
            if parts[-1].endswith(".py"):
                found = [folder for folder in found if _may_be(folder)]
            found = [each for folder in found for each in _children(folder, part, not last)]
        else:
            found = [os.path.join(folder, part) if folder else part for folder in found]
            if last and len(parts) > 1:
                found = [each for each in found if os.path.exists(each)]
    return found


def iglob(pathname, **kwargs):
    return iter(glob(pathname, **kwargs))
