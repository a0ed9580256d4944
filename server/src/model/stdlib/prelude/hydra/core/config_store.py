class ConfigStore:
    _one = None

    @staticmethod
    def instance():
        if ConfigStore._one is None:
            ConfigStore._one = ConfigStore()
        return ConfigStore._one

    def store(self, *args, **kwargs):
        return None
