"""Model-parallel layers as one process that holds the whole model runs them."""
