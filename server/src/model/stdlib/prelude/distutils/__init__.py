from . import util, version
