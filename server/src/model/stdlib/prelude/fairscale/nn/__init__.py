from fairscale.nn import model_parallel
