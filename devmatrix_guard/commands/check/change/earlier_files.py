"""Tells what was checked before a change: what was not is news as a whole, however it got here."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from devmatrix_guard.commands.check.change.change import Change
from devmatrix_guard.commands.check.change.place import Place
from devmatrix_guard.commands.check.change.reading import (
    Bounds,
    reason_by_content,
    skip_by_name,
)
from devmatrix_guard.commands.check.change.rulesets import Rulesets
from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.python_files import is_python, may_be_python
from devmatrix_guard.generated_code import says_generated
from devmatrix_guard.git.attributes import find_generated


class EarlierFiles:
    """The files as they were before a range, or before the commit in the making.

    In a commit in the making only renamed files are looked at: what a file said of itself
    before is for the check of a range to doubt.

    Args:
        place: where the files were.
        change: what is checked.
        rules: the settings that decide: in a range those of its base.
    """

    def __init__(self, place: Place, change: Change, rules: Rulesets) -> None:
        self._place = place
        self._change = change
        self._rules = rules

    def was_checked(self, candidate: Candidate) -> bool:
        """Whether the file as it was could be checked, so that only its new lines are news."""
        if candidate.old_blob is None or not self._is_doubted(candidate):
            return True
        if self._is_absent(candidate):
            return True  # a partial clone: its new lines cannot be told, which is said of the file
        before = self._before(candidate)
        settings = self._rules.settings_for(before)
        bounds = Bounds(settings.max_file_kb, settings.exclude, settings.notebooks)
        if not may_be_python(before.path) or skip_by_name(before, bounds) is not None:
            return False
        content = self._content(candidate, settings.max_file_kb * 1024)
        if content is None or not is_python(before.path, content) or reason_by_content(content):
            return False
        return not says_generated(content) and before.path not in self._generated

    def was_python(self, candidate: Candidate) -> bool:
        """Whether it was a Python file by its name or its first line."""
        if self._change.compared is None or candidate.old_blob is None:
            return False
        path = self._before(candidate).path
        if not may_be_python(path):
            return False
        return is_python(path, self._content(candidate) or b"")

    def said_generated(self, candidate: Candidate) -> bool:
        """Whether a comment that says so may leave the file out: it did so before a range."""
        if self._change.compared is None:
            return True
        return says_generated(self._content(candidate) or b"")

    def _is_doubted(self, candidate: Candidate) -> bool:
        return self._change.compared is not None or candidate.old_path is not None

    def _is_absent(self, candidate: Candidate) -> bool:
        blobs, blob = self._place.blobs, candidate.old_blob
        return blobs is not None and blob is not None and blobs.get_size(blob) is None

    @staticmethod
    def _before(candidate: Candidate) -> Candidate:
        path = candidate.old_path or candidate.path
        return Candidate(path, candidate.place, candidate.old_blob)

    def _content(self, candidate: Candidate, max_bytes: int | None = None) -> bytes | None:
        if self._place.blobs is None or candidate.old_blob is None:
            return None
        return self._place.blobs.read(candidate.old_blob, max_bytes)

    @cached_property
    def _generated(self) -> Collection[str]:
        """The former names of renamed files that attributes called generated."""
        renamed = {c.old_path for c in self._change.candidates if c.old_path and c.old_blob}
        if self._place.repo is None or not renamed:
            return ()
        return find_generated(self._place.repo, renamed, commit=self._change.base)
