def initialize_model_parallel(model_parallel_size_=1, pipeline_length=1, **kwargs):
    return None


def model_parallel_is_initialized():
    return True


def get_model_parallel_world_size():
    return 1


def get_model_parallel_rank():
    return 0


def get_data_parallel_world_size():
    return 1


def get_data_parallel_rank():
    return 0
