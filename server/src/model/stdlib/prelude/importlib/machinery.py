class ModuleSpec:
    def __init__(self, *args, **kwargs):
        pass
