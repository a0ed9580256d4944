from . import ConfigDict, FrozenConfigDict
