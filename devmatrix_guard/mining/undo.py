"""Finds changes that take back part of an earlier fix. Light: this runs in the commit hook.

The index knows, for every file, what each fix removed and added, as hashes of lines. A change
that puts back all a fix removed, or removes all it added, is a finding that names the fix.
"""

from __future__ import annotations

import marshal
import os
import zlib

from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.model.finding import Finding, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from devmatrix_guard.model.diff import FileChange, Hunk

RULE_ID = "undo-of-fix"
INDEX_NAME = "undo.bin"  # in our folder in git's own, which no commit can fill
MAX_INDEX_BYTES = 256 * 1024 * 1024
FORMAT = 1
# Later versions of marshal write bytes that depend on reference counts.
MARSHAL = 2
MIN_CHARACTERS = 14
_TRIVIAL_STARTS = (b"#", b"//", b"/*", b"*", b'"""', b"'''", b"import ", b"from ", b"@")
_TRIVIAL = frozenset(
    b"pass|break|continue|return|return None|return True|return False|return self|return result"
    b"|else:|try:|finally:|except:|raise|except Exception:|except ValueError:|except KeyError:"
    b"|if self.closed:|super().__init__()|def __init__(self):|raise NotImplementedError()"
    b"|raise NotImplementedError|if TYPE_CHECKING:|except ImportError:|while True:".split(b"|")
)
_REVERT_WORDS = ("revert", "undo", "back out", "backout", "backed out", "backing out")

# One hunk of a fix: number of the fix, hashes of what it removed, hashes of what it added.
Record = tuple[int, tuple[int, ...], tuple[int, ...]]


class UndoIndex:
    """What fixes removed and added, by path; a path's records are decoded when it is asked for.

    Args:
        fixes: (commit, date, subject, issue) of every fix.
        sections: per path, the marshalled tuple of its records.
    """

    def __init__(
        self, fixes: Sequence[tuple[str, str, str, str]], sections: dict[str, bytes]
    ) -> None:
        self.fixes = fixes
        self.sections = sections

    def get_records(self, path: str) -> tuple[Record, ...]:
        """Return the hunks of fixes to a file."""
        section = self.sections.get(path)
        found: tuple[Record, ...] = marshal.loads(section) if section else ()  # noqa: S302  # git's own folder
        return found

    def describe_source(self, fix: int) -> Source:
        """Return a fix as it is named in a finding."""
        commit, date, subject, _ = self.fixes[fix]
        return Source(commit, date, subject)


class Undo:
    """A fix that a change takes back; `both` tells whether on both of its sides.

    `line` is where in the new file, and `text` the code there (or, for a deletion, what went).
    """

    __slots__ = ("both", "fix", "line", "put_back", "record", "text")

    def __init__(self, record: Record, *, both: bool, put_back: bool, line: int, text: str) -> None:
        self.fix = record[0]
        self.record = record
        self.both = both
        self.put_back = put_back
        self.line = line
        self.text = text


def is_titled_revert(subject: str) -> bool:
    """Tell whether a commit's subject announces that something is taken back."""
    words = subject.strip().lower()
    if words.startswith("[") and "]" in words:
        words = words.partition("]")[2]
    return words.lstrip("\"' :*-").startswith(_REVERT_WORDS)


def hash_line(line: bytes) -> int | None:
    """Return the hash a line is known by, whatever its indentation; None for a trivial line."""
    words = b" ".join(line.split())
    if len(words) < 6 or words in _TRIVIAL or words.startswith(_TRIVIAL_STARTS):
        return None
    if not any(len(part) > 2 for part in words.translate(_LETTERS).split()):
        return None
    return zlib.crc32(words) | len(words) << 32


_LETTERS = bytes(c if chr(c).isalpha() or c > 127 else 32 for c in range(256))


def is_weighty(keys: Iterable[int]) -> bool:
    """Tell whether lines together hold enough text to mean something."""
    return sum(key >> 32 for key in keys) >= MIN_CHARACTERS


def find_net_lines(hunks: Iterable[Hunk]) -> tuple[dict[int, tuple[int, bytes]], dict[int, int]]:
    """Return what hunks add and remove, lines that only moved left out.

    The first maps a line's key to where it now stands and its text, the second to the place in
    the new file where it went missing.
    """
    added: dict[int, tuple[int, bytes]] = {}
    removed: dict[int, int] = {}
    for hunk in hunks:
        for offset, line in enumerate(hunk.added):
            key = hash_line(line)
            if key is not None:
                added.setdefault(key, (hunk.new_start + offset, line))
        for line in hunk.removed:
            key = hash_line(line)
            if key is not None:
                removed.setdefault(key, max(hunk.new_start, 1))
    moved = added.keys() & removed.keys()
    for key in moved:
        del added[key], removed[key]
    return added, removed


