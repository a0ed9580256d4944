from timm.layers import DropPath, drop_path
