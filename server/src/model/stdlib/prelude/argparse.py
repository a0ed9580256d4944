"""Parsers of command lines. Unless it sets them itself, a program is taken to be started without arguments: every option has its default."""
import sys

from _ecocompute import assume
from _ecocompute_std import unknown

SUPPRESS = "==SUPPRESS=="
OPTIONAL = "?"
ZERO_OR_MORE = "*"
ONE_OR_MORE = "+"
PARSER = "A..."
REMAINDER = "..."


class ArgumentError(Exception):
    pass


class ArgumentTypeError(Exception):
    pass


class HelpFormatter:
    def __init__(self, *args, **kwargs):
        pass


class FileType:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, name):
        return open(name)


ArgumentDefaultsHelpFormatter = RawTextHelpFormatter = RawDescriptionHelpFormatter = HelpFormatter
MetavarTypeHelpFormatter = HelpFormatter


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def _get_kwargs(self):
        return list(self.__dict__.items())

    def _get_args(self):
        return []

    def __contains__(self, name):
        return name in self.__dict__

    def __eq__(self, other):
        return self.__dict__ == other.__dict__ if isinstance(other, Namespace) else NotImplemented

    def __repr__(self):
        return "Namespace(" + ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items()) + ")"


class Action:
    def __init__(
        self,
        option_strings,
        dest,
        nargs=None,
        const=None,
        default=None,
        type=None,
        choices=None,
        required=False,
        help=None,
        metavar=None,
        **kwargs,
    ):
        self.option_strings = option_strings
        self.dest = dest
        self.nargs = nargs
        self.const = const
        self.default = default
        self.type = type
        self.choices = choices
        self.required = required
        self.help = help
        self.metavar = metavar
        self.container = None

    def __call__(self, parser, namespace, values, option_string=None):
        raise NotImplementedError(".__call__() not defined")


class _StoreAction(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values)


class _StoreConstAction(Action):
    def __init__(self, option_strings, dest, const=None, default=None, required=False, help=None, **kwargs):
        super().__init__(option_strings, dest, nargs=0, const=const, default=default, required=required, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, self.const)


class _StoreTrueAction(_StoreConstAction):
    def __init__(self, option_strings, dest, default=False, required=False, help=None, **kwargs):
        super().__init__(option_strings, dest, const=True, default=default, required=required, help=help)


class _StoreFalseAction(_StoreConstAction):
    def __init__(self, option_strings, dest, default=True, required=False, help=None, **kwargs):
        super().__init__(option_strings, dest, const=False, default=default, required=required, help=help)


class _AppendAction(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, list(getattr(namespace, self.dest, None) or []) + [values])


class _AppendConstAction(_StoreConstAction):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, list(getattr(namespace, self.dest, None) or []) + [self.const])


class _ExtendAction(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, list(getattr(namespace, self.dest, None) or []) + list(values))


class _CountAction(_StoreConstAction):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (getattr(namespace, self.dest, None) or 0) + 1)


class _EndAction(_StoreConstAction):
    """`--help` and `--version` print and end the program."""

    def __init__(self, option_strings, dest=SUPPRESS, default=SUPPRESS, help=None, **kwargs):
        super().__init__(option_strings, SUPPRESS, default=SUPPRESS, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        raise SystemExit(0)


class BooleanOptionalAction(Action):
    def __init__(self, option_strings, dest, default=None, type=None, choices=None, required=False, help=None, **kwargs):
        names = []
        for name in option_strings:
            names += [name, "--no-" + name[2:]] if name.startswith("--") else [name]
        super().__init__(names, dest, nargs=0, default=default, required=required, help=help)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, not option_string.startswith("--no-"))


class _SubParsersAction(Action):
    def __init__(self, option_strings, dest=SUPPRESS, required=False, parser_class=None, help=None, **kwargs):
        self._parser_class = parser_class
        self._name_parser_map = {}
        super().__init__(option_strings, dest, nargs=PARSER, choices=self._name_parser_map, required=required, help=help)

    def add_parser(self, name, aliases=(), help=None, deprecated=False, **kwargs):
        made = self._parser_class(**kwargs)
        for each in [name, *aliases]:
            self._name_parser_map[each] = made
        return made

    def __call__(self, parser, namespace, values, option_string=None):
        name, rest = values[0], values[1:]
        if self.dest != SUPPRESS:
            setattr(namespace, self.dest, name)
        if name not in self._name_parser_map:
            parser.error("invalid choice: " + repr(name))
        own, left = self._name_parser_map[name].parse_known_args(rest, None)
        for key, value in own.__dict__.items():
            setattr(namespace, key, value)
        if left:
            parser.error("unrecognized arguments: " + " ".join(left))


