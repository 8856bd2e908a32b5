"""Finds where the functions and tests of past fixes are today, after renames and moves."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.mining.fixes.units import is_test_file
from devmatrix_guard.mining.regression.collect import PYTEST, SCRIPT, Naming
from devmatrix_guard.mining.regression.doctests import PREFIX
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, RegressionTest

Names = Mapping[str, frozenset[str]]


class Places:
    """What the files of today define, to find what has moved.

    Args:
        names: by path, the names a file defines; tests of other languages by their titles.
        naming: what the runner of Python's tests collects.
    """

    def __init__(self, names: Names, naming: Naming = PYTEST) -> None:
        self._names = names
        self._tests: dict[str, set[tuple[str, str]]] = {}
        self._functions: dict[str, set[tuple[str, str]]] = {}
        for path, defined in names.items():
            found = self._tests if is_test_file(path, naming) else self._functions
            for name in defined:
                found.setdefault(name, set()).add((path, name))
                leaf = name.rpartition(".")[2]
                found.setdefault(f".{leaf}", set()).add((path, name))

    def place(self, unit: FixUnit) -> FixUnit:
        """Return a fix with its functions and tests where they are today, or marked as gone."""
        return unit._replace(
            functions=tuple(dict.fromkeys(map(self._place_function, unit.functions))),
            tests=tuple(dict.fromkeys(map(self._place_test, unit.tests))),
        )

    def _place_function(self, function: FixedFunction) -> FixedFunction:
        path, name = function.path, function.name
        if path in self._names and (not name or name in self._names[path]):
            return function._replace(is_there=True)
        found = self._find_moved(self._functions, name)
        if found is None:
            return function._replace(is_there=False)
        return function._replace(path=found[0], name=found[1], is_there=True)

    def _place_test(self, test: RegressionTest) -> RegressionTest:
        if test.runner == "script":
            return test._replace(is_there=test.path in self._names)
        name = test.name.removeprefix(PREFIX) if test.runner == "doctest" else test.name
        defined = self._names.get(test.path, frozenset())
        dotted = name if test.runner == "other" else name.replace("::", ".")
        if dotted in defined or name in (SCRIPT, "module"):
            return test._replace(is_there=test.path in self._names)
        found = self._find_moved(self._tests, dotted) if test.runner != "doctest" else None
        if found is None:
            return test._replace(is_there=False)
        now = found[1] if test.runner == "other" else found[1].replace(".", "::")
        return test._replace(path=found[0], name=now, is_there=True)

    def _find_moved(
        self, places: Mapping[str, set[tuple[str, str]]], name: str
    ) -> tuple[str, str] | None:
        """Return the one place that defines a name, or whose last part is that of the name."""
        leaf = name.rpartition(".")[2]
        if not name or leaf.startswith("__"):
            return None
        for key in (name, f".{leaf}"):
            found = places.get(key, set())
            if len(found) == 1:
                return next(iter(found))
        return None
