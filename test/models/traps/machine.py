"""What the standard library says of the machine and the time: it holds no weights, until the code builds from it."""
import datetime
import hashlib
import platform
import queue
import struct
import tempfile
import threading

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.fc = nn.Linear(8, width)

    def forward(self, x):
        return self.fc(x)


def told_and_kept():
    class Logged(Net):
        def __init__(self):
            super().__init__()
            self.started = datetime.datetime.now()
            self.key = hashlib.md5(self.started.isoformat().encode()).hexdigest()
            self.lock = threading.Lock()
            self.folder = tempfile.gettempdir()
            self.head = struct.pack("i", 3)
            self.calls = {"system": platform.system(), "done": threading.Event()}

        def forward(self, x):
            with self.lock:
                y = super().forward(x)
            with tempfile.TemporaryDirectory() as folder:
                self.folder = folder
            self.took = datetime.datetime.now() - self.started
            return y

    return Logged()


def width_of_the_clock():
    return Net(4 + datetime.datetime.now().year // 1000)


def depth_of_the_system():
    return nn.Sequential(*[nn.Linear(8, 8) for _ in range(2 if platform.system() == "Linux" else 1)])


def built_in_a_thread():
    net = Net()
    thread = threading.Thread(target=lambda: setattr(net, "more", nn.Linear(8, 8)))
    thread.start()
    thread.join()
    return net


def kept_by_a_queue():
    class Late(Net):
        def __init__(self):
            super().__init__()
            made = queue.Queue()
            made.put(lambda: nn.Linear(8, 8))
            self.more = made.get()()

    return Late()


def kept_by_a_thread():
    class Late(Net):
        def __init__(self):
            super().__init__()
            held = threading.local()
            held.make = lambda: nn.Linear(8, 8)
            self.more = held.make()

    return Late()


def x():
    return [torch.zeros(2, 8)]


MODELS = {
    f.__name__ + "()": (f, x)
    for f in (
        told_and_kept,
        width_of_the_clock,
        depth_of_the_system,
        built_in_a_thread,
        kept_by_a_queue,
        kept_by_a_thread,
    )
}
READS_VALUES = True
