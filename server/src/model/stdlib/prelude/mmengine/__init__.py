"""Of mmengine: bases and registries."""
from . import model, registry
