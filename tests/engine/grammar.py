"""Seeded random programs, and random rules made from pieces of them."""

from __future__ import annotations

import ast
import copy
import random
from typing import Any

HEADER = """\
import pkg
import pkg.mod
import lib as alias
from pkg import tool
from pkg.mod import helper as assist, other
from star.mod import *
LIMIT = 10
LABEL = "label"
"""
_NAMES = ("a", "b", "c", "item", "LIMIT", "LABEL", "tool", "assist", "other", "alias", "pkg")
_CALLED = ("foo", "bar", "tool", "assist", "other", "alias.run", "pkg.mod.run", "obj.save", "a.get")
_STRINGS = (
    '"x"',
    '"label"',
    "'y z'",
    'f"v{a}"',
    'f"{LIMIT}"',
    '"p" "q"',
    'b"raw"',
    'r"\\d"',
    'f"{a.x} y {foo(b)}"',
    "'q'",
    'f"{a!r:>3}"',
    '"it\'s \\n"',
)
_MAX_DEPTH = 2
_NOT_PATTERNS = (ast.Starred, ast.FormattedValue, ast.Slice, ast.Constant)
_OPTIONS = (
    "ac_matching", "commutative_boolop", "symmetric_eq", "implicit_deep_exprstmt",
    "constant_propagation",
)  # fmt: skip
_COMPARISONS = ("$A > 0", "$A == 1 or $A == 0", "str($A) == 'x'", "$A + 1 < 3", "$A in ['x', 1]")


