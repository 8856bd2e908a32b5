"""The index of fixes as units: by commit, by function and by test. Light: a hook reads it.

Sections are decoded when they are asked for, so that a large history costs a small question little.
"""

from __future__ import annotations

import marshal
import os

from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.mining.sealed import seal, unseal
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, Origin, RegressionTest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

INDEX_NAME = "fixes.bin"  # in our folder in git's own, which no commit can fill
MAX_INDEX_BYTES = 256 * 1024 * 1024
FORMAT = 1
_MARSHAL = 2  # later versions write bytes that depend on reference counts

# A test as a hook asks for it: its name, and the fixes it proves with the numbers of their checks,
# which are empty where the fix wrote all of the test.
ProofRecord = tuple[str, tuple[tuple[int, tuple[int, ...]], ...]]


class FixIndex:
    """Fixes as units, newest first, and where each one's functions and tests are today.

    Args:
        fixes: each fix, marshalled.
        tests: per path, the marshalled records of its tests.
        functions: per path, the marshalled pairs of a function's name and the fixes to it.
        head: the commit it is about.
    """

    def __init__(
        self,
        fixes: Sequence[bytes],
        tests: dict[str, bytes],
        functions: dict[str, bytes],
        head: str = "",
    ) -> None:
        self.fixes = fixes
        self.tests = tests
        self.functions = functions
        self.head = head

    def get_fix(self, number: int) -> FixUnit:
        """Return a fix by its number."""
        return make_fix(marshal.loads(self.fixes[number]))  # noqa: S302  # git's own folder

    def iterate_fixes(self) -> Iterator[FixUnit]:
        """Yield every fix, newest first."""
        for number in range(len(self.fixes)):
            yield self.get_fix(number)

    def get_proofs(self, path: str) -> tuple[ProofRecord, ...]:
        """Return the regression tests of a file."""
        section = self.tests.get(path)
        found: tuple[ProofRecord, ...] = marshal.loads(section) if section else ()  # noqa: S302
        return found

    def get_functions(self, path: str) -> dict[str, tuple[int, ...]]:
        """Return the numbers of the fixes to each function of a file, newest first."""
        section = self.functions.get(path)
        return dict(marshal.loads(section)) if section else {}  # noqa: S302


def build_index(units: Iterable[FixUnit], head: str = "") -> FixIndex:
    """Return the index of fixes.

    Args:
        units: the fixes, with places of today.
        head: the commit that is today's.
    """
    ordered = sorted(units, key=lambda unit: (unit.date, unit.commit), reverse=True)
    tests: dict[str, dict[str, dict[int, tuple[int, ...]]]] = {}
    functions: dict[str, dict[str, list[int]]] = {}
    for number, unit in enumerate(ordered):
        for test in unit.tests:
            if test.is_there:
                of_name = tests.setdefault(test.path, {}).setdefault(test.name, {})
                of_name.setdefault(number, test.keys)
        for function in unit.functions:
            numbers = functions.setdefault(function.path, {}).setdefault(function.name, [])
            if number not in numbers:
                numbers.append(number)
    return FixIndex(
        tuple(_dump(to_plain(unit)) for unit in ordered),
        {
            path: _dump(tuple((name, tuple(found[name].items())) for name in sorted(found)))
            for path, found in sorted(tests.items())
        },
        {
            path: _dump(tuple((name, tuple(found[name])) for name in sorted(found)))
            for path, found in sorted(functions.items())
        },
        head,
    )


def make_fix(stored: Any) -> FixUnit:
    """Return a fix from the plain tuple it is kept as."""
    commit, date, subject, issue, functions, tests, origins, is_traced = stored
    return FixUnit(
        commit,
        date,
        subject,
        issue,
        tuple(FixedFunction(*function) for function in functions),
        tuple(RegressionTest(*test) for test in tests),
        tuple(Origin(*origin) for origin in origins),
        is_traced,
    )


def to_plain(value: Any) -> Any:
    """Return a value with plain tuples in place of our own, as marshal wants it."""
    return tuple(to_plain(part) for part in value) if isinstance(value, tuple) else value


def dump_index(index: FixIndex) -> bytes:
    """Return the index as the bytes that are kept in a file."""
    return seal(_dump((FORMAT, index.head, tuple(index.fixes), index.tests, index.functions)))


def load_index(path: str | os.PathLike[str]) -> FixIndex | None:
    """Return the index kept at `path`; None if there is none, or it cannot be used."""
    try:
        data = unseal(read_chosen(path, MAX_INDEX_BYTES))
        stored: Any = marshal.loads(data)  # noqa: S302  # git's own folder: no commit can fill it
        version, head, fixes, tests, functions = stored
    except (FileError, ValueError, EOFError, TypeError):
        return None
    return FixIndex(fixes, tests, functions, head) if version == FORMAT else None


def _dump(value: Any) -> bytes:
    return marshal.dumps(value, _MARSHAL)
