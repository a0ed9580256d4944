from _ecocompute_std import unknown


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __contains__(self, name):
        return name in self.__dict__


def __getattr__(name):
    return unknown("`argparse." + name + "` is not interpreted")
