CRITICAL = 50
FATAL = 50
ERROR = 40
WARNING = 30
WARN = 30
INFO = 20
DEBUG = 10
NOTSET = 0


class Logger:
    def __init__(self, name="root", level=0):
        self.name = name
        self.level = level
        self.handlers = []
        self.propagate = True
        self.disabled = False

    def _quiet(self, *args, **kwargs):
        return None

    debug = _quiet
    info = _quiet
    warning = _quiet
    warn = _quiet
    error = _quiet
    exception = _quiet
    critical = _quiet
    log = _quiet
    addHandler = _quiet
    removeHandler = _quiet
    addFilter = _quiet
    warning_once = _quiet
    info_once = _quiet
    warning_advice = _quiet

    def setLevel(self, level):
        self.level = globals().get(level, 0) if isinstance(level, str) else level

    def isEnabledFor(self, level):
        return False

    def getEffectiveLevel(self):
        return WARNING

    def hasHandlers(self):
        return False

    def getChild(self, suffix):
        return self


class Handler(Logger):
    pass


class StreamHandler(Handler):
    pass


class FileHandler(Handler):
    pass


class NullHandler(Handler):
    pass


class Formatter:
    def __init__(self, *args, **kwargs):
        pass


class Filter:
    pass


class LoggerAdapter(Logger):
    def __init__(self, logger=None, extra=None):
        super().__init__()


root = Logger()


def getLogger(name=None):
    return Logger(name)


def basicConfig(**kwargs):
    return None


def captureWarnings(capture):
    return None


def _quiet(*args, **kwargs):
    return None


debug = _quiet
info = _quiet
warning = _quiet
warn = _quiet
error = _quiet
exception = _quiet
critical = _quiet
log = _quiet
disable = _quiet
