"""Compares the test files of a change: which tests are no longer what they were."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.edits.chunks import parse_without_common
from devmatrix_guard.mining.regression.collect import (
    PYTEST,
    SETUPS,
    CollectedTests,
    Naming,
    WrittenTest,
    collect_tests,
    list_shared,
)
from devmatrix_guard.mining.regression.foreign import read_foreign_tests
from devmatrix_guard.mining.regression.strength import (
    compare_strength,
    is_requalified,
    shares_subject,
)
from devmatrix_guard.mining.regression.taken import Pool, Taken, find_taken
from devmatrix_guard.mining.regression.wrapping import RUNNING, find_muted

_NOTHING = CollectedTests({}, ())
_PYTHON = (".py", ".pyi", ".pyw")
_AROUND = frozenset(name.encode() for name in (*SETUPS, *RUNNING))  # what no test names
_MAX_PAIRS = 40_000
_WORD = re.compile(rb"\w+")
_DEFINITION = re.compile(
    rb"^(?P<indent>[ \t]*)(?:async[ \t]+)?def[ \t]+(?P<name>\w+)", re.MULTILINE
)
_IN_CLASS = re.compile(rb"^(?: {1,4}|\t)(?![\s@#)\]}])", re.MULTILINE)


class TextChange(NamedTuple):
    """Both versions of a file that holds tests; None where there is none.

    `old_path` is empty where the file is new, `path` where it is gone.
    """

    old_path: str
    path: str
    old: bytes | None
    new: bytes | None


class Loss(NamedTuple):
    """What a change takes from one test, which had this name in this file before.

    `path` is where the file is now, the old place where it is gone. `words` are those of its code
    before, with its class if that is gone; where the test itself is gone, `came` are the words of
    the tests that are new in its file, `instead` those of the ones that ask for as much, and
    `beside` those of the helpers that go with it. `rewritten` counts the tests of the file that
    ask for something else.
    """

    old_path: str
    path: str
    name: str
    line: int
    taken: tuple[Taken, ...]
    words: frozenset[str] = frozenset()
    came: frozenset[str] = frozenset()
    instead: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    rewritten: int = 1


class _Sides(NamedTuple):
    """Both versions of a file's tests; `same` are the names of those that ask for the same."""

    change: TextChange
    old: CollectedTests
    new: CollectedTests
    same: frozenset[str]


def find_losses(
    changes: Sequence[TextChange],
    wanted: Mapping[str, Collection[str]],
    naming: Naming = PYTEST,
) -> list[Loss]:
    """Return what changes take from the tests that are asked about.

    Args:
        changes: the changed files that hold tests, before or after.
        wanted: by path before the change, the names of the tests.
        naming: what the runner collects.
    """
    sides = [_read_sides(change, naming) for change in changes]
    pool = _make_pool(sides)
    others = [test for side in sides for test in _list_new_others(side)]
    losses = []
    for side in sides:
        change, old, new, same = side
        for name in wanted.get(change.old_path, ()):
            test = old.tests.get(name)
            if test is None or test.skipped or name in same:
                continue
            taken = find_taken(test, new.tests.get(name), pool, others)
            if taken:
                line = max((one.line for one in taken), default=0) or _find_place(test, old, new)
                path = change.path or change.old_path
                words = _list_texts(change.old, _list_fellows(test, old, new))
                is_gone = name not in new.tests
                came = _list_new_words(side) if is_gone else frozenset()
                instead = _list_new_words(side, test) if is_gone else frozenset()
                beside = _list_words_gone(side) if is_gone else frozenset()
                losses.append(
                    Loss(
                        change.old_path, path, name, line, tuple(taken), words, came, instead,
                        beside, _count_rewritten(side),
                    )
                )  # fmt: skip
    return losses


def _list_fellows(test: WrittenTest, old: CollectedTests, new: CollectedTests) -> list[WrittenTest]:
    """Return a test, with all of its class where that has gone as a whole."""
    owner = test.name.rpartition("::")[0]
    if not owner or any(name.startswith(f"{owner}::") for name in new.tests):
        return [test]
    return [one for name, one in old.tests.items() if name.startswith(f"{owner}::")]


def _list_new_words(side: _Sides, gone: WrittenTest | None = None) -> frozenset[str]:
    """Return the words of the tests that are new in a file and ask for something.

    With a test that is gone, of those that ask for as much as that one.
    """
    came = [t for n, t in side.new.tests.items() if n not in side.old.tests and t.asks_anything]
    if gone is not None:
        came = [test for test in came if _asks_as_much(test, gone)]
    return _list_texts(side.change.new, came)