class Programs:
    """Writes random programs; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        """Return one program that parses."""
        body = "".join(self._statement(0) for _ in range(self.random.randint(2, 5)))
        text = HEADER + body
        ast.parse(text)
        return text

    def _choice(self, *options: Any) -> Any:
        return self.random.choice(options)

    def _block(self, depth: int) -> str:
        count = self.random.randint(1, 3)
        return "".join(self._statement(depth) for _ in range(count))

    def _statement(self, depth: int, in_loop: bool = False) -> str:
        kinds = [self._simple] * 4
        if depth < _MAX_DEPTH:
            kinds += [self._if, self._loop, self._with, self._try, self._function, self._class]
        return str(self._choice(*kinds)(depth))

    def _simple(self, depth: int) -> str:
        pad = "    " * depth
        e = self._expression
        target = self._choice("a", "b", "c", "self.x", "a.b", "d[0]", "a, b")
        return pad + str(
            self._choice(
                f"{self._call(0)}",
                f"{self._call(0)}",
                f"{target} = {e(0)}",
                f"{self._choice('a', 'b')} += {e(1)}",
                f"a: int = {e(1)}",
                f"assert {e(1)}",
                f"assert {e(1)}, {e(2)}",
                f"del {self._choice('a', 'b', 'd[a]')}",
                f"raise {self._call(1)}",
                "pass",
                f"print({e(1)})",
                f"{self._choice('a', 'b')} = {self._choice('a', 'b')} = {e(1)}",
                f"import {self._choice('os', 'pkg.extra', 'lib2 as l2')}",
                f"from {self._choice('pkg', '.near', 'a.b')} import {self._choice('x', 'y as z')}",
                f"{self._choice('a', 'b')}: {self._choice('str', 'pkg.T')} = {e(2)}",
                f"{self._choice('a', '*a, b', 'a, *b', '[a, b]', 'x.y.z')} = {e(1)}",
                f"{self._choice('a', 'd[a]', 'self.x')} {self._choice('-=', '|=', '*=')} {e(2)}",
                f"raise {self._call(1)} from {e(2)}",
                f"(a := {e(1)})",
                f"d[{e(2)}:{e(2)}]",
                f"a.b.{self._call(2)}.c({e(2)}).d",
            )
        ) + "\n"  # fmt: skip

    def _if(self, depth: int) -> str:
        pad = "    " * depth
        text = f"{pad}if {self._expression(0)}:\n{self._block(depth + 1)}"
        if self.random.random() < 0.3:
            text += f"{pad}elif {self._expression(1)}:\n{self._block(depth + 1)}"
        if self.random.random() < 0.4:
            text += f"{pad}else:\n{self._block(depth + 1)}"
        return text

    def _loop(self, depth: int) -> str:
        pad = "    " * depth
        head = self._choice(
            f"for {self._choice('a', 'item', 'a, b')} in {self._expression(1)}:",
            f"while {self._expression(1)}:",
        )
        text = f"{pad}{head}\n{self._block(depth + 1)}"
        if self.random.random() < 0.3:
            text += f"{pad}    {self._choice('break', 'continue')}\n"
        if self.random.random() < 0.15:
            text += f"{pad}else:\n{self._block(depth + 1)}"
        return text

    def _with(self, depth: int) -> str:
        pad = "    " * depth
        item = self._choice(
            f"{self._call(1)} as a", self._call(1), f"{self._call(1)} as a, {self._call(1)} as b"
        )
        return f"{pad}with {item}:\n{self._block(depth + 1)}"

    def _try(self, depth: int) -> str:
        pad = "    " * depth
        text = f"{pad}try:\n{self._block(depth + 1)}"
        handler = self._choice("except ValueError", "except (OSError, KeyError) as e", "except")
        text += f"{pad}{handler}:\n{self._block(depth + 1)}"
        if self.random.random() < 0.2:
            text += f"{pad}else:\n{self._block(depth + 1)}"
        if self.random.random() < 0.3:
            text += f"{pad}finally:\n{self._block(depth + 1)}"
        return text

    def _function(self, depth: int) -> str:
        pad = "    " * depth
        decorator = self._choice(
            "", "", f"{pad}@deco\n", f"{pad}@pkg.deco({self._expression(2)})\n"
        )
        head = self._choice("def", "def", "async def")
        name = self._choice("f", "g", "run")
        params = self._choice(
            "", "a", "a, b=1", "self, *args, **kw", "a: str, *, c=None", "a, /, b", "*, k: int = 2",
            f"a={self._expression(2)}", "self, a: pkg.T, *rest: str",
        )  # fmt: skip
        result = self._choice("", "", " -> int", " -> pkg.T")
        text = f"{decorator}{pad}{head} {name}({params}){result}:\n{self._block(depth + 1)}"
        is_async = head.startswith("async")
        if self.random.random() < 0.3:
            text += f"{pad}    {self._inner(is_async)}\n"
        if self.random.random() < 0.5:
            text += f"{pad}    return {self._expression(0)}\n"
        return text

    def _inner(self, is_async: bool) -> str:
        """Return a statement that only a function may hold."""
        if is_async and self.random.random() < 0.7:
            return str(
                self._choice(
                    f"await {self._call(1)}",
                    f"a = await {self._call(1)}",
                    f"async with {self._call(1)} as c: {self._call(2)}",
                    f"async for item in {self._call(1)}: {self._call(2)}",
                )
            )
        return str(
            self._choice(
                "global LIMIT", f"yield {self._expression(1)}", f"a = yield {self._expression(2)}",
                f"return {self._call(1)}", "return", "global LABEL, q",
            )
        )  # fmt: skip

    def _class(self, depth: int) -> str:
        pad = "    " * depth
        bases = self._choice("", "(Base)", "(Base, pkg.Mixin)", "(pkg.Base, metaclass=Meta)")
        if self.random.random() < 0.3:
            fields = f"{pad}    kind = {self._expression(2)}\n{pad}    size: int = 3\n"
            return f"{pad}class {self._choice('K', 'L')}{bases}:\n{fields}{self._block(depth + 1)}"
        return f"{pad}class {self._choice('K', 'L')}{bases}:\n{self._block(depth + 1)}"

    def _expression(self, depth: int) -> str:
        leaf = self._choice(*_NAMES, "1", "0", "None", "True", *_STRINGS)
        if depth >= _MAX_DEPTH:
            return str(leaf)

        def e() -> str:
            return self._expression(depth + 1)

        return str(
            self._choice(
                leaf, leaf, leaf,
                self._call(depth + 1), self._call(depth + 1), self._call(depth + 1),
                f"{e()} {self._choice('+', '-', '*', '%', '|', '&')} {e()}",
                f"{e()} {self._choice('==', '!=', '<', 'in', 'is', 'is not', 'not in')} {e()}",
                f"({e()} {self._choice('and', 'or')} {e()})",
                f"(not {e()})",
                f"({e()})",
                f"[{e()}, {e()}]",
                f"({e()}, {e()})",
                f"{{{e()}: {e()}}}",
                f"[{e()} for a in {e()} if {e()}]",
                f"{self._choice('a', 'b', 'd')}[{e()}]",
                f"{self._choice('a', 'obj', 'self')}.{self._choice('x', 'y')}",
                f"({e()} if {e()} else {e()})",
                f"(lambda q: {e()})",
                f"(lambda *q, k=1: {e()})",
                f"{e()} {self._choice('/', '//', '**', '^', '<<')} {e()}",
                f"({e()} < {e()} <= {e()})",
                f"(-{e()})",
                f"{{{e()}, {e()}}}",
                f"{{**({e()}), 'k': {e()}}}",
                f"[*({e()}), {e()}]",
                f"{{a: {e()} for a in {e()}}}",
                f"{{{e()} for a, b in {e()}}}",
                f"({e()} for item in {e()})",
                f"{self._choice('a', 'd')}[{e()}:{self._choice('', e())}]",
                f"{self._choice('a', 'd')}[1:2, {e()}]",
                f"(b := {e()})",
                f"foo({e()} for a in {e()})",
            )
        )  # fmt: skip

    def _call(self, depth: int) -> str:
        name = self._choice(*_CALLED)
        count = self.random.randint(0, 3)
        args = [self._expression(depth + 1) for _ in range(count)]
        if self.random.random() < 0.3:
            args.append(f"{self._choice('key', 'mode')}={self._expression(depth + 1)}")
        if self.random.random() < 0.1:
            args.append(self._choice("*a", "**b"))
        return f"{name}({', '.join(args)})"


class Rules:
    """Makes rules from pieces of programs, by leaving things open."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def rule(self, program: str) -> dict[str, Any]:
        """Return the pattern keys of one rule, sometimes with an option."""
        body = self._body_of(program)
        if self.random.random() < 0.15:
            body["options"] = {self.random.choice(_OPTIONS): self.random.random() < 0.5}
        return body

    def _body_of(self, program: str) -> dict[str, Any]:
        kind = self.random.random()
        pattern = self._pattern(program)
        if kind < 0.55:
            return {"pattern": pattern}
        terms: list[dict[str, Any]] = [{"pattern": pattern}]
        if kind < 0.65:
            return {"pattern-either": [*terms, {"pattern": self._pattern(program)}]}
        if kind < 0.8:
            terms.append({"pattern-inside": self._statement(program)})
        elif kind < 0.9:
            terms.append({"pattern-not-inside": self._statement(program)})
        else:
            terms.append({"pattern-not": self._pattern(program)})
        if "$A" in pattern:
            terms += self._condition()
        return {"patterns": terms}

    def _condition(self) -> list[dict[str, Any]]:
        kind = self.random.random()
        if kind < 0.3:
            regex = self.random.choice(("[a-c]", ".*l", "^.$", "'|\""))
            return [{"metavariable-regex": {"metavariable": "$A", "regex": regex}}]
        if kind < 0.5:
            pattern = self.random.choice(("$F(...)", "<... a ...>", "'...'", "$X + $Y", "$X.$Y"))
            return [{"metavariable-pattern": {"metavariable": "$A", "pattern": pattern}}]
        if kind < 0.6:
            comparison = self.random.choice(_COMPARISONS)
            return [{"metavariable-comparison": {"metavariable": "$A", "comparison": comparison}}]
        return [{"focus-metavariable": "$A"}] if kind < 0.8 else []

    def _pattern(self, program: str) -> str:
        wanted: tuple[type, ...] = (ast.Call, ast.Call, ast.BinOp, ast.Compare, ast.Attribute)
        if self.random.random() < 0.45:
            return self._statement(program)
        if self.random.random() < 0.4:
            wanted = (ast.expr,)
        found = self._nodes(program, wanted)
        return self._opened(self.random.choice(found)) if found else "foo(...)"

    def _statement(self, program: str) -> str:
        found = [n for n in self._nodes(program, (ast.stmt,)) if not isinstance(n, ast.Pass)]
        return self._opened(self.random.choice(found)) if found else "foo(...)"

    def _nodes(self, program: str, kinds: tuple[type, ...]) -> list[ast.AST]:
        tree = ast.parse(program)
        return [
            node
            for node in ast.walk(tree)
            if isinstance(node, kinds) and not isinstance(node, _NOT_PATTERNS)
        ]

    def _opened(self, node: ast.AST) -> str:
        opened = _Opener(self.random).visit(copy.deepcopy(node))
        text = ast.unparse(ast.fix_missing_locations(opened))
        if self.random.random() < 0.1:
            text = text.replace("(MV_A)", "(MV_A: str)").replace("(MV_A,", "(MV_A: int,")
        return text.replace("ELL_", "...").replace("MANY_", "$...ARGS").replace("MV_", "$")


