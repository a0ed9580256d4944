class _Hooks:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


class saved_tensors_hooks(_Hooks):
    pass


class save_on_cpu(_Hooks):
    pass
