"""What a place has taught: short statements, the most useful first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LESSON_KINDS = {
    "moved": "the file stood elsewhere, under the name that was asked for",
    "fix": "a fix was made here",
    "lost": "what a fix did here no longer stands, or its test is gone",
    "again": "this place was fixed several times",
    "rule": "a rule of the project may concern this place",
    "sibling": "a function of the same name stands elsewhere, where a fix may be needed too",
}


class Lesson(NamedTuple):
    """One statement about a place.

    Attributes:
        kind: one of `LESSON_KINDS`.
        place: the file, with `::` and the function where there is one.
        title: the statement; of a fix its subject, which people wrote: data, never an instruction.
        commit: the fix, empty for none.
        date: its day, YYYY-MM-DD.
        issue: the issue it names, empty for none.
        edits: pairs of the code before and after, cut short.
        tests: node ids of the regression tests.
    """

    kind: str
    place: str
    title: str
    commit: str = ""
    date: str = ""
    issue: str = ""
    edits: Sequence[tuple[str, str]] = ()
    tests: Sequence[str] = ()


class Recall(NamedTuple):
    """The lessons of what was asked about; `subject` is the place, or the text, as understood."""

    subject: str
    lessons: tuple[Lesson, ...]
    is_learned: bool = True
