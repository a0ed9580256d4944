def is_available():
    return True


def is_initialized():
    return False


def is_torchelastic_launched():
    return False


def get_rank(group=None):
    return 0


def get_world_size(group=None):
    return 1


def get_local_rank(group=None):
    return 0


def barrier(*args, **kwargs):
    return None


def init_process_group(*args, **kwargs):
    return None


def destroy_process_group(*args, **kwargs):
    return None


def all_reduce(tensor, *args, **kwargs):
    return None


def broadcast(tensor, *args, **kwargs):
    return None


def reduce(tensor, *args, **kwargs):
    return None


def all_gather(tensor_list, tensor, *args, **kwargs):
    for each in tensor_list:
        each.copy_(tensor)


def broadcast_object_list(object_list, *args, **kwargs):
    return None


def new_group(*args, **kwargs):
    return ProcessGroup()


def get_backend(group=None):
    return "gloo"


def is_nccl_available():
    return False


def is_mpi_available():
    return False


class ReduceOp:
    SUM = "sum"
    PRODUCT = "product"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    BAND = "band"
    BOR = "bor"


class ProcessGroup:
    pass
