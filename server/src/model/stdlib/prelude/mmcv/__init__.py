"""Of mmcv: bases, decorators and registries; layers that it builds by name are not known."""
from . import cnn, runner, utils
