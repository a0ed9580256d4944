from . import common, nn
