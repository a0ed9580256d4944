def beartype_this_package(*args, **kwargs):
    return None


beartype_all = beartype_package = beartype_packages = beartype_this_package
