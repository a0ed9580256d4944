from _ecocompute_std import plain_unknown


def _now(*args):
    return plain_unknown("the time")


time = _now
perf_counter = _now
monotonic = _now
process_time = _now
time_ns = _now
strftime = _now


def sleep(seconds):
    return None
