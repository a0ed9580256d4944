"""Writes what CPython does into the fixtures under test/python.

Run from the repository root:  python3 server/tools/record-python.py [FILE ...]

Statements in a block fenced by ```setup run before each expression of the file. In a block fenced by ```expressions, a line is an expression and the indented line below it what its value looks like
(`repr`), or `!` and the exception. A block fenced by ```program is a module, and the block ```prints after it what it prints, its function `main` included; ```prints by hand is left alone.
An expectation that starts with "by hand:" is left alone: `by hand: unknown` is for what the engine does not follow.
"""

import contextlib
import glob
import io
import sys
import warnings

warnings.simplefilter("ignore")


def value_of(expression, setup):
    names = {"__name__": "__main__"}
    exec(setup, names)
    try:
        return repr(eval(expression, names))
    except Exception as error:
        return f"!{type(error).__name__}: {error}"


def printed_by(program):
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            names = {"__name__": "__main__", "__builtins__": __builtins__}
            exec(compile(program, "<program>", "exec"), names)
            if "main" in names:
                names["main"]()
    except BaseException as error:
        out.write(f"!{type(error).__name__}: {error}")
    return out.getvalue().rstrip("\n")


def rewrite(path):
    out, inside, program, setup, count = [], None, [], [], 0
    for line in open(path).read().split("\n"):
        if line.startswith("```"):
            if inside == "program" and line == "```":
                count += 1
            inside = line[3:] if inside is None else None
            if inside == "program":
                program = []
            out.append(line)
            if inside == "prints":
                out.append(printed_by("\n".join(program)))
        elif inside == "program":
            program.append(line)
            out.append(line)
        elif inside == "setup":
            setup.append(line)
            out.append(line)
        elif inside == "expressions":
            if line.startswith("    "):
                if line.strip().startswith("by hand:"):
                    out[-1] = line
                continue
            out.append(line)
            if line.strip():
                out.append("    " + value_of(line, "\n".join(setup)))
                count += 1
        elif inside != "prints":
            out.append(line)
    open(path, "w").write("\n".join(out))
    return count


for path in sys.argv[1:] or sorted(glob.glob("test/python/*.md")):
    print(path, rewrite(path))
