"""Settings in INI files. What stands in a file that cannot be seen is unknown, which sections it has included."""
import re
from _ecocompute_std import is_known
from _config_interpolation import *

DEFAULTSECT = "DEFAULT"
_missing = object()
_boolean = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}


class SectionProxy:
    def __init__(self, parser, name):
        self._parser, self._name = parser, name

    @property
    def name(self):
        return self._name

    @property
    def parser(self):
        return self._parser

    def __getitem__(self, key):
        if not self._parser._is_open and not self._parser.has_option(self._name, key):
            raise KeyError(key)
        return self._parser.get(self._name, key)

    def __setitem__(self, key, value):
        self._parser.set(self._name, key, value)

    def __delitem__(self, key):
        if not self._parser.remove_option(self._name, key):
            raise KeyError(key)

    def __contains__(self, key):
        return self._parser.has_option(self._name, key)

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self._parser._seen(self._name))

    def __repr__(self):
        return "<Section: " + self._name + ">"

    def keys(self):
        return self._parser._names(self._name)

    def items(self):
        return [(key, self[key]) for key in self.keys()]

    def values(self):
        return [self[key] for key in self.keys()]

    def get(self, option, fallback=None, **kwargs):
        return self._parser.get(self._name, option, fallback=fallback, **kwargs)

    def getint(self, option, fallback=None, **kwargs):
        return self._parser.getint(self._name, option, fallback=fallback, **kwargs)

    def getfloat(self, option, fallback=None, **kwargs):
        return self._parser.getfloat(self._name, option, fallback=fallback, **kwargs)

    def getboolean(self, option, fallback=None, **kwargs):
        return self._parser.getboolean(self._name, option, fallback=fallback, **kwargs)


