"""`scripts/walk.py`: how far a reader has to go with one parameter."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.helpers import write_tree

SCRIPT = Path(__file__).parent.parent / "scripts" / "walk.py"
TOP = """\
from devmatrix_guard.low import measure, Box

def start(value, other):
    size = measure(value)
    keep(size)
    return Box(other)

def keep(amount):
    box = Box(amount)
    return measure(box)
"""
LOW = """\
class Box:
    pass

def measure(thing):
    return len(thing)
"""


@pytest.fixture(scope="module")
def walk() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("walk", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("parameter", "stays", "climbs", "names"),
    [
        ("value", ["top", "low", "top"], 1, {"value", "thing", "size", "amount"}),
        ("other", ["top"], 0, {"other"}),
    ],
    ids=["passed on and brought back", "put down in a value of another kind"],
)
def test_a_value_is_followed_until_it_is_put_down(
    walk: ModuleType,
    tmp_path: Path,
    parameter: str,
    stays: list[str],
    climbs: int,
    names: set[str],
) -> None:
    write_tree(tmp_path, {"devmatrix_guard/top.py": TOP, "devmatrix_guard/low.py": LOW})
    found = walk.walk(tmp_path, f"devmatrix_guard/top.py:start:{parameter}")
    assert [name.rpartition(".")[2] for name in found.stays] == stays
    assert (found.climbs, found.names) == (climbs, names)


OPENING = """\
from devmatrix_guard.part.low import open_box, measure

def start(value):
    with open_box(value) as opened:
        keep(opened)

def keep(kept):
    return measure(kept)
"""
LOW_OPENING = """\
def open_box(path):
    return path

def measure(thing):
    return len(thing)
"""


@pytest.mark.parametrize(
    ("options", "stays", "names"),
    [
        ({}, ["top", "low", "top", "low"], {"value", "path", "opened", "kept", "thing"}),
        ({"follows_with": False}, ["top", "low"], {"value", "path"}),
        ({"within": "top"}, ["top"], {"value", "opened", "kept"}),
    ],
    ids=["what a with opens is the value", "what a with opens is another value", "of one part"],
)
def test_a_walk_ends_where_it_is_told_to(
    walk: ModuleType, tmp_path: Path, options: dict[str, Any], stays: list[str], names: set[str]
) -> None:
    write_tree(
        tmp_path,
        {"devmatrix_guard/top/top.py": OPENING, "devmatrix_guard/part/low.py": LOW_OPENING},
    )
    found = walk.walk(tmp_path, "devmatrix_guard/top/top.py:start:value", **options)
    assert [name.rpartition(".")[2] for name in found.stays] == stays
    assert found.names == names


def test_a_method_of_a_text_or_a_module_is_none_of_ours_by_the_same_name(
    walk: ModuleType, tmp_path: Path
) -> None:
    top = 'import os\n\ndef start(value):\n    os.path.join(value)\n    return "/".join(value)\n'
    low = "class Calls:\n    def join(self, other):\n        return other\n"
    write_tree(tmp_path, {"devmatrix_guard/top.py": top, "devmatrix_guard/low.py": low})
    found = walk.walk(tmp_path, "devmatrix_guard/top.py:start:value")
    assert [name.rpartition(".")[2] for name in found.stays] == ["top"]
