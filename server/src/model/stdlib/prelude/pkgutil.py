import importlib

from _ecocompute_std import file_text, folder_names, unknown


def get_data(package, resource):
    folder = importlib.import_module(package).__file__.rpartition("/")[0]
    text = file_text(folder + "/" + resource)
    return unknown("the content of a file") if text is None else text.encode()


class ModuleInfo:
    def __init__(self, module_finder, name, ispkg):
        self.module_finder = module_finder
        self.name = name
        self.ispkg = ispkg

    def __iter__(self):
        return iter((self.module_finder, self.name, self.ispkg))

    def __getitem__(self, at):
        return (self.module_finder, self.name, self.ispkg)[at]


def iter_modules(path=None, prefix=""):
    if path is None:
        return unknown("the modules that are installed")
    found = []
    for folder in path:
        names = folder_names(str(folder))
        if names is None:
            return unknown("the modules of a package")
        for name in names:
            bare = name.rstrip("/").removesuffix(".py")
            is_package = name.endswith("/") and "__init__.py" in (folder_names(str(folder) + "/" + bare) or [])
            if bare.isidentifier() and bare != "__init__" and (is_package or name.endswith(".py")):
                found.append(ModuleInfo(None, prefix + bare, is_package))
    return iter(found)


def walk_packages(path=None, prefix="", onerror=None):
    for info in iter_modules(path, prefix):
        yield info
        if info.ispkg:
            yield from walk_packages(importlib.import_module(info.name).__path__, info.name + ".")
