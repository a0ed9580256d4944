from . import DropPath, drop_path
