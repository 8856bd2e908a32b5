"""Compile the Python that stands for a pattern into plain tuples the matcher walks.

The first item of a tuple names its kind; the rest is positional and described where the matcher
reads it. Only strings, numbers, None and tuples occur, so that `marshal` can store the result.
"""

from __future__ import annotations

import ast
from typing import Any

from devmatrix_guard.engine.patterns.parse import (
    DEEP,
    DOTS,
    MANY,
    METAVARIABLE,
    TYPED,
    PatternTextError,
    dedent_pattern,
    restore_name,
    restore_text,
    translate_pattern,
)
from devmatrix_guard.engine.regex import regex as regexes
from devmatrix_guard.engine.tree import fstrings, literals
from devmatrix_guard.engine.tree.expressions import is_bare_generator
from devmatrix_guard.engine.tree.names import RECEIVERS

Tree = tuple[Any, ...]

OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**",
    ast.FloorDiv: "//", ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|", ast.BitXor: "^",
    ast.BitAnd: "&", ast.MatMult: "@", ast.Invert: "~", ast.Not: "not", ast.UAdd: "+",
    ast.USub: "-", ast.And: "and", ast.Or: "or", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<",
    ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in",
}  # fmt: skip
ANY: Tree = ("any",)
ONLY_ONE = "`$...` in a place where only one expression can stand"


class PatternError(ValueError):
    """The pattern is valid for Semgrep, or not; either way it cannot run in process."""


def compile_pattern(text: str) -> Tree:
    """Return the compiled pattern: `("E", tree)`, `("S", tree)` or `("Ss", trees)`.

    Raises:
        PatternError: the pattern cannot run in process; the text is the reason.
    """
    try:
        source = dedent_pattern(translate_pattern(text))
        module = ast.parse(source)
    except PatternTextError as error:
        raise PatternError(str(error)) from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PatternError("the pattern is not Python that can be parsed here") from error
    try:
        return _Compiler(source).root(module.body)
    except RecursionError as error:
        raise PatternError("the pattern is nested too deeply") from error


