"""CPython's own tree of Python files, in the neutral form that `dump-ast.ts` gives of ours.

Reads paths from standard input, one a line; writes one JSON object a line: `path`, `text`, `body`.
A file that CPython cannot read or parse gives an object without `body`.

A node is `[kind, start, end, field, ...]` with UTF-16 offsets in the file. Spans are -1 where the two
trees differ on purpose: parameters, decorated definitions, and everything in an f-string
(Python 3.11 places those wrongly itself). Semicolons that end a block are left out of its span.
Files with `\\N{...}` escapes are left out: we keep those as written.
"""

import ast
import json
import struct
import sys
import re
import warnings

warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)

OPERATORS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**",
    "MatMult": "@", "BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>",
    "USub": "-", "UAdd": "+", "Invert": "~", "Not": "not", "And": "and", "Or": "or",
    "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=",
    "Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in",
}


def operator(node):
    return OPERATORS[type(node).__name__]


def bits(value):
    try:
        return struct.pack(">d", float(value)).hex()
    except OverflowError:
        return struct.pack(">d", float("inf")).hex()


class Dumper:
    def __init__(self, text):
        self.lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
        self.ascii = [line.isascii() for line in self.lines]
        self.starts = []
        at = 0
        for line, plain in zip(self.lines, self.ascii):
            self.starts.append(at)
            at += len(line) if plain else len(line.encode("utf-16-le", "surrogatepass")) // 2
        self.quiet = 0

    def offset(self, line, column):
        index = line - 1
        if not self.ascii[index]:
            head = self.lines[index].encode("utf-8", "surrogatepass")[:column]
            column = len(head.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")) // 2
        return self.starts[index] + column

    def node(self, kind, node, *fields):
        if self.quiet or not hasattr(node, "lineno"):
            return [kind, -1, -1, *fields]
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno, node.end_col_offset)
        tail = self.lines[node.end_lineno - 1].encode("utf-8", "surrogatepass")[: node.end_col_offset]
        if tail.endswith(b";"):
            end -= len(tail) - len(tail.rstrip(b"; \t"))
        return [kind, start, end, *fields]

    def many(self, nodes):
        return [self.any(node) for node in nodes]

    def any(self, node):
        if node is None:
            return None
        return getattr(self, type(node).__name__)(node)

    # ---- expressions
    def Name(self, n):
        return self.node("Name", n, n.id)

    def Attribute(self, n):
        return self.node("Attribute", n, self.any(n.value), n.attr)

    def Subscript(self, n):
        return self.node("Subscript", n, self.any(n.value), self.any(n.slice))

    def Slice(self, n):
        return self.node("Slice", n, self.any(n.lower), self.any(n.upper), self.any(n.step))

    def keyword(self, n):
        return self.node("Keyword", n, n.arg, self.any(n.value))

    def Call(self, n):
        return self.node("Call", n, self.any(n.func), self.many(n.args), self.many(n.keywords))

    def Constant(self, n):
        value = n.value
        if value is None:
            return self.node("None", n)
        if value is Ellipsis:
            return self.node("Ellipsis", n)
        if isinstance(value, bool):
            return self.node("Bool", n, value)
        if isinstance(value, int):
            return self.node("Int", n, bits(value))
        if isinstance(value, float):
            return self.node("Float", n, bits(value))
        if isinstance(value, complex):
            return self.node("Imaginary", n, bits(value.imag))
        if isinstance(value, bytes):
            return self.node("Bytes", n, value.decode("latin-1"))
        return self.node("Str", n, value)

    def parts(self, nodes):
        found = []
        for node in nodes:
            part = self.any(node)
            if part[0] == "Str" and found and found[-1][0] == "Str":
                found[-1][3] += part[3]
            else:
                found.append(part)
        return found

    def JoinedStr(self, n):
        self.quiet += 1
        parts = self.parts(n.values)
        self.quiet -= 1
        if all(part[0] == "Str" for part in parts):
            return self.node("Str", n, "".join(part[3] for part in parts))
        return self.node("FString", n, parts)

    def FormattedValue(self, n):
        conversion = None if n.conversion == -1 else chr(n.conversion)
        spec = [] if n.format_spec is None else self.parts(n.format_spec.values)
        return self.node("FormattedValue", n, self.any(n.value), conversion, spec)

    def UnaryOp(self, n):
        return self.node("UnaryOp", n, operator(n.op), self.any(n.operand))

    def BinOp(self, n):
        return self.node("BinOp", n, self.any(n.left), operator(n.op), self.any(n.right))

    def BoolOp(self, n):
        return self.node("BoolOp", n, operator(n.op), self.many(n.values))

    def Compare(self, n):
        return self.node("Compare", n, self.any(n.left), [operator(op) for op in n.ops], self.many(n.comparators))

    def IfExp(self, n):
        return self.node("IfExp", n, self.any(n.test), self.any(n.body), self.any(n.orelse))

    def Lambda(self, n):
        return self.node("Lambda", n, self.params(n.args), self.any(n.body))

    def Tuple(self, n):
        return self.node("Tuple", n, self.many(n.elts))

    def List(self, n):
        return self.node("List", n, self.many(n.elts))

    def Set(self, n):
        return self.node("Set", n, self.many(n.elts))

    def Dict(self, n):
        return self.node("Dict", n, [[self.any(k), self.any(v)] for k, v in zip(n.keys, n.values)])

    def comprehension(self, n):
        return self.node("Comprehension", n, self.any(n.target), self.any(n.iter), self.many(n.ifs), bool(n.is_async))

    def ListComp(self, n):
        return self.node(type(n).__name__, n, self.any(n.elt), self.many(n.generators))

    SetComp = GeneratorExp = ListComp

    def DictComp(self, n):
        return self.node("DictComp", n, self.any(n.key), self.any(n.value), self.many(n.generators))

    def Starred(self, n):
        return self.node("Starred", n, self.any(n.value))

    def Await(self, n):
        return self.node("Await", n, self.any(n.value))

    def Yield(self, n):
        return self.node("Yield", n, self.any(n.value))

    def YieldFrom(self, n):
        return self.node("YieldFrom", n, self.any(n.value))

    def NamedExpr(self, n):
        return self.node("NamedExpr", n, self.any(n.target), self.any(n.value))

    # ---- statements
    def Expr(self, n):
        return self.node("ExprStmt", n, self.any(n.value))

    def Assign(self, n):
        return self.node("Assign", n, self.many(n.targets), self.any(n.value))

    def AnnAssign(self, n):
        return self.node("AnnAssign", n, self.any(n.target), self.any(n.annotation), self.any(n.value))

    def AugAssign(self, n):
        return self.node("AugAssign", n, self.any(n.target), operator(n.op), self.any(n.value))

    def Return(self, n):
        return self.node("Return", n, self.any(n.value))

    def If(self, n):
        return self.node("If", n, self.any(n.test), self.many(n.body), self.many(n.orelse))

    def For(self, n, is_async=False):
        target = self.any(n.target)
        return self.node("For", n, target, self.any(n.iter), self.many(n.body), self.many(n.orelse), is_async)

    def AsyncFor(self, n):
        return self.For(n, True)

    def While(self, n):
        return self.node("While", n, self.any(n.test), self.many(n.body), self.many(n.orelse))

    def With(self, n, is_async=False):
        items = [[self.any(item.context_expr), self.any(item.optional_vars)] for item in n.items]
        return self.node("With", n, items, self.many(n.body), is_async)

    def AsyncWith(self, n):
        return self.With(n, True)

    def ExceptHandler(self, n):
        return self.node("ExceptHandler", n, self.any(n.type), n.name, self.many(n.body))

    def Try(self, n):
        handlers = self.many(n.handlers)
        return self.node("Try", n, self.many(n.body), handlers, self.many(n.orelse), self.many(n.finalbody))

    TryStar = Try

    def Raise(self, n):
        return self.node("Raise", n, self.any(n.exc), self.any(n.cause))

    def Assert(self, n):
        return self.node("Assert", n, self.any(n.test), self.any(n.msg))

    def alias(self, n):
        return self.node("Alias", n, n.name, n.asname)

    def Import(self, n):
        return self.node("Import", n, self.many(n.names))

    def ImportFrom(self, n):
        return self.node("ImportFrom", n, n.module or "", n.level, self.many(n.names))

    def params(self, a):
        plain = [*[(p, "positional-only") for p in a.posonlyargs], *[(p, "positional") for p in a.args]]
        defaults = [None] * (len(plain) - len(a.defaults)) + list(a.defaults)
        found = [self.param(p, mode, value) for (p, mode), value in zip(plain, defaults)]
        if a.vararg:
            found.append(self.param(a.vararg, "var-positional", None))
        found += [self.param(p, "keyword-only", value) for p, value in zip(a.kwonlyargs, a.kw_defaults)]
        if a.kwarg:
            found.append(self.param(a.kwarg, "var-keyword", None))
        return found

    def param(self, p, mode, default):
        return ["Param", -1, -1, p.arg, mode, self.any(p.annotation), self.any(default)]

    def definition(self, kind, n, *fields):
        dumped = self.node(kind, n, *fields)
        if n.decorator_list:
            dumped[1] = -1
        return dumped

    def FunctionDef(self, n, is_async=False):
        params = self.params(n.args)
        decorators = self.many(n.decorator_list)
        returns = self.any(n.returns)
        yields = has_yield(n.body)
        return self.definition(
            "FunctionDef", n, n.name, params, returns, self.many(n.body), decorators, is_async, yields
        )

    def AsyncFunctionDef(self, n):
        return self.FunctionDef(n, True)

    def ClassDef(self, n):
        bases = self.many(n.bases)
        keywords = self.many(n.keywords)
        return self.definition(
            "ClassDef", n, n.name, bases, keywords, self.many(n.body), self.many(n.decorator_list)
        )

    def Pass(self, n):
        return self.node(type(n).__name__, n)

    Break = Continue = Pass

    def Delete(self, n):
        return self.node("Delete", n, self.many(n.targets))

    def Global(self, n):
        return self.node(type(n).__name__, n, n.names)

    Nonlocal = Global

    def Match(self, n):
        return self.node("Match", n, self.any(n.subject), self.many(n.cases))

    def match_case(self, n):
        return self.node("MatchCase", n, self.any(n.pattern), self.any(n.guard), self.many(n.body))

    # ---- patterns
    def MatchValue(self, n):
        return self.node("MatchValue", n, self.any(n.value))

    def MatchSingleton(self, n):
        return self.node("MatchValue", n, self.Constant(ast.copy_location(ast.Constant(n.value), n)))

    def MatchAs(self, n):
        return self.node("MatchAs", n, self.any(n.pattern), n.name)

    def MatchOr(self, n):
        return self.node("MatchOr", n, self.many(n.patterns))

    def MatchSequence(self, n):
        return self.node("MatchSequence", n, self.many(n.patterns))

    def MatchStar(self, n):
        return self.node("MatchStar", n, n.name)

    def MatchMapping(self, n):
        return self.node("MatchMapping", n, self.many(n.keys), self.many(n.patterns), n.rest)

    def MatchClass(self, n):
        patterns = self.many(n.patterns)
        return self.node("MatchClass", n, self.any(n.cls), patterns, n.kwd_attrs, self.many(n.kwd_patterns))


def has_yield(body):
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))
    return False


def dump(path):
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8-sig")
        if "\\N{" in text:
            return {"path": path}
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {"path": path}
    return {"path": path, "text": text, "body": Dumper(text).many(tree.body)}


for line in sys.stdin:
    print(json.dumps(dump(line.rstrip("\n"))), flush=True)