def _asks_as_much(test: WrittenTest, gone: WrittenTest) -> bool:
    """Tell whether a test asks for as many things as one that is gone, and of none for less."""
    if test.skipped or len(test.asked) < len(gone.asked):
        return False
    pairs = islice(product(gone.asked, test.asked), _MAX_PAIRS)
    return not any(shares_subject(*pair) and compare_strength(*pair) for pair in pairs)


def _count_rewritten(side: _Sides) -> int:
    """Count the tests of a file that ask for something else: other words alone are none."""
    names = (side.new.tests.keys() & side.old.tests.keys()) - side.same
    return sum(
        Counter(check.identity for check in side.old.tests[name].asked)
        != Counter(check.identity for check in side.new.tests[name].asked)
        for name in names
    )


def _list_words_gone(side: _Sides) -> frozenset[str]:
    """Return the words of the helpers of a file that are there no more."""
    names = [set(_cut_shared(tests, [])) for tests in (side.old, side.new)]
    rows = _cut_shared(side.old, (side.change.old or b"").splitlines())
    gone = [row for name in names[0] - names[1] for row in rows[name]]
    return frozenset(word.decode("utf-8", "replace") for word in _list_words(gone))


def _list_texts(source: bytes | None, tests: Sequence[WrittenTest]) -> frozenset[str]:
    lines = (source or b"").splitlines()
    words = {word for test in tests for word in _list_words(lines[test.start - 1 : test.end])}
    return frozenset(word.decode("utf-8", "replace") for word in words)


def _find_place(test: WrittenTest, old: CollectedTests, new: CollectedTests) -> int:
    """Return the line of what is left that a deleted test stood beside: the last test before it."""
    before = [one for one in old.tests.values() if one.start < test.start and one.name in new.tests]
    if before:
        return new.tests[max(before, key=lambda one: one.start).name].end
    return min((one.start for one in new.tests.values()), default=1)


def _read_sides(change: TextChange, naming: Naming) -> _Sides:
    """Return the tests before and after; both by lines where one side cannot be parsed."""
    trees = [
        parse_source(source) if source is not None and path.endswith(_PYTHON) else None
        for path, source in ((change.old_path, change.old), (change.path, change.new))
    ]
    is_collected = _is_collected(change, naming)
    old, new = _collect_sides(change, trees, naming, is_collected=is_collected)
    return _Sides(change, old, new, _find_same(change, old, new))


def _is_collected(change: TextChange, naming: Naming) -> bool:
    """Tell whether a runner looks into the new version of a file."""
    # A file that had no usual name before was found by a runner in some other way.
    was_named = not change.old_path or naming.is_test_file(change.old_path)
    is_named = not change.path.endswith(_PYTHON) or naming.is_test_file(change.path)
    return is_named or not was_named


def _collect_sides(
    change: TextChange,
    trees: Sequence[ast.Module | None],
    naming: Naming,
    *,
    is_collected: bool,
) -> tuple[CollectedTests, CollectedTests]:
    """Return the tests of both sides, from the trees of those that are Python."""
    sources = (change.old_path, change.old), (change.path, change.new)
    is_unreadable = [
        source is not None and path.endswith(_PYTHON) and tree is None
        for (path, source), tree in zip(sources, trees, strict=True)
    ]
    by_lines = any(is_unreadable) and bool(change.new)
    found = []
    for (path, source), tree, wanted in zip(sources, trees, (True, is_collected), strict=True):
        if source is None:
            found.append(_NOTHING)
        elif tree is not None and not by_lines:
            found.append(collect_tests(tree, naming, is_collected=wanted))
        else:
            found.append(read_foreign_tests(source, path, is_collected=wanted))
    return found[0], found[1]


def _make_pool(sides: Sequence[_Sides]) -> Pool:
    pairs: list[tuple[WrittenTest, WrittenTest | None]] = []
    for _, old, new, same in sides:
        for name, test in new.tests.items():
            if name not in same:
                pairs.append((test, old.tests.get(name)))
    return Pool(pairs)


def _list_new_others(side: _Sides) -> list[WrittenTest]:
    """Return what is not collected and was not there before: a helper that stood is no test."""
    known = {test.name for test in side.old.others}
    return [test for test in side.new.others if test.name not in known]


