def dep_version_check(*args, **kwargs):
    return None
