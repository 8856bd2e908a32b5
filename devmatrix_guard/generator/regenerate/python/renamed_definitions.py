"""Functions and classes that one side calls otherwise: what the other side changed follows them.

An operation with another `operationId`, or a schema with another name, is written under that, and
people rename methods. Merged by name alone it would be one that went and one that came, and the
other side's change in the way.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from devmatrix_guard.generator.regenerate.python.uses import find_uses

# Of the lines of both, names put right. git takes half for a renamed file; two operations of one
# resource have that much in common, and one that is only called otherwise has nearly all.
ALIKE = 0.8
_FEWEST = 3  # lines; what is shorter resembles too much
_MOST_PAIRS = 10_000  # of old and new names in one class, compared in about a second
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Rename(NamedTuple):
    """A definition under another name.

    Attributes:
        scope: the class it is in, "" for the module.
        old, new: its names.
        is_edited: whether the side that kept the old name changed it.
    """

    scope: str
    old: str
    new: str
    is_edited: bool

    def __str__(self) -> str:
        """Return how a report tells it: that this is called that."""
        scope = f"{self.scope}." if self.scope else ""
        return f"{scope}{self.old} is called {self.new}"


def find_renames(base: str, kept: str, named: str) -> tuple[Rename, ...]:
    """Return the definitions to which one side gave another name.

    Only those that the other side still has under the old one, and each new name once.

    Args:
        base: a module before; `kept` as the other side has it; `named` as the side that may have
            given names. Where one of them does not parse nothing is found.
    """
    before, mine, after = (_read_definitions(text) for text in (base, kept, named))
    taken = _list_names(kept) - _list_names(base)  # something of their own is called so
    found: list[Rename] = []
    for scope in before:
        gone = [name for name in before[scope] if name not in after.get(scope, {})]
        gone = [name for name in gone if name in mine.get(scope, {})]
        known = before[scope].keys() | mine.get(scope, {}).keys() | taken
        new = {name: text for name, text in after.get(scope, {}).items() if name not in known}
        if len(gone) * len(new) > _MOST_PAIRS:
            continue
        for name in gone:
            best = _choose(name, before[scope][name], new)
            if best:
                found.append(Rename(scope, name, best, mine[scope][name] != before[scope][name]))
                del new[best]
    return tuple(found)


def find_double_renames(base: str, ours: str, theirs: str) -> list[tuple[Rename, Rename]]:
    """Return the definitions to which each side gave another name: the rename by ours, by theirs.

    Args:
        base: a module before; `ours` and `theirs` as the sides have it.
    """
    given = {(one.scope, one.old): one for one in find_renames(base, base, ours)}
    if not given:
        return []
    generated = find_renames(base, base, theirs)
    return [(given[key], one) for one in generated if (key := (one.scope, one.old)) in given]


def write_new_names(text: str, renames: tuple[Rename, ...]) -> str:
    """Return a module in which renamed definitions, and what calls them, have their new names.

    Of a method only what is called on `self`, `cls` or its class; the same name of another
    object stays, and so do parameters, keywords and local names.
    """
    spans = sorted(
        (*use, rename.old, rename.new)
        for rename in renames
        for use in find_uses(text, rename.scope, rename.old)
    )
    lines = text.split("\n")
    for row, column, old, new in reversed(spans):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + new + line[column + len(old) :]
    return "\n".join(lines)


def _choose(name: str, text: str, others: Mapping[str, str]) -> str:
    """Return the one of some definitions that is this one under another name, or ""."""
    shares = {
        other: max(measure_likeness(form, held) for form in _list_forms(text, name, other))
        for other, held in others.items()
    }
    ranked = sorted(shares, key=lambda other: -shares[other])
    if not ranked or shares[ranked[0]] < ALIKE:
        return ""
    return ranked[0] if len(ranked) < 2 or shares[ranked[1]] < shares[ranked[0]] else ""


def _list_forms(text: str, old: str, new: str) -> Iterator[str]:
    """Yield a definition with its new name: everywhere, and only where it is defined.

    A docstring that says the old name in words, as a generated one does, may say the new one.
    """
    name = re.escape(old)
    words, new_words = (f'"""{said.replace("_", " ").capitalize()}.' for said in (old, new))
    for form in {text, text.replace(words, new_words)}:
        yield re.sub(rf"\b{name}\b", lambda _: new, form)
        yield re.sub(rf"\b(def|class)(\s+){name}\b", lambda m: f"{m[1]}{m[2]}{new}", form, count=1)


def measure_likeness(text: str, other: str) -> float:
    """Return the share of lines that two texts have in common; 0 where they are too short."""
    left, right = _count_lines(text), _count_lines(other)
    if min(left.total(), right.total()) < _FEWEST:
        return 0.0
    return 2 * (left & right).total() / (left.total() + right.total())


def _list_names(text: str) -> set[str]:
    """Return all names in a module; none of what is no Python."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return set()
    return {token.string for token in tokens if token.type == tokenize.NAME}


def _count_lines(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.splitlines() if line.strip())


def _read_definitions(text: str) -> dict[str, dict[str, str]]:
    """Return scope -> name -> text of the definitions of a module and of its classes."""
    lines = text.split("\n")
    found: dict[str, dict[str, str]] = {}
    for scope, node in _iter_definitions(text):
        first = min([node.lineno, *(part.lineno for part in node.decorator_list)])
        text = "\n".join(lines[first - 1 : node.end_lineno])
        held = found.setdefault(scope, {})
        held[node.name] = f"{held[node.name]}\n{text}" if node.name in held else text
    return found


def _iter_definitions(text: str) -> Iterator[tuple[str, _Definition]]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        if isinstance(node, _Definition):
            yield "", node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, _Definition):
                    yield node.name, inner
