"""Generated files and symbols that people moved: found by what is in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from devmatrix_guard.model.named_value import NamedValue

# Half of a file's lines is what git asks of a rename by default (`git diff -M`: 50 %).
_ALIKE = 0.5
_FEWEST = 5  # lines; what is shorter resembles too much


class MovedSymbol(NamedValue):
    """A function or class that people moved to another module, and the generator changed.

    Attributes:
        name: of it.
        path: where it was generated; `holder` where it lies now.
        base: its text as generated last; `theirs` as generated now.
    """

    name: str
    path: str
    holder: str
    base: str
    theirs: str


def find_moves(base: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """Return old -> new path of generated files that lie elsewhere now.

    Args:
        base: path -> text as generated last, of files that are not at their place.
        found: path -> text of files that nobody generated.
    """
    lines = {path: _read_lines(text) for path, text in found.items()}
    moves: dict[str, str] = {}
    for path, text in sorted(base.items()):
        wanted = _read_lines(text)
        suffix = path.rpartition(".")[2]
        if len(wanted) < _FEWEST:
            continue
        shares = {
            other: len(wanted & held) / len(wanted)
            for other, held in lines.items()
            if other.endswith(f".{suffix}") and other not in moves.values()
        }
        best = max(sorted(shares), key=lambda other: shares[other], default="")
        if best and shares[best] >= _ALIKE:
            moves[path] = best
    return moves


def find_moved_symbols(
    base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]
) -> list[MovedSymbol]:
    """Return the functions and classes that lie in another module now, and are generated anew.

    Args:
        base: path -> text as generated last.
        ours: path -> text as it is now, of all modules that there are.
        theirs: path -> text as generated now.
    """
    found = []
    for path in sorted(base.keys() & ours.keys() & theirs.keys()):
        if not path.endswith(".py") or base[path] in (ours[path], theirs[path]):
            continue
        before, now, after = (_read_symbols(side[path]) for side in (base, ours, theirs))
        for name in sorted((before.keys() & after.keys()) - now.keys()):
            if before[name] == after[name]:
                continue
            holder = _find_holder(name, before[name], path, base, ours)
            if holder:
                found.append(MovedSymbol(name, path, holder, before[name], after[name]))
    return found


def replace_symbol(text: str, name: str, symbol: str) -> str:
    """Return a module with another text for one of its functions or classes."""
    start, stop = _find_spans(text)[name]
    lines = text.split("\n")
    return "\n".join([*lines[:start], *symbol.split("\n"), *lines[stop:]])


def _find_holder(
    name: str, symbol: str, path: str, base: Mapping[str, str], ours: Mapping[str, str]
) -> str:
    """Return the one other module in which people have a symbol, "" for none or several."""
    wanted = _read_lines(symbol)
    holders = []
    for other, text in ours.items():
        if other == path or not other.endswith(".py") or name not in text:
            continue
        held = _read_symbols(text).get(name)
        is_generated = other in base and name in _read_symbols(base[other])
        if held is None or is_generated:
            continue
        if len(wanted & _read_lines(held)) >= _ALIKE * len(wanted):
            holders.append(other)
    return holders[0] if len(holders) == 1 else ""


@lru_cache(maxsize=1024)
def _find_spans(text: str) -> Mapping[str, tuple[int, int]]:
    """Return name -> rows, from 0 and half-open, of the functions and classes of a module."""
    try:
        return dict(_iter_spans(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return {}


def _iter_spans(tree: ast.Module) -> Iterator[tuple[str, tuple[int, int]]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(part.lineno for part in node.decorator_list)])
            yield node.name, (first - 1, node.end_lineno or node.lineno)


def _read_symbols(text: str) -> dict[str, str]:
    lines = text.split("\n")
    return {name: "\n".join(lines[start:stop]) for name, (start, stop) in _find_spans(text).items()}


def _read_lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}