class _Compiler:
    """Holds the source the literals are read from."""

    def __init__(self, source: str) -> None:
        self.source = source

    def root(self, body: list[ast.stmt]) -> Tree:
        if not body:
            raise PatternError("the pattern is empty")
        if any(isinstance(node, ast.Global | ast.Nonlocal) and node.names[1:] for node in body):
            raise PatternError("several names in one `global` or `nonlocal` as a pattern")
        statements = self.statements(body)
        if len(statements) > 1:
            return ("Ss", statements)
        if statements[0][0] == "expr":
            return ("E", statements[0][1])
        return ("S", statements[0])

    # ---- statements ----

    def statements(self, body: list[ast.stmt]) -> tuple[Tree, ...]:
        return tuple(tree for node in body for tree in self.statement(node))

    def block(self, body: list[ast.stmt]) -> Tree:
        """A body; a metavariable alone stands for the body itself, not for one statement."""
        trees = self.statements(body)
        if len(trees) == 1 and trees[0][0] == "expr" and trees[0][1][0] == "mv":
            return trees[0]
        return ("block", trees)

    def statement(self, node: ast.stmt) -> list[Tree]:
        method = getattr(self, f"_compile_statement_{type(node).__name__}", None)
        if method is None:
            raise PatternError(f"a `{type(node).__name__.lower()}` statement as a pattern")
        found = method(node)
        return found if isinstance(found, list) else [found]

    def _compile_statement_Expr(self, node: ast.Expr) -> Tree:
        value = node.value
        if isinstance(value, ast.Name) and value.id.startswith(MANY):
            return ("many", restore_name(value.id))
        return ("expr", self.expr(value))

    def _compile_statement_Return(self, node: ast.Return) -> Tree:
        return ("return", self.optional(node.value))

    def _compile_statement_If(self, node: ast.If) -> Tree:
        orelse = self.block(node.orelse) if node.orelse else None
        return ("if", self.expr(node.test), self.block(node.body), orelse)

    def _compile_statement_While(self, node: ast.While) -> Tree:
        self._refuse_else(node.orelse)
        return ("while", self.expr(node.test), self.block(node.body))

    def _compile_statement_For(self, node: ast.For) -> Tree:
        self._refuse_else(node.orelse)
        return ("for", self.target(node.target), self.expr(node.iter), self.block(node.body))

    def _compile_statement_AsyncFor(self, node: ast.AsyncFor) -> Tree:
        self._refuse_else(node.orelse)
        inner = ("for", self.target(node.target), self.expr(node.iter), self.block(node.body))
        return ("async", inner)

    def _refuse_else(self, orelse: list[ast.stmt]) -> None:
        if orelse:
            raise PatternError("an `else` of a loop as a pattern")

    def _compile_statement_With(self, node: ast.With) -> Tree:
        tree = self.block(node.body)
        for index, item in enumerate(reversed(node.items)):
            as_name = None if item.optional_vars is None else self.target(item.optional_vars)
            body = tree if index == 0 else ("block", (tree,))
            tree = ("with", self.expr(item.context_expr), as_name, body)
        return tree

    def _compile_statement_AsyncWith(self, node: ast.AsyncWith) -> Tree:
        if len(node.items) > 1:
            raise PatternError("an `async with` of several items as a pattern")
        item = node.items[0]
        as_name = None if item.optional_vars is None else self.target(item.optional_vars)
        return ("async", ("with", self.expr(item.context_expr), as_name, self.block(node.body)))

    def _compile_statement_Try(self, node: ast.Try) -> Tree:
        handlers = tuple(self._handler(h) for h in node.handlers)
        orelse = self.block(node.orelse) if node.orelse else None
        final = self.block(node.finalbody) if node.finalbody else None
        return ("try", self.block(node.body), handlers, orelse, final)

    def _handler(self, node: ast.ExceptHandler) -> Tree:
        body = self.block(node.body)
        if node.type is None:
            return ("bare", None, None, body)
        kind = self.expr(node.type)
        if kind == ANY and node.name is None:
            return ("catchany", None, None, body)
        return ("catch", kind, node.name and _identifier(node.name), body)

    def _compile_statement_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Tree:
        self._refuse_type_parameters(node)
        attributes = self.decorators(node.decorator_list)
        if isinstance(node, ast.AsyncFunctionDef) and not attributes:
            attributes = (("asyncattr",), *attributes)
        return (
            "def",
            attributes,
            _identifier(node.name),
            self.parameters(node.args),
            self.optional(node.returns),
            self.block(node.body),
        )

    _compile_statement_AsyncFunctionDef = _compile_statement_FunctionDef

    def _compile_statement_ClassDef(self, node: ast.ClassDef) -> Tree:
        self._refuse_type_parameters(node)
        bases = tuple(self.arguments(node.bases, node.keywords))
        body = tuple(self._field(tree) for tree in self.statements(node.body))
        return (
            "class",
            self.decorators(node.decorator_list),
            _identifier(node.name),
            bases,
            body,
        )

    @staticmethod
    def _field(tree: Tree) -> Tree:
        """An assignment to a name in a class body is a definition, as in the checked code."""
        if tree[0] == "expr" and tree[1][0] == "assign":
            _, target, value = tree[1]
            if target[0] in ("name", "mv"):
                return ("vardef", target[1], None, value)
        return tree

    @staticmethod
    def _refuse_type_parameters(node: ast.stmt) -> None:
        if getattr(node, "type_params", None):  # Python 3.12 and newer reads them
            raise PatternError("type parameters in a pattern")

    def decorators(self, nodes: list[ast.expr]) -> tuple[Tree, ...]:
        return tuple(self._decorator(node) for node in nodes)

    def _decorator(self, node: ast.expr) -> Tree:
        call = node if isinstance(node, ast.Call) else None
        function = call.func if call else node
        if not _is_dotted(function):
            raise PatternError("a decorator that is not a name or a call of one")
        if isinstance(function, ast.Name) and function.id == "staticmethod":
            return ("static",)
        arguments = self.arguments(call.args, call.keywords) if call else ()
        return ("decorator", self.expr(function), tuple(arguments))

    def _compile_statement_Raise(self, node: ast.Raise) -> Tree:
        if node.exc is None:
            return ("reraise",)
        if node.cause is None:
            return ("raise", self.expr(node.exc))
        return ("raisefrom", self.expr(node.exc), self.expr(node.cause))

    def _compile_statement_Assert(self, node: ast.Assert) -> Tree:
        parts = [node.test] if node.msg is None else [node.test, node.msg]
        return ("assert", tuple(self._positional(part) for part in parts))

    def _compile_statement_Delete(self, node: ast.Delete) -> Tree:
        return ("del", tuple(self.expr(target) for target in node.targets))

    def _compile_statement_Pass(self, node: ast.Pass) -> Tree:
        return ("pass",)

    def _compile_statement_Break(self, node: ast.Break) -> Tree:
        return ("break",)

    def _compile_statement_Continue(self, node: ast.Continue) -> Tree:
        return ("continue",)

    def _compile_statement_Global(self, node: ast.Global | ast.Nonlocal) -> list[Tree]:
        return [("outer", _identifier(name)) for name in node.names]

    _compile_statement_Nonlocal = _compile_statement_Global

    def _compile_statement_Import(self, node: ast.Import) -> list[Tree]:
        return [
            ("import", _dotted_name(alias.name), alias.asname and _identifier(alias.asname))
            for alias in node.names
        ]

    def _compile_statement_ImportFrom(self, node: ast.ImportFrom) -> Tree:
        module = _relative(node.level) + _dotted_name(node.module or "")
        if node.names[0].name == "*":
            return ("importall", module)
        names = tuple((_identifier(a.name), a.asname and _identifier(a.asname)) for a in node.names)
        return ("from", module, names)

    def _compile_statement_Assign(self, node: ast.Assign) -> Tree:
        targets = tuple(self.expr(target) for target in node.targets)
        target = targets[0] if len(targets) == 1 else ("tuple", targets)
        return ("expr", ("assign", target, self.expr(node.value)))

    def _compile_statement_AugAssign(self, node: ast.AugAssign) -> Tree:
        operator = OPERATORS[type(node.op)]
        return ("expr", ("aug", operator, self.expr(node.target), self.expr(node.value)))

    def _compile_statement_AnnAssign(self, node: ast.AnnAssign) -> Tree:
        if not isinstance(node.target, ast.Name):
            raise PatternError("a type annotation on something other than a name")
        name = _identifier(node.target.id)
        return ("vardef", name, self.expr(node.annotation), self.optional(node.value))

    # ---- expressions ----

    def optional(self, node: ast.expr | None) -> Tree | None:
        return None if node is None else self.expr(node)

    def expr(self, node: ast.expr) -> Tree:
        method = getattr(self, f"_compile_expression_{type(node).__name__}", None)
        if method is None:
            raise PatternError(f"a `{type(node).__name__.lower()}` expression as a pattern")
        tree: Tree = method(node)
        return tree

    def exprs(self, nodes: list[ast.expr]) -> tuple[Tree, ...]:
        return tuple(self.expr(node) for node in nodes)

    def target(self, node: ast.expr) -> Tree:
        """A loop or `as` target; tuples and lists match item by item, without ellipses."""
        if isinstance(node, ast.Tuple | ast.List):
            kind = "pattuple" if isinstance(node, ast.Tuple) else "patlist"
            return (kind, tuple(self.target(item) for item in node.elts))
        return self.expr(node)

    def _compile_expression_Name(self, node: ast.Name) -> Tree:
        name = node.id
        if name.startswith(METAVARIABLE):
            return ("mv", restore_name(name))
        if name.startswith(MANY):
            raise PatternError(ONLY_ONE)
        if name == DOTS:
            return ANY
        return ("self" if name in RECEIVERS else "name", name)

    def _compile_expression_Constant(self, node: ast.Constant) -> Tree:
        value = node.value
        if value is Ellipsis:
            return ANY
        if isinstance(value, bool):
            return ("lit", "bool", value)
        if value is None:
            return ("lit", "none", None)
        if isinstance(value, str | bytes):
            return self._string(node)
        text = literals.read_segment(self.source, node)
        return ("lit", type(value).__name__, literals.number(value, text))

    def _string(self, node: ast.Constant) -> Tree:
        pieces = literals.split_pieces(literals.read_segment(self.source, node))
        if len(pieces) != 1:
            return ("adjacent", tuple(self._literal(prefix, raw) for prefix, raw in pieces))
        return self._literal(*pieces[0])

    def _literal(self, prefix: str, raw: str) -> Tree:
        raw = restore_text(raw)
        if raw.startswith("=~/"):
            return self._regex_string(raw, prefix)
        return ("enc", prefix, raw) if prefix else ("lit", "str", raw)

    @staticmethod
    def _regex_string(raw: str, prefix: str) -> Tree:
        """`"=~/regex/flags"` matches strings whose content the expression matches."""
        body, slash, flags = raw[3:].rpartition("/")
        if prefix or not slash or flags not in ("", "i", "m"):
            raise PatternError("a `=~/…/` string with a prefix or with flags")
        try:
            return ("lit", "regex", regexes.translate(f"(?{flags})" * bool(flags) + body))
        except regexes.RegexError as error:
            raise PatternError(str(error)) from error

    def _compile_expression_JoinedStr(self, node: ast.JoinedStr) -> Tree:
        found = literals.locate_pieces(literals.read_segment(self.source, node))
        trees = tuple(map(self._piece, found))
        return trees[0] if len(trees) == 1 else ("adjacent", trees)

    def _piece(self, literal: literals.Literal) -> Tree:
        if not literal.is_fstring:
            return self._literal(literal.prefix, literal.value)
        pieces = fstrings.split_fstring(literal.raw, literal.lone_quote)
        return ("fstr", tuple(map(self._fstring_piece, pieces)))

    def _fstring_piece(self, piece: fstrings.Piece) -> Tree:
        if piece.kind == "text":
            if piece.text.startswith(MANY) and piece.text.isidentifier():
                raise PatternError("`$...` as the text of an f-string")
            return ("lit", "str", restore_text(piece.text))
        if piece.kind == "field":
            if "..." in "".join(part.text for part in piece.inside if part.kind == "text"):
                raise PatternError("an ellipsis as the format of an f-string's field")
            return ("fstr", tuple(map(self._fstring_piece, piece.inside)))
        return self._inner_expression(piece.text)

    def _inner_expression(self, text: str) -> Tree:
        try:
            body = ast.parse(text.strip(), mode="eval").body
        except SyntaxError as error:
            raise PatternError("an f-string with a conversion or a format") from error
        return _Compiler(text.strip()).expr(body)

    def _compile_expression_Attribute(self, node: ast.Attribute) -> Tree:
        base = self.expr(node.value)
        if node.attr == DOTS:
            return ("chain", base)
        return ("attr", base, _identifier(node.attr))

    def _compile_expression_Call(self, node: ast.Call) -> Tree:
        if isinstance(node.func, ast.Name) and node.func.id == DEEP:
            if len(node.args) != 1:
                raise PatternError("`<... ...>` around several expressions")
            return ("deep", self.expr(_unstarred(node.args[0])))
        if isinstance(node.func, ast.Name) and node.func.id == TYPED:
            return self._typed(node)
        arguments = tuple(self.arguments(node.args, node.keywords))
        if len(node.args) == 1 and is_bare_generator(node.args[0], node):
            arguments = (("pos", ("comp", "list", *arguments[0][1][2:])),)
        return ("call", self.expr(node.func), arguments)

    def _typed(self, node: ast.Call) -> Tree:
        if len(node.args) != 2 or node.keywords or not isinstance(node.args[0], ast.Name):
            raise PatternError("a type on something other than a metavariable")
        variable, kind = node.args
        assert isinstance(variable, ast.Name)  # noqa: S101 - for the type checker
        tree = self.expr(kind)
        if tree[0] not in ("name", "attr"):
            raise PatternError("a typed metavariable whose type is not a plain name")
        return ("typed", _identifier(variable.id), tree)

    def arguments(self, args: list[ast.expr], keywords: list[ast.keyword]) -> list[Tree]:
        """Arguments in the order they are written."""
        together: list[ast.expr | ast.keyword] = [*args, *keywords]
        together.sort(key=lambda item: (item.lineno, item.col_offset))
        return [
            self._keyword(item) if isinstance(item, ast.keyword) else self._positional(item)
            for item in together
        ]

    def _positional(self, node: ast.expr) -> Tree:
        if isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
            name = node.value.id
            if name == DOTS:
                return ("dots",)
            if name.startswith(MANY):
                return ("many", restore_name(name))
        tree = self.expr(node)
        return ("dots",) if tree == ANY else ("pos", tree)

    def _keyword(self, node: ast.keyword) -> Tree:
        if node.arg is None:
            if isinstance(node.value, ast.Name) and node.value.id == DOTS:
                return ("dots",)
            return ("pos", ("dstar", self.expr(node.value)))
        return ("kw", _identifier(node.arg), self.expr(node.value))

    def _compile_expression_Starred(self, node: ast.Starred) -> Tree:
        return ("star", self.expr(node.value))

    def _compile_expression_List(self, node: ast.List) -> Tree:
        return ("list", self.exprs(node.elts))

    def _compile_expression_Tuple(self, node: ast.Tuple) -> Tree:
        return ("tuple", self.exprs(node.elts))

    def _compile_expression_Set(self, node: ast.Set) -> Tree:
        trees = self.exprs(node.elts)
        return ("dict" if all(tree == ANY for tree in trees) else "set", trees)

    def _compile_expression_Dict(self, node: ast.Dict) -> Tree:
        items: list[Tree] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                items.append(("tuple", (self.expr(key), self.expr(value))))
            elif isinstance(value, ast.Name) and value.id == DOTS:
                items.append(ANY)
            else:
                items.append(("star", self.expr(value)))
        unpacks = any(item[0] == "star" for item in items)
        return ("set" if unpacks else "dict", tuple(items))

    def _compile_expression_BinOp(self, node: ast.BinOp) -> Tree:
        return ("op", OPERATORS[type(node.op)], (self.expr(node.left), self.expr(node.right)))

    def _compile_expression_UnaryOp(self, node: ast.UnaryOp) -> Tree:
        operand = self.expr(node.operand)
        return ("op", OPERATORS[type(node.op)], (operand,))

    def _compile_expression_BoolOp(self, node: ast.BoolOp) -> Tree:
        return ("op", OPERATORS[type(node.op)], self.exprs(node.values))

    def _compile_expression_Compare(self, node: ast.Compare) -> Tree:
        if len(node.ops) != 1:  # of a chain Semgrep does not look at what is on the left
            operators = tuple(OPERATORS[type(operator)] for operator in node.ops)
            return ("compares", operators, self.exprs(node.comparators))
        sides = (self.expr(node.left), self.expr(node.comparators[0]))
        return ("op", OPERATORS[type(node.ops[0])], sides)

    def _compile_expression_Subscript(self, node: ast.Subscript) -> Tree:
        value = self.expr(node.value)
        index = node.slice
        if isinstance(index, ast.Tuple) and any(isinstance(i, ast.Slice) for i in index.elts):
            return ("slices", tuple(self._index(value, part) for part in index.elts))
        return self._index(value, index)

    def _index(self, value: Tree, index: ast.expr) -> Tree:
        if isinstance(index, ast.Slice):
            bounds = (index.lower, index.upper, index.step)
            return ("slice", value, tuple(self.optional(bound) for bound in bounds))
        return ("index", value, self.expr(index))

    def _compile_expression_IfExp(self, node: ast.IfExp) -> Tree:
        return ("cond", self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def _compile_expression_Lambda(self, node: ast.Lambda) -> Tree:
        parameters = self.parameters(node.args)
        if ("dots",) in parameters:
            raise PatternError("an ellipsis among the parameters of a lambda")
        return ("lambda", parameters, self.expr(node.body))

    def _compile_expression_Yield(self, node: ast.Yield) -> Tree:
        return ("yield", self.optional(node.value))

    def _compile_expression_YieldFrom(self, node: ast.YieldFrom) -> Tree:
        return ("yieldfrom", self.expr(node.value))

    def _compile_expression_Await(self, node: ast.Await) -> Tree:
        return ("await", self.expr(node.value))

    def _compile_expression_NamedExpr(self, node: ast.NamedExpr) -> Tree:
        return ("assign", self.expr(node.target), self.expr(node.value))

    def _compile_expression_ListComp(self, node: ast.ListComp) -> Tree:
        return ("comp", "list", self.expr(node.elt), self._clauses(node.generators))

    def _compile_expression_SetComp(self, node: ast.SetComp) -> Tree:
        return ("comp", "dict", self.expr(node.elt), self._clauses(node.generators))

    def _compile_expression_GeneratorExp(self, node: ast.GeneratorExp) -> Tree:
        return ("comp", "tuple", self.expr(node.elt), self._clauses(node.generators))

    def _compile_expression_DictComp(self, node: ast.DictComp) -> Tree:
        pair = ("tuple", (self.expr(node.key), self.expr(node.value)))
        return ("comp", "dict", pair, self._clauses(node.generators))

    def _clauses(self, generators: list[ast.comprehension]) -> tuple[Tree, ...]:
        clauses: list[Tree] = []
        for generator in generators:
            clauses.append(("for", self.target(generator.target), self.expr(generator.iter)))
            clauses.extend(("if", self.expr(test)) for test in generator.ifs)
        return tuple(clauses)

    # ---- parameters ----

    def parameters(self, node: ast.arguments) -> tuple[Tree, ...]:
        """Parameters in order: `("param", name, default, type)`, `("dots",)`, `("many", name)` …"""
        found: list[Tree] = []
        plain = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(plain) - len(node.defaults)) + list(node.defaults)
        for index, (arg, default) in enumerate(zip(plain, defaults, strict=True)):
            found.append(self._parameter(arg, default))
            if node.posonlyargs and index == len(node.posonlyargs) - 1:
                found.append(("slash",))
        if node.vararg is not None:
            found.append(("rest", *self._starred_parameter(node.vararg)))
        elif node.kwonlyargs:
            found.append(("lonestar",))
        for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            found.append(self._parameter(arg, default))
        if node.kwarg is not None:
            found.append(("kwrest", *self._starred_parameter(node.kwarg)))
        return tuple(found)

    def _starred_parameter(self, node: ast.arg) -> Tree:
        if node.arg.startswith(DOTS):
            raise PatternError("an ellipsis behind the star of a parameter")
        return (_identifier(node.arg), None, self.optional(node.annotation))

    def _parameter(self, node: ast.arg, default: ast.expr | None) -> Tree:
        if node.arg.startswith(DOTS):
            return ("dots",)
        if node.arg.startswith(MANY):
            return ("many", restore_name(node.arg))
        kind = self.optional(node.annotation)
        return ("param", _identifier(node.arg), self.optional(default), kind)


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _identifier(name: str) -> str:
    """Return the identifier that stands for one, which many cannot."""
    if name.startswith(MANY):
        raise PatternError(ONLY_ONE)
    if name == DOTS:
        raise PatternError("an ellipsis in place of a name")
    return restore_name(name)


def _unstarred(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Starred) else node


def _dotted_name(name: str) -> tuple[str, ...]:
    return tuple(_identifier(part) for part in name.split(".")) if name else ()


def _relative(level: int) -> tuple[str, ...]:
    """The dots of a relative import, as Semgrep splits them."""
    if level == 0:
        return ()
    if level == 1:
        return (".",)
    return ("..",) if level == 2 else ("..",) * (level - 1)