class RawConfigParser:
    BOOLEAN_STATES = _boolean
    _default_interpolation = Interpolation()

    def __init__(
        self,
        defaults=None,
        dict_type=dict,
        allow_no_value=False,
        *,
        delimiters=("=", ":"),
        comment_prefixes=("#", ";"),
        inline_comment_prefixes=None,
        strict=True,
        empty_lines_in_values=True,
        default_section=DEFAULTSECT,
        interpolation=_missing,
        converters={},
        allow_unnamed_section=False,
    ):
        self._delimiters, self._comments = tuple(delimiters), tuple(comment_prefixes)
        self._inline, self._no_value = tuple(inline_comment_prefixes or ()), allow_no_value
        self._blank_lines, self.default_section = empty_lines_in_values, default_section
        self._interpolation = self._default_interpolation if interpolation is _missing else interpolation or Interpolation()
        self._converters = dict(converters)
        self._defaults, self._sections = {}, {}
        self._is_open, self._unseen = False, None
        for key, value in (defaults or {}).items():
            self._defaults[self.optionxform(key)] = value

    def __getattr__(self, name):
        convert = self._converters.get(name[3:]) if name.startswith("get") else None
        if convert is None:
            raise AttributeError(name)
        return lambda section, option, fallback=_missing, **kwargs: self._as(convert, section, option, fallback)

    def optionxform(self, option):
        return option.lower()

    def defaults(self):
        return self._defaults

    def sections(self):
        return self._unseen if self._is_open else list(self._sections)

    def add_section(self, section):
        if section in self._sections:
            raise DuplicateSectionError(section)
        self._sections[section] = {}

    def has_section(self, section):
        return section in self._sections or self._otherwise(False)

    def _otherwise(self, answer):
        """What is said of a name that was not seen."""
        return self._unseen if self._is_open else answer

    def options(self, section):
        if not self._is_open and section not in self._sections:
            raise NoSectionError(section)
        return self._otherwise(self._names(section))

    def has_option(self, section, option):
        if self._is_foreign(section):
            return False
        return self.optionxform(option) in self._seen(section) or self._otherwise(False)

    def _is_foreign(self, section):
        missing = section and section != self.default_section and section not in self._sections
        return bool(missing) and not self._is_open

    def read(self, filenames, encoding=None):
        names = [filenames] if isinstance(filenames, (str, bytes)) or hasattr(filenames, "__fspath__") else filenames
        found = []
        for name in names:
            try:
                with open(name, encoding=encoding) as file:
                    text = file.read()
            except OSError:
                continue
            found.append(name)
            if is_known(text):
                self.read_string(text)
            else:
                self._is_open, self._unseen = True, text
        return found

    def read_file(self, f, source=None):
        self.read_string(f.read() if hasattr(f, "read") else "\n".join([line.rstrip("\n") for line in f]))

    readfp = read_file

    def read_dict(self, dictionary, source="<dict>"):
        for section, options in dictionary.items():
            into = self._into(section)
            for key, value in options.items():
                into[self.optionxform(str(key))] = value if value is None else str(value)

    def read_string(self, string, source="<string>"):
        into, key, indent = None, None, 0
        for line in string.splitlines():
            text = self._without_comment(line)
            depth = len(line) - len(line.lstrip())
            if not text:
                if self._blank_lines and key is not None and into[key] is not None and not line.strip():
                    into[key] += "\n"
            elif key is not None and depth > indent and into[key] is not None:
                into[key] += "\n" + text
            elif text.startswith("[") and "]" in text:
                into, key = self._into(text[1 : text.rindex("]")]), None
            elif into is None:
                raise MissingSectionHeaderError("File contains no section headers.")
            else:
                key, indent = self._option(into, text), depth
        for options in [self._defaults, *self._sections.values()]:
            for key, value in options.items():
                if value is not None:
                    options[key] = value.rstrip()

    def _without_comment(self, line):
        text = line.strip()
        if text.startswith(self._comments):
            return ""
        for prefix in self._inline:
            at = re.search(r"(^|\s)" + re.escape(prefix), text)
            if at:
                text = text[: at.start()].rstrip()
        return text

    def _option(self, into, text):
        places = [text.index(mark) for mark in self._delimiters if mark in text]
        if not places and not self._no_value:
            raise ParsingError("Source contains parsing errors: " + repr(text))
        at = min(places) if places else len(text)
        key = self.optionxform(text[:at].rstrip())
        into[key] = text[at + 1 :].strip() if places else None
        return key

    def _into(self, section):
        if section == self.default_section:
            return self._defaults
        return self._sections.setdefault(section, {})

    def _seen(self, section):
        """Options of a section over those of all."""
        if self._is_foreign(section):
            raise NoSectionError(section)
        return {**self._defaults, **self._sections.get(section, {})}

    def _names(self, section):
        return list({**self._sections.get(section, {}), **self._defaults})

    def _read_value(self, section, text, depth=0):
        if not isinstance(text, str):
            return text
        if depth > MAX_INTERPOLATION_DEPTH:
            raise InterpolationError("Recursion limit exceeded in value substitution")
        return self._interpolation.value(self, section, text, depth)

    def get(self, section, option, *, raw=False, vars=None, fallback=_missing):
        key = self.optionxform(option)
        if vars and key in vars:
            return vars[key]
        try:
            options = self._seen(section)
        except NoSectionError:
            if fallback is _missing:
                raise
            return fallback
        if key not in options and self._is_open:
            return self._unseen
        if key not in options:
            if fallback is _missing:
                raise NoOptionError(option, section)
            return fallback
        return options[key] if raw else self._read_value(section, options[key])

    def _as(self, convert, section, option, fallback):
        if fallback is not _missing and not self._is_open and not self.has_option(section, option):
            return fallback
        return convert(self.get(section, option))

    def getint(self, section, option, *, raw=False, vars=None, fallback=_missing):
        return self._as(int, section, option, fallback)

    def getfloat(self, section, option, *, raw=False, vars=None, fallback=_missing):
        return self._as(float, section, option, fallback)

    def getboolean(self, section, option, *, raw=False, vars=None, fallback=_missing):
        return self._as(self._convert_to_boolean, section, option, fallback)

    def _convert_to_boolean(self, value):
        if not is_known(value):
            return value
        if value.lower() not in self.BOOLEAN_STATES:
            raise ValueError("Not a boolean: " + value)
        return self.BOOLEAN_STATES[value.lower()]

    def items(self, section=_missing, raw=False, vars=None):
        if section is _missing:
            return [(name, self[name]) for name in self]
        return [(key, text if raw else self._read_value(section, text)) for key, text in self._seen(section).items()]

    def set(self, section, option, value=None):
        if self._is_foreign(section):
            raise NoSectionError(section)
        self._into(section or self.default_section)[self.optionxform(option)] = value

    def remove_option(self, section, option):
        return self._into(section).pop(self.optionxform(option), _missing) is not _missing

    def remove_section(self, section):
        return self._sections.pop(section, _missing) is not _missing

    def write(self, fp, space_around_delimiters=True):
        return None

    def __getitem__(self, key):
        if key != self.default_section and self._is_foreign(key):
            raise KeyError(key)
        return SectionProxy(self, key)

    def __setitem__(self, key, value):
        self._into(key).clear()
        self.read_dict({key: value})

    def __delitem__(self, key):
        if not self.remove_section(key):
            raise KeyError(key)

    def __contains__(self, key):
        return key == self.default_section or key in self._sections

    def __len__(self):
        return len(self._sections) + 1

    def __iter__(self):
        return iter([self.default_section, *self._sections])

    def keys(self):
        return list(self)

    def values(self):
        return [self[name] for name in self]


class ConfigParser(RawConfigParser):
    _default_interpolation = BasicInterpolation()


SafeConfigParser = ConfigParser
