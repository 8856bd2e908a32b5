"""Reads the examples of docstrings as tests."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Iterator
from typing import NamedTuple

from devmatrix_guard.mining.regression.body import Content
from devmatrix_guard.mining.regression.checks import Check

PREFIX = "doctest "
_DIRECTIVE = re.compile(r"#\s*doctest:[^\n]*")
_SKIPPING = "it is marked `+SKIP`"


class Doctest(NamedTuple):
    """The examples of one docstring, with the lines it stands on."""

    name: str
    line: int
    end: int
    content: Content


def read_doctests(tree: ast.Module) -> Iterator[Doctest]:
    """Yield the docstrings of a file that hold examples."""
    yield from _read_owner(tree, "")


def _read_owner(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, owner: str
) -> Iterator[Doctest]:
    first = node.body[0] if node.body else None
    value = first.value if isinstance(first, ast.Expr) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and ">>>" in value.value:
        content = _read_examples(value.value, value.lineno)
        if content is not None:
            name = f"{PREFIX}{owner or 'module'}"
            yield Doctest(name, value.lineno, value.end_lineno or value.lineno, content)
    for inner in node.body:
        if isinstance(inner, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _read_owner(inner, f"{owner}.{inner.name}" if owner else inner.name)


def _read_examples(text: str, line: int) -> Content | None:
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:
        return None
    checks, dead = [], []
    for example in examples:
        shown = " ".join(_DIRECTIVE.sub("", example.source).split())
        check = Check(
            "example", shown, example.want.strip(), "", (), line + example.lineno, f">>> {shown}"
        )
        if example.options.get(doctest.SKIP):
            dead.append((check, _SKIPPING))
        else:
            checks.append(check)
    return Content(tuple(checks), tuple(dead), ())
