"""What goes wrong with settings in INI files, and how one option names another."""
import re

MAX_INTERPOLATION_DEPTH = 10


class Error(Exception):
    def __init__(self, message=""):
        self.message = message
        super().__init__(message)


class NoSectionError(Error):
    def __init__(self, section):
        super().__init__("No section: " + repr(section))
        self.section = section


class NoOptionError(Error):
    def __init__(self, option, section):
        super().__init__("No option " + repr(option) + " in section: " + repr(section))
        self.option, self.section = option, section


class DuplicateSectionError(Error):
    def __init__(self, section, source=None, lineno=None):
        super().__init__("Section " + repr(section) + " already exists")
        self.section = section


class InterpolationError(Error):
    pass


class InterpolationMissingOptionError(InterpolationError):
    pass


class ParsingError(Error):
    pass


class MissingSectionHeaderError(ParsingError):
    pass


class Interpolation:
    def value(self, parser, section, text, depth):
        return text


class BasicInterpolation(Interpolation):
    """`%(name)s` is another option of the section; `%%` is a percent sign."""

    def value(self, parser, section, text, depth):
        def other(found):
            if found.group(0) == "%%":
                return "%"
            name = parser.optionxform(found.group(1))
            options = parser._seen(section)
            if name not in options:
                raise InterpolationMissingOptionError("Bad value substitution: option " + repr(name))
            return parser._read_value(section, options[name], depth + 1)

        return re.sub(r"%%|%\(([^)]+)\)s", other, text)


class ExtendedInterpolation(Interpolation):
    """`${name}` and `${section:name}`; `$$` is a dollar sign."""

    def value(self, parser, section, text, depth):
        def other(found):
            if found.group(0) == "$$":
                return "$"
            where, colon, name = found.group(1).rpartition(":")
            where, name = (where if colon else section), parser.optionxform(name)
            options = parser._seen(where)
            if name not in options:
                raise InterpolationMissingOptionError("Bad value substitution: option " + repr(name))
            return parser._read_value(where, options[name], depth + 1)

        return re.sub(r"\$\$|\$\{([^}]+)\}", other, text)


class LegacyInterpolation(BasicInterpolation):
    pass