_actions = {
    None: _StoreAction,
    "store": _StoreAction,
    "store_const": _StoreConstAction,
    "store_true": _StoreTrueAction,
    "store_false": _StoreFalseAction,
    "append": _AppendAction,
    "append_const": _AppendConstAction,
    "extend": _ExtendAction,
    "count": _CountAction,
    "help": _EndAction,
    "version": _EndAction,
}


class _ArgumentGroup:
    """Options under a title: they belong to the parser."""

    def __init__(self, parser, title=None, description=None):
        self._parser = parser
        self.title = title
        self.description = description
        self._group_actions = []

    def add_argument(self, *names, **options):
        made = self._parser.add_argument(*names, **options)
        made.container = self
        self._group_actions.append(made)
        return made

    def add_argument_group(self, *args, **kwargs):
        return self._parser.add_argument_group(*args, **kwargs)

    def add_mutually_exclusive_group(self, **kwargs):
        return _ArgumentGroup(self._parser)

    def set_defaults(self, **kwargs):
        self._parser.set_defaults(**kwargs)


def _is_number(text):
    body = text[1:]
    return body.replace(".", "", 1).isdigit()


class ArgumentParser:
    def __init__(
        self,
        prog=None,
        usage=None,
        description=None,
        epilog=None,
        parents=(),
        formatter_class=HelpFormatter,
        prefix_chars="-",
        fromfile_prefix_chars=None,
        argument_default=None,
        conflict_handler="error",
        add_help=True,
        allow_abbrev=True,
        **kwargs,
    ):
        self.prog = prog
        self.usage = usage
        self.description = description
        self.epilog = epilog
        self.argument_default = argument_default
        self.allow_abbrev = allow_abbrev
        self._actions = []
        self._action_groups = []
        self._defaults = {}
        self._option_string_actions = {}
        if add_help:
            self.add_argument("-h", "--help", action="help", default=SUPPRESS)
        for parent in parents:
            for each in parent._actions:
                self._add_action(each)
            self._defaults.update(parent._defaults)

    def register(self, registry_name, value, object):
        return unknown("`ArgumentParser.register`")

    def _add_action(self, action):
        self._actions.append(action)
        for name in action.option_strings:
            self._option_string_actions[name] = action
        return action

    def add_argument(self, *names, **options):
        kind = options.pop("action", None)
        if len(names) == 0 or not names[0].startswith("-"):
            dest = names[0] if names else options.pop("dest")
            strings = []
            nargs = options.get("nargs")
            options["required"] = nargs != "?" and (nargs not in ("*", REMAINDER) or "default" not in options)
        else:
            strings = list(names)
            dest = options.pop("dest", None)
            if dest is None:
                long = [name for name in strings if name.startswith("--")]
                dest = (long or strings)[0].lstrip("-").replace("-", "_")
        if "default" not in options and self.argument_default is not None:
            options["default"] = self.argument_default
        if dest in self._defaults:
            options["default"] = self._defaults[dest]
        cls = _actions.get(kind, kind)
        made = cls(option_strings=strings, dest=dest, **options)
        made.container = self
        return self._add_action(made)

    def add_argument_group(self, *args, **kwargs):
        made = _ArgumentGroup(self, *args[:2], **{k: v for k, v in kwargs.items() if k in ("title", "description")})
        self._action_groups.append(made)
        return made

    def add_mutually_exclusive_group(self, required=False):
        return _ArgumentGroup(self)

    def add_subparsers(self, title=None, description=None, prog=None, parser_class=None, dest=SUPPRESS, **kwargs):
        kwargs.pop("action", None)
        made = _SubParsersAction([], dest, parser_class=parser_class or type(self), required=kwargs.get("required", False))
        return self._add_action(made)

    def set_defaults(self, **kwargs):
        self._defaults.update(kwargs)
        for action in self._actions:
            if action.dest in kwargs:
                action.default = kwargs[action.dest]

    def get_default(self, dest):
        for action in self._actions:
            if action.dest == dest and action.default is not None:
                return action.default
        return self._defaults.get(dest)

    def parse_args(self, args=None, namespace=None):
        made, rest = self.parse_known_args(args, namespace)
        if rest:
            self.error("unrecognized arguments: " + " ".join(rest))
        return made

    def parse_known_args(self, args=None, namespace=None):
        if args is None:
            args = sys.argv[1:]
        if not args:
            assume("arguments of the command line are taken to have their defaults")
        made = Namespace() if namespace is None else namespace
        for action in self._actions:
            if action.dest != SUPPRESS and action.default != SUPPRESS and not hasattr(made, action.dest):
                setattr(made, action.dest, action.default)
        for dest, value in self._defaults.items():
            if not hasattr(made, dest):
                setattr(made, dest, value)
        seen, rest = self._consume(list(args), made)
        for action in self._actions:
            if action in seen:
                continue
            if isinstance(action.default, str) and getattr(made, action.dest, None) == action.default:
                setattr(made, action.dest, self._value(action, action.default))
            elif not action.required or action.dest == SUPPRESS:
                continue
            elif action.nargs in ("*", REMAINDER):
                setattr(made, action.dest, [])
            elif args:
                self.error("the following arguments are required: " + action.dest)
            else:
                setattr(made, action.dest, unknown("`" + action.dest + "` of the command line"))
        return made, rest

    parse_intermixed_args = parse_args
    parse_known_intermixed_args = parse_known_args

    def _is_option(self, text):
        if not isinstance(text, str) or not text.startswith("-") or text == "-":
            return False
        if self._option_of(text)[0] is not None:
            return True
        return not _is_number(text) and " " not in text

    def _option_of(self, text):
        """The action that an argument names, how it is named, and the value behind `=`."""
        if text in self._option_string_actions:
            return self._option_string_actions[text], text, None
        name, equals, value = text.partition("=")
        if equals and name in self._option_string_actions:
            return self._option_string_actions[name], name, value
        if text.startswith("--") and self.allow_abbrev:
            found = [each for each in self._option_string_actions if each.startswith(name)]
            if len(found) == 1:
                return self._option_string_actions[found[0]], found[0], value if equals else None
        if not text.startswith("--") and text[:2] in self._option_string_actions:
            return self._option_string_actions[text[:2]], text[:2], text[2:]
        return None, text, None

    def _consume(self, words, made):
        seen, rest, at, only = [], [], 0, False
        places = [each for each in self._actions if not each.option_strings]
        while at < len(words):
            word = words[at]
            if not only and word == "--":
                only = True
                at += 1
            elif not only and self._is_option(word):
                action, name, value = self._option_of(word)
                at += 1
                if action is None:
                    rest.append(word)
                    continue
                if value is not None and action.nargs == 0 and not name.startswith("--"):
                    words.insert(at, "-" + value)
                    value = ""
                taken = [] if value is None or action.nargs == 0 else [value]
                if value is None:
                    taken = self._taken(action, words[at:])
                    at += len(taken)
                if action not in seen:
                    seen.append(action)
                action(self, made, self._values(action, taken), name)
            elif places:
                action = places.pop(0)
                run = len(words) - at
                if not only and action.nargs not in (PARSER, REMAINDER):
                    run = [self._is_option(each) for each in words[at:] + ["--help"]]
                    run = (run if True in run else run + [True]).index(True)
                    run = min(run, len(words) - at)
                most = run - len([each for each in places if each.nargs not in ("?", "*")])
                taken = self._taken(action, words[at : at + max(most, 1)], True)
                at += len(taken)
                seen.append(action)
                action(self, made, self._values(action, taken), None)
                only = only or (len(places) > 0 and places[0].nargs == REMAINDER)
            else:
                rest.append(word)
                at += 1
        return seen, rest

    def _taken(self, action, words, is_place=False):
        if action.nargs in (PARSER, REMAINDER):
            return words
        count = 0
        while count < len(words) and (is_place or not (self._is_option(words[count]) or words[count] == "--")):
            count += 1
        nargs = 1 if action.nargs is None else action.nargs
        least, most = {"?": (0, 1), "*": (0, count), "+": (1, count)}.get(nargs, (nargs, nargs))
        if count < least:
            self.error("argument " + "/".join(action.option_strings) + ": expected " + str(least) + " argument")
        return words[: min(most, count)]

    def _value(self, action, text):
        if action.type is None or not isinstance(text, str):
            value = text
        else:
            try:
                value = action.type(text)
            except (ValueError, TypeError, ArgumentTypeError) as error:
                self.error("argument " + action.dest + ": invalid value: " + repr(text))
        return value

    def _values(self, action, words):
        if action.nargs == 0 or action.nargs in (PARSER, REMAINDER):
            return words
        found = [self._value(action, each) for each in words]
        if action.choices is not None:
            for each in found:
                if each not in action.choices:
                    self.error("argument " + action.dest + ": invalid choice: " + repr(each))
        if action.nargs is None:
            return found[0]
        if action.nargs == "?":
            return found[0] if found else (action.const if action.option_strings else action.default)
        if action.nargs == "*" and not found and not action.option_strings and action.default is not None:
            return action.default
        return found

    def format_help(self):
        return unknown("what a program says of its command line")

    format_usage = format_help

    def print_help(self, file=None):
        return None

    print_usage = print_help

    def exit(self, status=0, message=None):
        raise SystemExit(status)

    def error(self, message):
        raise SystemExit(2)


def __getattr__(name):
    return unknown("`argparse." + name + "` is not interpreted")