def _find_same(change: TextChange, old: CollectedTests, new: CollectedTests) -> frozenset[str]:
    """Return the tests whose own lines are as they were, and whose helpers are too."""
    before = (change.old or b"").splitlines()
    after = (change.new or b"").splitlines()
    moved = _find_changed_names(_cut_shared(old, before), _cut_shared(new, after))
    same = set()
    for name, test in new.tests.items():
        former = old.tests.get(name)
        if former is None or (former.skipped, former.is_collected) != (test.skipped, True):
            continue
        if former.mocked.keys() != test.mocked.keys():
            continue
        if not moved.isdisjoint(_AROUND) and find_muted(former, test):
            continue
        code = before[former.start - 1 : former.end]
        if code == after[test.start - 1 : test.end] and not moved & _list_words(code):
            same.add(name)
    return frozenset(same)


def _cut_shared(tests: CollectedTests, lines: Sequence[bytes]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, start, end in list_shared(tests.tree) if tests.tree is not None else ():
        found.setdefault(name.encode(), []).extend(lines[start - 1 : end])
    return found


def _find_changed_names(
    before: Mapping[bytes, list[bytes]], after: Mapping[bytes, list[bytes]]
) -> set[bytes]:
    """Return what is defined otherwise than before, itself or through what it uses."""
    names = {*before, *after}
    changed = {name for name in names if before.get(name) != after.get(name)}
    waiting = bool(changed)
    while waiting:
        more = {n for n in names - changed if changed & _list_words(after.get(n, []))}
        changed |= more
        waiting = bool(more)
    return changed


def _list_words(lines: Sequence[bytes]) -> set[bytes]:
    return set(_WORD.findall(b"\n".join(lines)))


class Proof(NamedTuple):
    """A test that a change adds, or adds checks to; `keys` are those of the added checks.

    `words` are the names its code uses.
    """

    path: str
    name: str
    is_new: bool
    keys: tuple[int, ...]
    words: frozenset[str]


def find_new_proof(changes: Sequence[TextChange], naming: Naming = PYTEST) -> list[Proof]:
    """Return the tests that changes add, and those they add checks to.

    Args:
        changes: the changed files that hold tests.
        naming: what the runner of Python's tests collects.
    """
    found = []
    for change in changes:
        if change.new is None:
            continue
        old, new = _read_changed(change, naming)
        before, after = (change.old or b"").splitlines(), change.new.splitlines()
        for name, test in new.tests.items():
            former = old.tests.get(name)
            code = after[test.start - 1 : test.end]
            if former and former.start and before[former.start - 1 : former.end] == code:
                continue
            keys = () if former is None else _list_new_keys(former, test)
            if not (keys or (former is None and test.asks_anything)):
                continue
            words = _list_texts(change.new, [test])
            found.append(Proof(change.path, name, former is None, keys, words))
    return found


def _read_changed(change: TextChange, naming: Naming) -> tuple[CollectedTests, CollectedTests]:
    """Return the tests of both versions, those that are alike in both left out where possible.

    What tests share is kept: a check has the number that a reading of the whole file finds.
    """
    if not change.path.endswith(_PYTHON):
        sides = _read_sides(change, naming)
        return sides.old, sides.new

    def may_omit(text: bytes) -> bool:
        return _is_plain_test(text, naming)

    trees = parse_without_common(change.old or b"", change.new or b"", may_omit)
    if trees is None:
        sides = _read_sides(change, naming)
        return sides.old, sides.new
    old, new = (collect_tests(tree, naming) for tree in trees)
    if not _is_collected(change, naming) and any(name in old.tests for name in new.tests):
        new = collect_tests(trees[1], naming, is_collected=False)
    return old, new


def _is_plain_test(text: bytes, naming: Naming) -> bool:
    """Tell whether a text is one test, with nothing beside it that another test could use."""
    match = _DEFINITION.search(text)
    if match is None or b"fixture" in text[: match.start()]:
        return False
    if match["indent"] and len(_IN_CLASS.findall(text)) > 1:
        return False
    return naming.is_test_name(match["name"].decode("utf-8", "replace"))


def _list_new_keys(former: WrittenTest, test: WrittenTest) -> tuple[int, ...]:
    """Return the numbers of what a test asks for that it did not before."""
    had = Counter(check.key for check in former.asked)
    if test.content.checks and not former.content.checks:
        had = Counter()
    added = Counter(check.key for check in test.asked) - had
    gone = had - Counter(check.key for check in test.asked)
    former_checks = [check for check in former.asked if check.key in gone]
    respelled = {
        check.key
        for check in test.asked
        if check.key in added and any(is_requalified(one, check) for one in former_checks)
    }
    return tuple(sorted(added.keys() - respelled))