def find_undone(
    records: Iterable[Record], hunks: Sequence[Hunk], elsewhere: frozenset[int] = frozenset()
) -> list[Undo]:
    """Return the fixes that the change of one file takes back.

    Args:
        records: the hunks of fixes to this file.
        hunks: the change.
        elsewhere: keys of lines the same change adds to other files, where they only moved.
    """
    added, removed = find_net_lines(hunks)
    if not added and not removed:
        return []
    found = []
    for record in records:
        _, was_removed, was_added = record
        put_back = bool(was_removed) and all(key in added for key in was_removed)
        taken = bool(was_added) and all(
            key in removed and key not in elsewhere for key in was_added
        )
        if put_back and (taken or not was_added or not any(key in removed for key in was_added)):
            line, text = added[was_removed[0]]
            found.append(_undo(record, line, text, both=taken, put_back=True))
        elif taken and not was_removed and _is_pure_deletion(hunks, was_added):
            line, text = _find_deletion(hunks, was_added[0])
            found.append(_undo(record, line, text, both=False, put_back=False))
    return found


def _undo(record: Record, line: int, text: bytes, *, both: bool, put_back: bool) -> Undo:
    shown = text.decode("utf-8", "replace").rstrip("\r\n")
    return Undo(record, both=both, put_back=put_back, line=line, text=shown)


def _is_pure_deletion(hunks: Iterable[Hunk], keys: Sequence[int]) -> bool:
    """Tell whether the hunks that remove these lines put nothing in their place."""
    wanted = set(keys)
    return all(
        not any(hash_line(line) is not None for line in hunk.added)
        for hunk in hunks
        if any(hash_line(line) in wanted for line in hunk.removed)
    )


def _find_deletion(hunks: Iterable[Hunk], key: int) -> tuple[int, bytes]:
    for hunk in hunks:
        for line in hunk.removed:
            if hash_line(line) == key:
                return max(hunk.new_start, 1), line
    return 1, b""


def undo_findings(index: UndoIndex, changes: Sequence[FileChange]) -> list[Finding]:
    """Return a finding for every fix that the changes take back part of.

    A change that a person announces as a revert is not to be asked about: leave the call out.
    """
    known = [change for change in changes if _select_records(index, change)]
    if not known:
        return []
    findings = []
    for change in known:
        elsewhere = _find_added_elsewhere(changes, change)
        best: dict[int, Undo] = {}
        for undo in find_undone(_select_records(index, change), change.hunks, elsewhere):
            if undo.fix not in best or (undo.both and not best[undo.fix].both):
                best[undo.fix] = undo
        findings += [undo_finding(index.fixes[fix], change.path, best[fix]) for fix in sorted(best)]
    return findings


def _select_records(index: UndoIndex, change: FileChange) -> tuple[Record, ...]:
    if change.status == "D":
        return ()
    return index.get_records(change.old_path or change.path)


def _find_added_elsewhere(changes: Iterable[FileChange], here: FileChange) -> frozenset[int]:
    keys = (
        hash_line(line)
        for change in changes
        if change is not here
        for hunk in change.hunks
        for line in hunk.added
    )
    return frozenset(key for key in keys if key is not None)


def undo_finding(fix: tuple[str, str, str, str], path: str, undo: Undo) -> Finding:
    """Return the finding for a fix, given as (commit, date, subject, issue), that is taken back."""
    # Costs the hook nothing unless there is something to say.
    from devmatrix_guard.engine.findings.fingerprint import compute_fingerprint

    commit, date, subject, issue = fix
    what = (
        "puts back what this fix removed and removes what it added"
        if undo.both
        else "puts back code that this fix removed"
        if undo.put_back
        else "removes what this fix added"
    )
    about = f"{commit[:10]} of {date}" + (f" ({issue})" if issue else "")
    message = (
        f"This change {what}: {about}, “{subject}”. Keep the fix, "
        "or begin the commit's subject with “Revert” to say that this is intended."
    )
    width = len(undo.text) if undo.put_back else 0
    return Finding(
        rule_id=RULE_ID,
        path=path,
        start_line=undo.line,
        start_col=len(undo.text) - len(undo.text.lstrip()) + 1 if undo.put_back else 1,
        end_line=undo.line,
        end_col=width + 1,
        stage="warn" if undo.both else "advise",
        severity="WARNING" if undo.both else "INFO",
        layer=None,
        message=message,
        fingerprint=compute_fingerprint(RULE_ID, path, code=repr((commit, undo.record[1:]))),
        sources=(Source(commit, date, subject),),
        code=undo.text,
        kind="undo",
    )


def dump_index(index: UndoIndex) -> bytes:
    """Return the index as the bytes that are kept in a file."""
    sections = dict(sorted(index.sections.items()))
    return marshal.dumps((FORMAT, tuple(index.fixes), sections), MARSHAL)


def load_index(path: str | os.PathLike[str]) -> UndoIndex | None:
    """Return the index kept at `path`; None if there is none, or it cannot be used."""
    try:
        data = read_chosen(path, MAX_INDEX_BYTES)
        stored: Any = marshal.loads(data)  # noqa: S302  # git's own folder: no commit can fill it
        version, fixes, sections = stored
    except (FileError, ValueError, EOFError, TypeError):
        return None
    return UndoIndex(fixes, sections) if version == FORMAT else None
