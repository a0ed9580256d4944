"""Every function is an op; see `torch/ops`."""
