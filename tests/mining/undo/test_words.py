"""The look at words that lets a hook end early never hides an undone fix."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.undo.words import choose_words, may_undo_by_words, read_words
from tests.mining.undo.test_index import FIXED, GUARDED, LANGUAGES, LOAD, NAMED_IN_PYTHON, hunks_of


def is_let_through(before: str, after: str, change: str, path: str = "a.py") -> bool:
    """Return whether a change of the fixed file is looked at more closely."""
    lines = diff_lines(after.encode(), change.encode())
    removed = read_words(line for hunk in lines for line in hunk.removed)
    added = read_words(line for hunk in lines for line in hunk.added)
    return may_undo_by_words([h.words for h in hunks_of(before, after, path)], removed, added)


@pytest.mark.parametrize(("before", "after", "change"), NAMED_IN_PYTHON)
def test_every_undoing_in_python_is_let_through(
    before: str, after: str, change: str | dict[str, str]
) -> None:
    text = change if isinstance(change, str) else change["a.py"]
    assert is_let_through(before, after, text)


@pytest.mark.parametrize(("path", "before", "old", "new"), LANGUAGES)
def test_every_undoing_in_other_languages_is_let_through(
    path: str, before: str, old: str, new: str
) -> None:
    assert is_let_through(before, before.replace(old, new), before, path)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (FIXED, FIXED.replace("open_session", "make_session")),
        (FIXED, FIXED + "\n\ndef save(path):\n    write_all(path, LEVEL)\n"),
        (GUARDED, GUARDED.replace("None", "{}")),
    ],
)
def test_a_change_without_its_words_ends_the_hook(after: str, change: str) -> None:
    assert not is_let_through(LOAD, after, change)


def test_a_hunk_without_words_of_its_own_is_known_by_all_it_has() -> None:
    assert choose_words([b"a < b"], [b"a <= b"])[0]
    assert choose_words([b"{}"], [b"[]"]) == ((), ())
    assert may_undo_by_words([((), ())], set(), set())
