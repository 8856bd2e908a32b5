"""Which later commits took back part of a fix, and which one had to mend it again."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.undo import find_net_lines, find_undone, hash_line, is_weighty
from devmatrix_guard.mining.undo_history import Step, find_undone_fixes
from devmatrix_guard.mining.undo_index import Renames, build_index, fix_hunks, is_indexed
from devmatrix_guard.model.diff import Hunk
from devmatrix_guard.model.finding import Source
from tests.mining.test_commits import commit
from tests.mining.test_undo import BAD, GOOD, NAMED, change

OTHER = GOOD.replace(b"CERTIFICATES", b"certificates_of(url)")


def step(
    day: int, old: bytes, new: bytes, *, is_fix: bool = False, subject: str = "Change"
) -> Step:
    source = (f"{day:040x}", f"2026-01-0{day}", subject, "")
    hunks = fix_hunks(source, "a.py", diff_lines(old, new)) if is_fix else []
    return Step(Source(*source[:3]), (change(old, new),), tuple(hunks))


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


FIX = step(1, BAD, GOOD, is_fix=True)


@pytest.mark.parametrize(
    ("later", "found"),
    [
        pytest.param([], [], id="stands"),
        pytest.param([step(2, GOOD, BAD)], [(1, 2, True, None)], id="undone"),
        pytest.param([step(2, GOOD, OTHER)], [], id="rewritten"),
        pytest.param([step(2, GOOD, BAD, subject="Revert it")], [], id="announced"),
        pytest.param(
            [step(2, GOOD, BAD), step(3, BAD, GOOD)], [(1, 2, True, 3)], id="mended-again"
        ),
        pytest.param(
            [step(2, GOOD, BAD), step(3, BAD, GOOD), step(4, GOOD, BAD)],
            [(1, 2, True, 3), (1, 4, True, None)],
            id="undone-twice",
        ),
        pytest.param(
            [step(2, GOOD, BAD), step(3, BAD, OTHER)], [(1, 2, True, None)], id="mended-otherwise"
        ),
    ],
)
def test_undoing_is_found_in_history(
    later: list[Step], found: list[tuple[int, int, bool, int | None]]
) -> None:
    assert told(FIX, *later) == found


def test_fix_is_followed_through_a_rename() -> None:
    moved = Step(Source("2" * 40, "2026-01-02", "Move"), (change(b"", b"", "b.py", "a.py"),))
    undone = Step(Source("3" * 40, "2026-01-03", "Change"), (change(GOOD, BAD, "b.py"),))
    (found,) = find_undone_fixes([FIX, moved, undone])
    assert (found.path, found.line, found.both) == ("b.py", 3, True)


def test_line_that_moved_to_another_file_is_not_undone() -> None:
    guarded = BAD.replace(b"    session", b"    refuse_private_address(url)\n    session", 1)
    moved = step(2, guarded, BAD)
    line = b"    refuse_private_address(url)\n"
    moved = moved._replace(changes=(*moved.changes, change(b"", line, "b.py")))
    assert told(step(1, BAD, guarded, is_fix=True), moved) == []


def hunk(removed: str, added: str, start: int = 1) -> Hunk:
    old, new = (
        tuple(f"{line}\n".encode() for line in text.split("|") if line) for text in (removed, added)
    )
    return Hunk(start, len(old), start, len(new), old, new)


LONG, SECOND = "close_all(connections)", "open_all(connections)"


@pytest.mark.parametrize(
    ("hunks", "added", "removed"),
    [
        pytest.param([hunk("", LONG)], 1, 0, id="added"),
        pytest.param([hunk(LONG, "")], 0, 1, id="removed"),
        pytest.param([hunk(LONG, ""), hunk("", f"    {LONG}", 9)], 0, 0, id="moved"),
        pytest.param([hunk("pass", "else:")], 0, 0, id="trivial"),
        pytest.param([hunk(LONG, SECOND)], 1, 1, id="replaced"),
    ],
)
def test_lines_that_moved_are_neither_added_nor_removed(
    hunks: list[Hunk], added: int, removed: int
) -> None:
    found = find_net_lines(hunks)
    assert (len(found[0]), len(found[1])) == (added, removed)


def key(text: str) -> int:
    found = hash_line(text.encode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("removed", "added", "hunks", "found"),
    [
        pytest.param([LONG], [SECOND], [hunk(SECOND, LONG)], [(True, True)], id="both-sides"),
        pytest.param([LONG], [SECOND], [hunk("", LONG)], [(False, True)], id="beside-the-fix"),
        pytest.param([LONG], [SECOND], [hunk(SECOND, "")], [], id="only-removed"),
        pytest.param([LONG], [], [hunk("", LONG)], [(False, True)], id="put-back"),
        pytest.param([], [LONG], [hunk(LONG, "")], [(False, False)], id="taken-out"),
        pytest.param([], [LONG], [hunk(LONG, SECOND)], [], id="replaced-by-other"),
        pytest.param([LONG, SECOND], [], [hunk("", LONG)], [], id="half-put-back"),
        pytest.param([], [LONG, SECOND], [hunk(LONG, "")], [], id="half-taken-out"),
    ],
)
def test_what_is_undone(
    removed: list[str], added: list[str], hunks: list[Hunk], found: list[tuple[bool, bool]]
) -> None:
    record = (0, tuple(map(key, removed)), tuple(map(key, added)))
    assert [(undo.both, undo.put_back) for undo in find_undone([record], hunks)] == found


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), False),
        (("open_13chars",), False),
        (("close_14_chars",), True),
        (("abc_def", "ghi_jkl"), True),
    ],
)
def test_lines_weigh_by_their_length(texts: tuple[str, ...], expected: bool) -> None:
    assert is_weighty(k for k in (hash_line(t.encode()) for t in texts) if k) is expected


@pytest.mark.parametrize(("lines", "kept"), [(1, 1), (60, 1), (61, 0)])
def test_very_long_hunks_are_forgotten(lines: int, kept: int) -> None:
    new = "".join(f"call_number_{n}(argument)\n" for n in range(lines)).encode()
    assert len(fix_hunks(NAMED, "a.py", diff_lines(b"", new))) == kept


def test_line_that_many_fixes_changed_says_nothing() -> None:
    hunks = [
        one for n in range(6) for one in fix_hunks((str(n), "", "", ""), "a.py", [hunk(LONG, "")])
    ]
    assert build_index(hunks[:5]).get_records("a.py")
    assert not build_index(hunks).get_records("a.py")


@pytest.mark.parametrize(
    ("text", "stands"),
    [(GOOD, True), (BAD, False), (GOOD + BAD, False), (b"", False), (None, False)],
)
def test_fix_stands_while_its_lines_do(text: bytes | None, stands: bool) -> None:
    hunks = fix_hunks(NAMED, "a.py", diff_lines(BAD, GOOD))
    texts = {} if text is None else {"a.py": text}
    assert bool(build_index(hunks, texts).get_records("a.py")) is stands


def test_names_are_followed_back_through_renames() -> None:
    renames = Renames()
    for old, new in (("b.py", "c.py"), ("a.py", "b.py")):
        renames.step_back_over(commit("Move", changes=[change(b"", b"", new, old)]))
    assert [renames.resolve(p) for p in ("a.py", "b.py", "c.py", "d.py")] == ["c.py"] * 3 + ["d.py"]


@pytest.mark.parametrize(("path", "expected"), [("a.py", True), ("a.ts", True), ("a.md", False)])
def test_only_code_is_indexed(path: str, expected: bool) -> None:
    assert is_indexed(path) is expected
