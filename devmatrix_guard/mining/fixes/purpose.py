"""Reads from the product's side of a change whether it means to take what it takes from tests.

A test goes with the interface it asks, and says what its function says now. What a change does to
the tests alone explains nothing.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.regression.change import TextChange

_LEAST_LINES = 8
_KEPT = 0.4  # of the lines of a function; below that it was rebuilt
_COVERED = 0.6
_SHORT = 2
_LONG = 80
_COMMON = frozenset(("assert", "class", "def", "get", "pop", "put", "run", "self", "set"))
_WORD = re.compile(r"\w+")

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Purpose(NamedTuple):
    """What a change does to the product.

    `gone` are the names of functions, classes, values of modules and classes that it takes away,
    `reshaped` also those of functions that lost a parameter or most of their lines; `written` are
    the words of the code it adds, `unsaid` the texts it says less often. `turned` are functions
    with another default.
    """

    gone: frozenset[str] = frozenset()
    reshaped: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    unsaid: frozenset[str] = frozenset()
    turned: frozenset[str] = frozenset()

    def reshapes(self, words: frozenset[str]) -> bool:
        """Tell whether words name something that is gone or is not what it was."""
        return not self.reshaped.isdisjoint(words)

    def writes(self, code: str, beside: str) -> bool:
        """Tell whether what code says that other code does not is written in the product, too."""
        return bool((list_words(code) - list_words(beside)) & self.written)

    def leaves_out(self, code: str) -> bool:
        """Tell whether a code has a text that the product says less often."""
        tree = parse_source(code.encode("utf-8", "surrogatepass")) if self.unsaid else None
        return tree is not None and not self.unsaid.isdisjoint(_list_texts(tree))


NO_PURPOSE = Purpose()


class _Names(NamedTuple):
    """What files define and say: names, of functions by their name what is written of them."""

    names: set[str]
    parameters: dict[str, set[str]]
    defaults: dict[str, dict[str, str]]
    lines: dict[str, Counter[str]]
    texts: Counter[str]


def read_purpose(changes: Sequence[TextChange]) -> Purpose:
    """Return what a change does to the product.

    Args:
        changes: both versions of the changed files of the product, those in Python.
    """
    old, new = (
        _read_names(side for change in changes if (side := getattr(change, name)) is not None)
        for name in ("old", "new")
    )
    gone = frozenset(filter(_is_telling, old.names - new.names))
    reshaped = set(gone)
    for name, parameters in old.parameters.items():
        if parameters - new.parameters.get(name, set()) or _is_rebuilt(name, old, new):
            reshaped.add(name)
    return Purpose(
        gone,
        frozenset(filter(_is_telling, reshaped)),
        _read_written(changes),
        frozenset(old.texts - new.texts),
        frozenset(name for name in old.defaults if _is_turned(name, old, new)),
    )


def covers(words: frozenset[str], others: frozenset[str], share: float = _COVERED) -> bool:
    """Tell whether most of the telling words of one code, or a share of them, are in another."""
    telling = {word for word in words if _is_telling(word)}
    return bool(telling) and len(telling & others) >= share * len(telling)


def list_words(code: str) -> frozenset[str]:
    """Return the words of a code that tell something."""
    return frozenset(filter(_is_telling, _WORD.findall(code)))


def _is_telling(word: str) -> bool:
    if len(word) <= _SHORT or word in _COMMON:
        return False
    return not (word.isdigit() or word.startswith("test_"))


def _is_rebuilt(name: str, old: _Names, new: _Names) -> bool:
    lines, others = old.lines[name], new.lines.get(name, Counter())
    total = lines.total()
    return total >= _LEAST_LINES and (lines & others).total() < _KEPT * total


def _is_turned(name: str, old: _Names, new: _Names) -> bool:
    """Tell whether a parameter that a function keeps has another default."""
    after, kept = new.defaults.get(name, {}), new.parameters.get(name, set())
    before = old.defaults[name].items()
    return any(after.get(one) != default for one, default in before if one in kept)


def _read_names(sources: Iterable[bytes]) -> _Names:
    found = _Names(set(), {}, {}, {}, Counter())
    for source in sources:
        tree = parse_source(source)
        if tree is not None:
            rows = source.decode("utf-8", "replace").splitlines()
            _read_body(tree.body, rows, "", found)
            found.texts.update(_list_texts(tree))
    return found


def _list_texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of a code that are names of something, each as often as it is written."""
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and _SHORT < len(value) <= _LONG and not value.isspace():
            yield value


def _read_body(body: Sequence[ast.stmt], rows: Sequence[str], owner: str, found: _Names) -> None:
    for node in body:
        if isinstance(node, Function):
            _read_function(node, rows, owner if node.name == "__init__" else node.name, found)
        elif isinstance(node, ast.ClassDef):
            found.names.add(node.name)
            _read_body(node.body, rows, node.name, found)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.names.update(one.id for one in targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.If | ast.Try):
            for field in ("body", "orelse", "finalbody"):
                _read_body(getattr(node, field, []), rows, owner, found)


def _read_function(node: Function, rows: Sequence[str], name: str, found: _Names) -> None:
    found.names.add(name)
    given = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
    found.parameters.setdefault(name, set()).update(given)
    found.defaults.setdefault(name, {}).update(_list_defaults(node.args))
    own = (row.strip() for row in rows[node.lineno : node.end_lineno])
    found.lines.setdefault(name, Counter()).update(row for row in own if row)


def _list_defaults(args: ast.arguments) -> Iterator[tuple[str, str]]:
    """Yield the parameters that have a default, with its code."""
    named = [*args.posonlyargs, *args.args]
    given = [*zip(named[len(named) - len(args.defaults) :], args.defaults, strict=True)]
    for arg, default in (*given, *zip(args.kwonlyargs, args.kw_defaults, strict=True)):
        if default is not None:
            yield arg.arg, ast.unparse(default)


def _read_written(changes: Sequence[TextChange]) -> frozenset[str]:
    rows: Counter[bytes] = Counter()
    for change in changes:
        rows += Counter((change.new or b"").splitlines()) - Counter(
            (change.old or b"").splitlines()
        )
    text = b"\n".join(rows).decode("utf-8", "replace")
    return list_words(text)
