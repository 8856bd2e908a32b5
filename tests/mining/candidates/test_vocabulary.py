"""In how many files of the tree a name is used, and which packages are the project's own."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.vocabulary import Vocabulary, read_vocabulary
from devmatrix_guard.model.diff import Target


def words(**files: str) -> Vocabulary:
    return read_vocabulary(Target(path, text.encode(), None) for path, text in files.items())


def test_names_are_counted_once_a_file() -> None:
    found = words(**{"a.py": "x = y\nx = self.z", "b.py": "x\ncls.z\nself.w", "c.py": "é1"})
    assert (found.names["x"], found.names["y"], found.names["none"]) == (2, 1, 0)
    assert (found.of_self["z"], found.of_self["w"], found.of_self["x"]) == (2, 1, 0)


@pytest.mark.parametrize(
    ("line", "imported"),
    [
        ("import one", {"one"}),
        ("from a import one, two", {"one", "two"}),
        ("from a import (one,\n  two)", {"one", "two"}),
        ("from a import one as two", {"one", "two", "as"}),
        ("important = one", set()),
    ],
)
def test_imported_names_are_known(line: str, imported: set[str]) -> None:
    assert set(words(**{"a.py": line}).imported) == imported


@pytest.mark.parametrize(
    ("paths", "own", "foreign"),
    [
        (("shop/__init__.py", "shop/api.py"), ("shop", "shop.api"), ("api", "json")),
        (("src/shop/__init__.py", "src/shop/a/__init__.py"), ("shop", "src"), ("a",)),
        (("tool.py",), ("tool",), ("shop",)),
        (("scripts/run.py",), ("run", "scripts"), ("shop",)),
        (("json.py",), (), ("json",)),
    ],
)
def test_own_packages_are_those_that_can_be_imported(
    paths: tuple[str, ...], own: tuple[str, ...], foreign: tuple[str, ...]
) -> None:
    found = words(**dict.fromkeys(paths, ""))
    assert [name for name in (*own, *foreign) if found.is_own(name)] == list(own)
