from _ecocompute_std import unknown


def _now(*args):
    return unknown("the time")


time = _now
perf_counter = _now
monotonic = _now
process_time = _now
time_ns = _now
strftime = _now


def sleep(seconds):
    return None