class _Opener(ast.NodeTransformer):
    """Replaces parts of a tree by metavariables and ellipses."""

    def __init__(self, chance: random.Random) -> None:
        self.random = chance
        self.depth = 0

    def visit(self, node: ast.AST) -> Any:
        self.depth += 1
        try:
            if self.depth > 1 and self._may_open(node) and self.random.random() < 0.35:
                name = self.random.choice(("MV_A", "MV_B", "MV_C", "MV__"))
                return ast.Name(id=name, ctx=getattr(node, "ctx", ast.Load()))
            return super().visit(node)
        finally:
            self.depth -= 1

    @staticmethod
    def _may_open(node: ast.AST) -> bool:
        return isinstance(node, ast.expr) and not isinstance(node, ast.Starred | ast.FormattedValue)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        if self.random.random() < 0.5:
            node.args = node.args[: self.random.randint(0, len(node.args))]
            many = self.random.choice(("ELL_", "ELL_", "MANY_"))
            node.args.append(ast.Name(id=many, ctx=ast.Load()))
            node.keywords = []
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        self.generic_visit(node)
        node.name = self.random.choice((node.name, "MV_F"))
        if self.random.random() < 0.6:
            node.args = ast.arguments(
                posonlyargs=[], args=[ast.arg("ELL_")], kwonlyargs=[], kw_defaults=[], defaults=[]
            )
        node.decorator_list = node.decorator_list if self.random.random() < 0.5 else []
        node.body = self._body(node.body)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.generic_visit(node)
        node.name = self.random.choice((node.name, "MV_K"))
        node.body = self._body(node.body)
        return node

    def _blocks(self, node: Any) -> Any:
        self.generic_visit(node)
        node.body = self._body(node.body)
        return node

    def visit_For(self, node: ast.For) -> Any:
        node.orelse = []
        return self._blocks(node)

    def visit_While(self, node: ast.While) -> Any:
        node.orelse = []
        return self._blocks(node)

    visit_If = visit_With = visit_Try = visit_ExceptHandler = _blocks

    def _body(self, body: list[Any]) -> list[Any]:
        dots = ast.Expr(ast.Name(id="ELL_", ctx=ast.Load()))
        choice = self.random.random()
        if choice < 0.4:
            return [dots]
        one = self.random.choice(body)
        return [dots, one, dots] if choice < 0.7 else [dots, one] if choice < 0.85 else body
