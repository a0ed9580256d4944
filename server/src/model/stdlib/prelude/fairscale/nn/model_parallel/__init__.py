from fairscale.nn.model_parallel import initialize, layers
