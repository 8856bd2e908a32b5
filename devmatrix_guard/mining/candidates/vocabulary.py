"""The words of today's tree: which names it still uses, and in how many of its files."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from devmatrix_guard.model.diff import Target

_NAME = re.compile(rb"[A-Za-z_]\w*")
_OWN = re.compile(rb"\b(?:self|cls)\.([A-Za-z_]\w*)")
_DEFINITION = re.compile(rb"\b(async[ \t]+)?def[ \t]+([A-Za-z_]\w*)")
_IMPORTED = re.compile(rb"\bimport[ \t]+(\([^)]*\)|[^\n(]+)")


class Vocabulary(NamedTuple):
    """In how many files each name occurs at all, after `self.`, and in an import.

    `packages` are the names by which the project's own modules are imported, `defined` those of its
    functions, `awaited` of its coroutine functions.
    """

    names: Counter[str]
    of_self: Counter[str]
    imported: Counter[str]
    packages: frozenset[str]
    defined: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()

    def is_own(self, dotted: str) -> bool:
        """Tell whether an imported name comes from the project itself."""
        return dotted.partition(".")[0] in self.packages


NO_WORDS = Vocabulary(Counter(), Counter(), Counter(), frozenset())


def read_vocabulary(targets: Iterable[Target]) -> Vocabulary:
    """Return the words of a tree of Python files."""
    counts: tuple[Counter[str], Counter[str], Counter[str]] = Counter(), Counter(), Counter()
    functions: dict[bool, set[str]] = {True: set(), False: set()}
    paths = []
    for target in targets:
        found = (
            _NAME.findall(target.source),
            _OWN.findall(target.source),
            [name for text in _IMPORTED.findall(target.source) for name in _NAME.findall(text)],
        )
        for counter, names in zip(counts, found, strict=True):
            counter.update({name.decode("ascii", "replace") for name in names})
        for prefix, name in _DEFINITION.findall(target.source):
            functions[bool(prefix)].add(name.decode("ascii", "replace"))
        paths.append(PurePosixPath(target.path))
    return Vocabulary(
        *counts, _find_packages(paths), frozenset(functions[False]), frozenset(functions[True])
    )


def _find_packages(paths: Iterable[PurePosixPath]) -> frozenset[str]:
    """Return the modules and packages that do not lie in a package, and the topmost folders."""
    found = list(paths)
    inner = {path.parent for path in found if path.name == "__init__.py"}
    roots = {path.parts[0].removesuffix(".py") for path in found}
    for path in found:
        while path.parent in inner:
            path = path.parent
        roots.add(path.name.removesuffix(".py"))
    return frozenset(roots - sys.stdlib_module_names)
