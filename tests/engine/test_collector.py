"""A checked file goes when it is done, without a search for circular garbage."""

from __future__ import annotations

import _ast
import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.collector import PausedCollector
from devmatrix_guard.engine.matching.expressions.aliases import import_aliases
from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.rule import Rule

_CODE = b"""\
LEVEL = 'a' + 'b'
def f%d(x):
    name = "n"
    while x:
        y = [x + 1, name, LEVEL]
        run(x, name, lambda: y)
    return open(LEVEL).read()
"""
_PATTERNS = (
    "run($X, 'n', ...)", "open('ab')", "$X.$F()", "$A + $B", "<... open($X) ...>", "$X = $Y",
    "def $F(...):\n    ...\n    return $X", "...\n$X = $Y\n...\nrun(...)", "while $X:\n    ...",
)  # fmt: skip


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _compiled() -> CompiledRules:
    bodies: list[dict[str, Any]] = [
        {"id": f"r{n}", "pattern": text} for n, text in enumerate(_PATTERNS)
    ]
    bodies.append({"id": "i", "patterns": [{"pattern": "$X"}, {"pattern-inside": "run(...)"}]})
    return compile_rules(
        [Rule(b["id"], "m", "ERROR", "block", None, ("python",), b) for b in bodies]
    )


def _code(functions: int) -> bytes:
    return b"".join(_CODE % number for number in range(functions))


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("lines", [None, ((3, 9),)])
def test_nothing_of_a_tree_is_left_when_its_file_is_done(lines: Any) -> None:
    compiled = _compiled()
    before = sum(isinstance(found, _ast.Module) for found in gc.get_objects())
    report = check_targets(compiled, [Target("a.py", _code(3), lines)])
    assert len(report.findings) > 8
    assert sum(isinstance(found, _ast.Module) for found in gc.get_objects()) == before


@pytest.mark.usefixtures("without_collector")
def test_a_collector_that_was_off_stays_off() -> None:
    with PausedCollector() as collector:
        collector.count(1 << 30)
    assert not gc.isenabled()


def test_a_collector_that_was_on_is_off_only_meanwhile() -> None:
    assert gc.isenabled()
    with PausedCollector():
        assert not gc.isenabled()
    assert gc.isenabled()


def _files(count: int) -> Iterator[Target]:
    for number in range(count):
        broken = b"def (:\n" if number % 4 == 3 else b""
        marked = b'run(1, "n", 2)  # guard: ignore[r0] reason="x"\n' if number % 4 == 2 else b""
        accent = "# é\n".encode() if number % 4 == 1 else b""
        yield Target(f"{number}.py", _code(2) + broken + marked + accent, None)


@pytest.mark.usefixtures("without_collector")
def test_many_files_leave_no_more_than_few() -> None:
    compiled = _compiled()

    def count_left(files: int) -> int:
        for target in _files(files):
            check_targets(compiled, [target])
        return len(gc.get_objects())

    count_left(4)  # what is imported and remembered once
    few, many = count_left(4), count_left(40)
    assert many - few < 36  # fewer than one object for each file


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, RecursionError])
def test_the_collector_is_on_again_whatever_ends_the_check(error: type[BaseException]) -> None:
    def read() -> Iterator[Target]:
        yield from _files(4)
        assert not gc.isenabled()
        raise error

    assert gc.isenabled()
    with pytest.raises(error):
        check_targets(_compiled(), read())
    assert gc.isenabled()


@pytest.mark.usefixtures("without_collector")  # when it runs decides how much the peak holds
def test_places_without_a_match_take_next_to_no_memory() -> None:
    texts = ("$X == $X", "$X = $X", "$X.$F($X, $X)", "$X = $Y\n$Y = $X", "[$X, $X, $X]")

    def measure(copies: int) -> int:
        bodies = [{"pattern": text} for text in texts] + [
            {"pattern": f"$X.$F($X, {number}{number})"} for number in range(copies)
        ]
        rules = [compile_body(body) for body in bodies]
        source = Source(_code(100))
        source.names, import_aliases(source)
        tracemalloc.start()
        FileMatcher(source, rules).matches(None)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    measure(45)  # what is remembered once
    few, many = measure(5), measure(45)
    places = 100 * 3  # calls in the file
    assert (many - few) / 40 < places * 16  # a pointer for each, and what a list keeps in reserve


def test_between_many_commits_only_what_is_new_is_looked_through() -> None:
    found: list[dict[str, int]] = []

    def note(phase: str, info: dict[str, int]) -> None:
        found.extend([info] * (phase == "start"))

    def show(items: list[int], _text: str, _total: int | None) -> list[int]:
        return items

    gc.callbacks.append(note)
    try:
        with PausedCollector() as collector:
            assert [*collector.follow(show)([*range(200)], "", None)] == [*range(200)]
    finally:
        gc.callbacks.remove(note)
    assert [info["generation"] for info in found] == [1, 1, 1]
    assert gc.isenabled()
