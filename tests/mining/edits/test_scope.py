"""What a name means where it is used."""

from __future__ import annotations

import ast

import pytest

from devmatrix_guard.mining.edits.chunks import parse_changed
from devmatrix_guard.mining.edits.scope import Scope, import_statement, read_module

HEAD = """\
import os
import os.path
import numpy as np
import a.b as ab
from json import loads, dumps as write
from . import near
from ..up import far as away
from __future__ import annotations
from star import *
LIMIT = 1
def helper(): ...
class Thing: ...
"""


def scope_of(code: str = "") -> Scope:
    versions = parse_changed((HEAD + code).encode(), (HEAD + code + "\nlast = 1\n").encode())
    assert versions is not None
    return Scope(read_module(versions[1]))


@pytest.mark.parametrize(
    ("name", "kind", "origin"),
    [
        ("os", "import", "import os"),
        ("np", "import", "import numpy as np"),
        ("ab", "import", "from a import b as ab"),
        ("loads", "import", "from json import loads"),
        ("write", "import", "from json import dumps as write"),
        ("near", "relative", "from . import near"),
        ("away", "relative", "from ..up import far as away"),
        ("helper", "function", "helper = ..."),
        ("Thing", "function", "Thing = ..."),
        ("len", "builtin", None),
        ("unicode", "builtin", None),
        ("LIMIT", "other", None),
        ("annotations", "other", None),
        ("unknown", "other", None),
        ("self", "other", None),
    ],
)
def test_name_of_a_module_has_its_kind_and_origin(name: str, kind: str, origin: str | None) -> None:
    scope = scope_of()
    assert (scope.get_kind(name), scope.find_origin(name)) == (kind, origin)


@pytest.mark.parametrize(
    ("code", "local", "free"),
    [
        ("def f(a, /, b, *c, d, **e): ...", "abcde", "gh"),
        ("def f():\n    a = 1\n    for b in c: d = b", "abd", "c"),
        ("def f():\n    with a as b, c as d: ...", "bd", "ac"),
        ("def f():\n    try: ...\n    except a as b: ...", "b", "a"),
        ("def f():\n    return [a for a in b]", "a", "b"),
        ("def f():\n    if (a := b): ...", "a", "b"),
        ("def f():\n    return lambda a: b", "a", "b"),
        ("def f():\n    del a", "a", "b"),
        ("lambda a, *b: c", "ab", "c"),
        ("class C:\n    a = 1\n    def f(self): b = 1", "a", "b"),
    ],
)
def test_names_bound_around_the_code_are_local(code: str, local: str, free: str) -> None:
    node: ast.AST = ast.parse(code).body[0]
    node = node.value if isinstance(node, ast.Expr) else node
    inner = scope_of().enter(node)
    assert [inner.get_kind(name) for name in local] == ["local"] * len(local)
    assert [inner.get_kind(name) for name in free] == ["other"] * len(free)


def test_receivers_are_receivers_in_functions_only() -> None:
    (function,) = ast.parse("async def f(self): ...").body
    inner = scope_of().enter(function)
    assert [inner.get_kind(name) for name in ("self", "cls")] == ["receiver"] * 2
    assert (inner.is_async, inner.in_function, inner.qualname) == (True, True, ("f",))


def test_names_of_scopes_are_put_one_after_the_other() -> None:
    (outer,) = ast.parse("class C:\n    def f(self): lambda: 1").body
    assert isinstance(outer, ast.ClassDef)
    scope = scope_of().enter(outer).enter(outer.body[0])
    assert scope.qualname == ("C", "f")
    assert scope.enter(ast.parse("lambda: 1", mode="eval").body).qualname == ("C", "f", "<lambda>")
    assert scope.enter(ast.parse("a").body[0]) is scope


def test_constant_hides_a_builtin() -> None:
    assert scope_of("max = 3\n").get_kind("max") == "other"


@pytest.mark.parametrize(
    ("name", "dotted", "statement"),
    [
        ("os", "os", "import os"),
        ("o", "os", "import os as o"),
        ("path", "os.path", "from os import path"),
        ("p", "os.path", "from os import path as p"),
        ("d", "a.b.c", "from a.b import c as d"),
    ],
)
def test_import_that_gives_a_name_its_meaning(name: str, dotted: str, statement: str) -> None:
    assert import_statement(name, dotted) == statement
