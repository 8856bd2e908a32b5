"""Which later commits undid part of a fix, and which one had to repair it again."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.reverts import Reverted
from devmatrix_guard.mining.undo.edits import ChangedFile, find_fix_hunks, is_indexed
from devmatrix_guard.mining.undo.history import (
    Step,
    Undone,
    find_undoing_step,
    find_undone_fixes,
    find_undone_together,
)
from devmatrix_guard.mining.undo.indexing import (
    Renames,
    Tree,
    build_index,
    find_undone_place,
    select_moved,
    select_standing,
)
from devmatrix_guard.model.finding import Source
from tests.mining.test_commits import change as file_change
from tests.mining.test_commits import commit
from tests.mining.undo.test_index import FIXED, GUARDED, HEAD, LOAD, NAMED, OTHER

OTHERWISE = FIXED.replace("CERTIFICATES", "certificates_of(path)")


def file(old: str, new: str, path: str = "a.py", old_path: str = "") -> ChangedFile:
    return ChangedFile(path, old_path or path, old.encode(), new.encode())


def step(day: int, old: str, new: str, *, is_fix: bool = False, subject: str = "Change") -> Step:
    source = (f"{day:040x}", f"2026-01-0{day}", subject, "")
    changed = file(old, new)
    hunks = find_fix_hunks(source, changed, "a.py") if is_fix else []
    return Step(Source(*source[:3]), (changed,), tuple(hunks))


def told(*steps: Step) -> list[tuple[int, int, bool, int | None]]:
    """Return for each undoing the days of the fix, of the undoing, and of the second fix."""
    return [
        (
            int(one.fix.commit, 16),
            int(one.by.commit, 16),
            one.both,
            int(one.mended_again.commit, 16) if one.mended_again else None,
        )
        for one in find_undone_fixes(steps)
    ]


FIX = step(1, LOAD, FIXED, is_fix=True)


@pytest.mark.parametrize(
    ("later", "found"),
    [
        pytest.param([], [], id="stands"),
        pytest.param([step(2, FIXED, LOAD)], [(1, 2, True, None)], id="undone"),
        pytest.param([step(2, FIXED, OTHERWISE)], [], id="rewritten"),
        pytest.param([step(2, FIXED, LOAD, subject="Revert it")], [], id="announced"),
        pytest.param(
            [
                step(2, FIXED, LOAD, subject="Revert it"),
                step(3, LOAD, FIXED, subject="Revert both"),
            ],
            [],
            id="revert of a revert",
        ),
        pytest.param(
            [step(2, FIXED, LOAD), step(3, LOAD, FIXED)], [(1, 2, True, 3)], id="repaired again"
        ),
        pytest.param(
            [step(2, FIXED, LOAD), step(3, LOAD, FIXED), step(4, FIXED, LOAD)],
            [(1, 2, True, 3), (1, 4, True, None)],
            id="undone twice",
        ),
        pytest.param(
            [step(2, FIXED, LOAD), step(3, LOAD, OTHERWISE)],
            [(1, 2, True, None)],
            id="repaired otherwise",
        ),
        pytest.param(
            [
                step(2, FIXED, LOAD),
                step(3, LOAD, OTHERWISE),
                step(4, OTHERWISE, FIXED),
                step(5, FIXED, LOAD),
            ],
            [(1, 2, True, 4), (1, 5, True, None)],
            id="repaired in two steps and undone again",
        ),
    ],
)
def test_undoing_is_found_in_history(
    later: list[Step], found: list[tuple[int, int, bool, int | None]]
) -> None:
    assert told(FIX, *later) == found


def test_a_deleted_guard_that_comes_again_was_needed() -> None:
    steps = [step(1, LOAD, GUARDED, is_fix=True), step(2, GUARDED, LOAD), step(3, LOAD, GUARDED)]
    assert told(*steps) == [(1, 2, False, 3)]


def test_fix_is_followed_through_a_rename() -> None:
    moved = Step(Source("2" * 40, "2026-01-02", "Move"), (file(FIXED, FIXED, "b.py", "a.py"),))
    undone = Step(Source("3" * 40, "2026-01-03", "Change"), (file(FIXED, LOAD, "b.py"),))
    (found,) = find_undone_fixes([FIX, moved, undone])
    assert (found.path, found.line, found.both) == ("b.py", 4, True)


def test_what_only_moved_to_another_file_is_not_undone() -> None:
    moved = Step(
        Source("2" * 40, "2026-01-02", "Move"), (file(FIXED, OTHER), file("", FIXED, "b.py"))
    )
    assert find_undone_fixes([FIX, moved]) == []


def test_what_steps_undo_together_is_named_once() -> None:
    half = FIXED.replace("CERTIFICATES", "True")
    steps = [step(2, FIXED, half), step(3, half, LOAD)]
    assert find_undone_fixes(steps, FIX.fix) == []
    last = {"a.py": Source("3" * 40, "2026-01-03", "Change")}
    (found,) = find_undone_together(FIX.fix, [file(FIXED, LOAD)], [], last, {})
    assert (found.by.commit, found.both) == ("3" * 40, True)
    assert find_undone_together(FIX.fix, [file(FIXED, LOAD)], [found], last, {}) == []
    assert (
        find_undone_together(FIX.fix, [file(FIXED, LOAD)], [], last, {"a.py": [Reverted()]}) == []
    )


def test_of_several_steps_the_one_after_which_a_fix_stood_no_more_is_named() -> None:
    (hunk,) = FIX.fix
    half = FIXED.replace(", timeout=LIMIT", "")
    later = LOAD.replace("None", "{}")
    taken = [(FIXED, half), (half, LOAD), (LOAD, later)]
    steps = [
        (Source(str(day) * 40, f"2026-01-0{day}", "Change"), file(*sides))
        for day, sides in enumerate(taken, 2)
    ]
    assert find_undoing_step(hunk, reversed(steps)) == steps[0][0]
    assert find_undoing_step(hunk, [steps[-1]]) is None


def test_a_merge_is_asked_about_what_each_of_its_sides_has() -> None:
    source = Source("2" * 40, "2026-01-02", "Merge")
    fixed, unfixed = (Tree(lambda _, t=text: t.encode()) for text in (FIXED, LOAD))
    evil = Step(source, (file(FIXED, LOAD),), others=(fixed,))
    assert [one.is_merge for one in find_undone_fixes([FIX, evil])] == [True]
    brought = evil._replace(others=(unfixed,))
    assert find_undone_fixes([FIX, brought]) == []


def undone(now: str) -> tuple[Undone, int | None]:
    (one,) = find_undone_fixes([FIX, step(2, FIXED, LOAD)])
    return one, find_undone_place(one.match, Tree(lambda _: now.encode()))


@pytest.mark.parametrize(
    ("now", "line"),
    [(LOAD, 4), (HEAD + LOAD, 9), (FIXED, None), (OTHER, None), ("", None)],
)
def test_the_place_of_an_undone_fix_is_that_of_the_last_version(now: str, line: int | None) -> None:
    assert undone(now)[1] == line


def test_a_hunk_that_moved_to_another_file_is_found_by_the_name_of_its_function() -> None:
    trees = {"a.py": OTHER.encode(), "b.py": FIXED.encode()}
    tree = Tree(trees.get)
    assert select_standing(FIX.fix, tree) == []
    (found,) = select_moved(FIX.fix, tree, {"load": ["b.py"], "save": ["a.py"]})
    assert found.path == "b.py"
    assert select_moved(FIX.fix, tree, {"load": [f"{n}.py" for n in range(9)]}) == []


def test_copies_are_looked_up_by_what_a_fix_removed() -> None:
    index = build_index(FIX.fix)
    key = FIX.fix[0].removed[0]
    assert index.find_paths_with([key[1]]) == ["a.py"]
    assert index.find_paths_with([key[0] + 1]) == []


def test_names_are_followed_back_through_renames() -> None:
    renames = Renames()
    for old, new in (("b.py", "c.py"), ("a.py", "b.py")):
        renamed = file_change(new, status="R", old_path=old)
        renames.step_back_over(commit("Move", changes=[renamed]))
    assert [renames.resolve(p) for p in ("a.py", "b.py", "c.py", "d.py")] == ["c.py"] * 3 + ["d.py"]


@pytest.mark.parametrize(
    ("path", "expected"), [("a.py", True), ("a.ts", True), ("run", True), ("a.md", False)]
)
def test_only_code_is_indexed(path: str, expected: bool) -> None:
    assert is_indexed(path) is expected


def test_a_long_hunk_is_remembered_by_its_heaviest_statements() -> None:
    new = "".join(f"call_number_{n}(argument, {n}, {n})\n" for n in range(90)) + "x = 1\n"
    (hunk,) = find_fix_hunks(NAMED, file("", new), "a.py")
    assert len(hunk.added) == 24
    assert min(key[3] for key in hunk.added) == 4
