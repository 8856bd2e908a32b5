"""Turns the files of a change into what the rules look at, and keeps what was left out and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from devmatrix_guard.commands.check.change.earlier_files import EarlierFiles
from devmatrix_guard.commands.check.change.reading import (
    NOT_PYTHON,
    Bounds,
    Reader,
    may_undo,
)
from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.check.findings.new_suppressions import added_comments
from devmatrix_guard.commands.check.python_files import may_be_python
from devmatrix_guard.config import Settings
from devmatrix_guard.engine.prefilter.scan import may_suppress
from devmatrix_guard.errors import describe_defect
from devmatrix_guard.generated_code import says_generated
from devmatrix_guard.model.diff import Skip, Target
from devmatrix_guard.model.report import CheckReport, NewSuppression

_MAX_OTHER = 1_000_000  # bytes; comments beyond are not listed
_LEFT_TO_CI = "the time budget was used up; left to CI"


class Targets:
    """Turns candidates into targets while keeping what was skipped and what was seen."""

    def __init__(self, context: CheckContext) -> None:
        earlier = EarlierFiles(context.place, context.change, context.rules)
        self._is_hook = context.is_hook
        self._place = context.place
        self._is_range = context.change.compared is not None
        self._reader = Reader(context.place, context.change.compared, earlier)
        self.deadline = context.deadline
        self.skipped: list[Skip] = []
        self.seen: list[str] = []
        self.named: list[str] = []
        # Files in other languages, kept for semgrep where it wants them.
        self.wants: Callable[[str], bool] | None = None
        self.foreign: list[Target] = []
        self.new_suppressions: list[NewSuppression] = []

    def read(self, candidates: Iterator[Candidate], settings: Settings) -> Iterator[Target]:
        """Yield the targets among some candidates with the same settings."""
        bounds = Bounds(settings.max_file_kb, settings.exclude, settings.notebooks)
        for candidate in candidates:
            if self.deadline is not None and time.monotonic() > self.deadline:
                self.skipped.append(Skip(candidate.path, _LEFT_TO_CI))
                continue
            self.named.append(candidate.path)
            read = self._read(candidate, bounds)
            if isinstance(read, Target):
                self._note_suppressions(candidate, read)
                yield read
            elif self.wants is not None and self.wants(candidate.path):
                read = self._read_foreign(candidate, bounds) or read
            if isinstance(read, Skip):
                is_ours = read.reason != NOT_PYTHON
                if is_ours or not self._is_hook:
                    self.skipped.append(
                        read
                    )  # a runner names all text files; nobody asks for these
                # What no rule can read, or another kind of file by now, may take back a fix still.
                if is_ours and may_be_python(candidate.path) and read.is_agreed:
                    continue
            if isinstance(read, Target) or may_undo(candidate, bounds):
                self.seen.append(candidate.path)
                if not isinstance(read, Target) or read in self.foreign:
                    self._note_others(candidate)

    def describe(self) -> CheckReport:
        """Return what is to be said of the files themselves."""
        return CheckReport(
            skipped=tuple(self.skipped), new_suppressions=tuple(self.new_suppressions)
        )

    def _note_suppressions(self, candidate: Candidate, target: Target) -> None:
        """Keep the comments of a range's file that silence rules and did not before."""
        if not self._is_range or self._place.blobs is None:
            return
        if may_suppress(target.source) or says_generated(target.source):
            old = candidate.old_blob
            before = self._place.blobs.read(old) if old is not None else None
            self.new_suppressions += added_comments(target.path, target.source, before or b"")

    def _note_others(self, candidate: Candidate) -> None:
        """Keep the comments of a file that is no Python, which silence undone fixes there."""
        blobs = self._place.blobs
        if not self._is_range or blobs is None or candidate.blob is None:
            return
        source = blobs.read(candidate.blob, _MAX_OTHER)
        if source is not None and may_suppress(source):
            before = blobs.read(candidate.old_blob, _MAX_OTHER) if candidate.old_blob else None
            self.new_suppressions += added_comments(candidate.path, source, before or b"")

    def _read_foreign(self, candidate: Candidate, bounds: Bounds) -> Target | Skip | None:
        read = self._read(candidate, bounds, any_text=True)
        if isinstance(read, Target):
            self.foreign.append(read)
        return read

    def _read(
        self, candidate: Candidate, bounds: Bounds, *, any_text: bool = False
    ) -> Target | Skip | None:
        try:
            return self._reader.read(candidate, bounds, any_text=any_text)
        except Exception as error:
            return Skip(candidate.path, describe_defect(error, "reading it"))
