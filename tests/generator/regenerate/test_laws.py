"""What holds for any edits of people and any change of the spec, on really generated files."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts
from devmatrix_guard.generator.regenerate.merge_result import MergeResult
from tests.generator.regenerate.edits import Edit, changed_shop, edited, mergeable, shop_files
from tests.helpers import write_tree

SPECS = st.integers(0, 5)  # changes of the spec; each costs a generation
EDITS = st.integers(0, 10**6)
COUNT = st.integers(1, 3)
_NO_LAYOUT = str.maketrans(dict.fromkeys("()[]{},", " "))  # a merge may break lines elsewhere
FEWER = settings(max_examples=settings().max_examples // 2)  # each merges a whole file


def _pair(spec: int, edit: int, count: int) -> tuple[str, str, Edit, str]:
    """Return a path, what was generated, what people made of it, and what is generated now."""
    before, now = shop_files(), changed_shop(spec)
    paths = mergeable(before, now)
    path = paths[edit % len(paths)]
    return path, before[path], edited(before[path], edit, count, now[path]), now[path]


def _merged(spec: int, edit: int, count: int) -> tuple[MergeResult, Edit, str, str, str]:
    path, base, mine, theirs = _pair(spec, edit, count)
    return merge_texts(path, base, mine.text, theirs), mine, base, theirs, path


@FEWER
@given(SPECS, EDITS, COUNT)
def test_without_a_change_of_one_side_the_other_is_the_result(
    spec: int, edit: int, count: int
) -> None:
    path, base, mine, theirs = _pair(spec, edit, count)
    assert merge_texts(path, base, base, theirs).text == theirs
    assert merge_texts(path, base, mine.text, base).text == mine.text
    assert merge_texts(path, base, mine.text, mine.text).text == mine.text


@FEWER
@given(SPECS, EDITS, COUNT)
def test_what_people_wrote_is_in_the_result_or_in_a_conflict(
    spec: int, edit: int, count: int
) -> None:
    result, mine, *_ = _merged(spec, edit, count)
    shown = render_conflicts(result)
    assert [line for line in mine.added if line not in shown] == []


@FEWER
@example(spec=5, edit=39, count=1)  # a dict that fits on one line but for what people added
@given(SPECS, EDITS, COUNT)
def test_what_is_generated_now_is_in_the_result_in_a_conflict_or_said(
    spec: int, edit: int, count: int
) -> None:
    result, mine, base, theirs, _ = _merged(spec, edit, count)
    said = " ".join((*result.notes, *(f"{c.base} {c.theirs}" for c in result.conflicts)))
    lost = _words(theirs) - _words(base) - _words(result.text) - _words(said)
    assert not lost or result.notes, (mine.kind, lost)


@FEWER
@given(SPECS, EDITS, COUNT)
def test_the_result_parses_and_a_second_merge_changes_nothing(
    spec: int, edit: int, count: int
) -> None:
    result, _, _, theirs, path = _merged(spec, edit, count)
    if not result.conflicts:
        ast.parse(result.text)
        assert merge_texts(path, theirs, result.text, theirs).text == result.text


@FEWER
@given(SPECS, EDITS)
def test_what_both_wrote_is_there_once(spec: int, edit: int) -> None:
    """People wrote by hand what the generator writes now, and a line of their own."""
    path, base, _, theirs = _pair(spec, edit, 1)
    mine = edited(theirs, edit)
    result = merge_texts(path, base, mine.text, theirs)
    if not result.conflicts:
        assert ast.dump(ast.parse(result.text)) == ast.dump(ast.parse(mine.text))


def _words(text: str) -> set[str]:
    return set(text.translate(_NO_LAYOUT).split())


def test_what_is_sorted_and_formatted_stays_so(tmp_path: Path) -> None:
    """With both sides clean in ruff's eyes the merged application is, too."""
    before = shop_files()
    for seed in (1, 4, 6):
        now = changed_shop(seed)
        mine = {p: edited(before[p], seed + i, 2, now[p]).text for i, p in _numbered(before, now)}
        ours, merged = tmp_path / f"ours{seed}", tmp_path / f"merged{seed}"
        write_tree(ours, before | mine)
        _ruff("check", "--fix", "--select", "I", ours)
        _ruff("format", ours)
        results = {}
        for path in mine:
            result = merge_texts(path, before[path], (ours / path).read_text(), now[path])
            results[path] = now[path] if result.conflicts else result.text
        write_tree(merged, before | now | results)
        _ruff("check", "--select", "I,E9,F811", merged)
        _ruff("format", "--diff", merged)


def _numbered(before: dict[str, str], now: dict[str, str]) -> list[tuple[int, str]]:
    return list(enumerate(mergeable(before, now)))


def _ruff(command: str, *arguments: str | Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, command, "--no-cache", "--quiet", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
