"""The command line as it is without arguments: every option has its default."""
from _ecocompute import assume
from _ecocompute_std import unknown

SUPPRESS = "==SUPPRESS=="
OPTIONAL = "?"
ZERO_OR_MORE = "*"
ONE_OR_MORE = "+"
REMAINDER = "..."


class ArgumentError(Exception):
    pass


class ArgumentTypeError(Exception):
    pass


class HelpFormatter:
    pass


class Action:
    pass


class BooleanOptionalAction(Action):
    pass


ArgumentDefaultsHelpFormatter = RawTextHelpFormatter = RawDescriptionHelpFormatter = HelpFormatter


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __contains__(self, name):
        return name in self.__dict__

    def __eq__(self, other):
        return self.__dict__ == other.__dict__ if isinstance(other, Namespace) else NotImplemented

    def __repr__(self):
        return "Namespace(" + ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items()) + ")"


class ArgumentParser:
    def __init__(self, *args, parents=(), **kwargs):
        self._values = {}
        for parent in parents:
            self._values.update(parent._values)

    def add_argument(self, *names, dest=None, action=None, nargs=None, required=False, **options):
        long = [name for name in names if name.startswith("--")]
        is_option = names[0].startswith("-")
        if dest is None:
            dest = (long or list(names))[0].lstrip("-").replace("-", "_")
        if action in ("help", "version"):
            return None
        value = None
        if "default" in options:
            value = options["default"]
            if isinstance(value, str) and "type" in options and value != SUPPRESS:
                value = options["type"](value)
        elif action == "store_true":
            value = False
        elif action == "store_false":
            value = True
        elif not is_option and nargs == "*":
            value = []
        elif required or (not is_option and nargs != "?"):
            value = unknown("`" + dest + "` of the command line")
        if value != SUPPRESS:
            self._values[dest] = value
        return None

    def add_argument_group(self, *args, **kwargs):
        return self

    def add_mutually_exclusive_group(self, *args, **kwargs):
        return self

    def add_subparsers(self, *args, **kwargs):
        return unknown("a command of the command line")

    def set_defaults(self, **kwargs):
        self._values.update(kwargs)

    def get_default(self, dest):
        return self._values.get(dest)

    def parse_args(self, args=None, namespace=None):
        if args:
            return unknown("arguments of a command line")
        assume("arguments of the command line are taken to have their defaults")
        made = Namespace() if namespace is None else namespace
        for name, value in self._values.items():
            if not hasattr(made, name):
                setattr(made, name, value)
        return made

    def parse_known_args(self, args=None, namespace=None):
        rest = unknown("arguments of a command line") if args else []
        return self.parse_args(args, namespace), rest

    def print_help(self, file=None):
        return None

    def print_usage(self, file=None):
        return None

    def format_help(self):
        return ""

    def error(self, message):
        raise SystemExit(2)


def __getattr__(name):
    return unknown("`argparse." + name + "` is not interpreted")
