class _GeneratorContext:
    def __init__(self, steps, again):
        self._steps = steps
        self._again = again

    def __enter__(self):
        return next(self._steps)

    def __exit__(self, exc_type, exc, traceback):
        if exc_type is None:
            next(self._steps, None)
            return False
        try:
            self._steps.throw(exc)
        except StopIteration:
            return True
        except BaseException as error:
            if error is exc:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")

    def __call__(self, func):
        def wrapper(*args, **kwargs):
            with self._again():
                return func(*args, **kwargs)

        return wrapper


def contextmanager(func):
    def helper(*args, **kwargs):
        return _GeneratorContext(func(*args, **kwargs), lambda: helper(*args, **kwargs))

    return helper


asynccontextmanager = contextmanager


class nullcontext:
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    def __exit__(self, *args):
        return None


class suppress:
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        return None

    def __exit__(self, exc_type, exc, traceback):
        return exc_type is not None and isinstance(exc, self._exceptions)


class closing:
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *args):
        self.thing.close()
        return None


class ExitStack:
    def __init__(self):
        self._open = []

    def enter_context(self, manager):
        entered = manager.__enter__()
        self._open.append(manager)
        return entered

    def push(self, manager):
        self._open.append(manager)
        return manager

    def callback(self, fn, *args, **kwargs):
        self._open.append(_Callback(lambda: fn(*args, **kwargs)))
        return fn

    def pop_all(self):
        other = ExitStack()
        other._open, self._open = self._open, []
        return other

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc, traceback):
        swallowed = False
        while self._open:
            manager = self._open.pop()
            if manager.__exit__(exc_type, exc, traceback) and exc_type is not None:
                swallowed, exc_type, exc, traceback = True, None, None, None
        return swallowed

    def close(self):
        self.__exit__(None, None, None)


class _Callback:
    def __init__(self, fn):
        self._fn = fn

    def __exit__(self, *args):
        self._fn()
        return False


class ContextDecorator:
    def __call__(self, func):
        def wrapper(*args, **kwargs):
            with self:
                return func(*args, **kwargs)

        return wrapper


class AbstractContextManager:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


AbstractAsyncContextManager = AbstractContextManager
AsyncExitStack = ExitStack


class chdir(nullcontext):
    pass


class redirect_stdout(nullcontext):
    pass


class redirect_stderr(nullcontext):
    pass
