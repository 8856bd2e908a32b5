"""The baseline: findings that were there before and are accepted, one sorted fingerprint a line.

Lines carry no number, count or time, so that two branches merge without a conflict; an entry
whose finding is gone does no harm until `--prune` takes it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.engine.findings.fingerprint import is_fingerprint, move_fingerprint
from devmatrix_guard.errors import SettingsError
from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.report import Note

BASELINE_PATH = ".guard/baseline.txt"
_HEADER = "# Accepted findings, one fingerprint a line; made by `guard baseline`.\n"


class Baseline(NamedTuple):
    """Accepted findings: fingerprint to the comment that says what it was."""

    entries: Mapping[str, str] = {}
    notes: tuple[Note, ...] = ()

    def accepts(self, finding: Finding, old_path: str | None = None) -> bool:
        """Tell whether a finding is accepted, under the path it had before a rename too."""
        marks = list_fingerprints(finding)
        if old_path is not None:
            marks += tuple(move_fingerprint(mark, old_path) for mark in marks)
        return any(mark in self.entries for mark in marks)

    def may_hold_moved(self, finding: Finding) -> bool:
        """Tell whether the same code is accepted in some file."""
        codes = {mark.partition("-")[2] for mark in list_fingerprints(finding)}
        return any(mark.partition("-")[2] in codes for mark in self.entries)


def list_fingerprints(finding: Finding) -> tuple[str, ...]:
    """Return the fingerprint of a finding, and the one that earlier versions gave it."""
    former = finding.former_fingerprint
    return (finding.fingerprint, former) if former else (finding.fingerprint,)


def read_baseline(root: Path) -> Baseline:
    """Return the baseline of a work tree; an absent file is an empty baseline.

    Raises:
        SettingsError: the file is there and cannot be read.
    """
    try:
        return parse_baseline(read_if_present(root, BASELINE_PATH) or b"")
    except FileError as error:
        raise SettingsError(f"the baseline cannot be read: {error}") from error


def parse_baseline(data: bytes) -> Baseline:
    """Return the baseline in a file's bytes; a line that is no entry becomes a note."""
    entries: dict[str, str] = {}
    notes: list[Note] = []
    text = data.decode("utf-8-sig", "replace")
    for number, line in enumerate(text.split("\n"), start=1):
        entry, _, comment = line.partition("#")
        entry = entry.strip()
        if is_fingerprint(entry):
            entries[entry] = comment.strip()
        elif entry:
            notes.append(
                Note(BASELINE_PATH, number, "this line is not a fingerprint and is ignored")
            )
    return Baseline(entries, tuple(notes))


def add_to_baseline(baseline: Baseline, findings: Iterable[Finding]) -> Baseline:
    """Return the baseline with the findings accepted as well, entries of old in today's form."""
    findings = list(findings)
    former = {finding.former_fingerprint for finding in findings}
    kept = {mark: about for mark, about in baseline.entries.items() if mark not in former}
    return Baseline({**kept, **{f.fingerprint: describe(f) for f in findings}})


def format_baseline(baseline: Baseline) -> bytes:
    """Return the baseline as the bytes of its file."""
    lines = [f"{print_}  # {about}".rstrip(" #") for print_, about in baseline.entries.items()]
    return (_HEADER + "".join(f"{line}\n" for line in sorted(lines))).encode()


def describe(finding: Finding) -> str:
    """Return what stands beside a fingerprint: rule and path, with nothing that would move."""
    about = f"{finding.rule_id} {finding.path}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in about)
