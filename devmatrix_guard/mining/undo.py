"""What is remembered of fixes so that undoing them is noticed, and how that is said.

The index has, for every file, what each fix that stands removed and added, as keys of statements.
A path's hunks are decoded when they are asked for. Light: this module runs in the commit hook.
"""

from __future__ import annotations

import marshal
import os
from collections import Counter

from devmatrix_guard.files import FileError, read_chosen
from devmatrix_guard.mining.sealed import seal, unseal
from devmatrix_guard.model.finding import Finding, Source
from devmatrix_guard.model.named_value import NamedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from devmatrix_guard.mining.undo_edits import FixHunk
    from devmatrix_guard.mining.undo_match import Match

RULE_ID = "undo-of-fix"
INDEX_NAME = "undo.bin"  # in our folder in git's own, which no commit can fill
MAX_INDEX_BYTES = 256 * 1024 * 1024
FORMAT = 4
# Later versions of marshal write bytes that depend on reference counts.
MARSHAL = 2
_REVERT_WORDS = (
    "revert", "reverts", "reverted", "reverting", "undo", "undoes", "undoing", "undid",
    "back out", "backs out", "backout", "backed out", "backing out",
)  # fmt: skip


class UndoIndex:
    """What fixes did that stands, by path.

    Args:
        fixes: (commit, date, subject, issue) of every fix.
        sections: per path, the marshalled tuple of its hunks.
        copies: the marshalled table of which paths, by their order, have hunks that removed a
            statement with a loose key.
        words: per path, the marshalled words by which undoing each of its hunks shows.
    """

    def __init__(
        self,
        fixes: Sequence[tuple[str, str, str, str]],
        sections: dict[str, bytes],
        copies: bytes = b"",
        words: dict[str, bytes] | None = None,
    ) -> None:
        self.fixes = fixes
        self.sections = sections
        self.copies = copies
        self.words = words or {}
        self._table: dict[int, tuple[int, ...]] | None = None

    def get_hunks(self, path: str) -> list[FixHunk]:
        """Return the hunks of fixes to a file."""
        from devmatrix_guard.mining.undo_edits import FixHunk

        section = self.sections.get(path)
        rows: Any = marshal.loads(section) if section else ()  # noqa: S302  # git's own folder
        return [FixHunk._make((*self.fixes[row[0]], path, *row[1:])) for row in rows]

    def find_paths_with(self, keys: Iterable[int]) -> list[str]:
        """Return the files in which fixes removed a statement with one of some loose keys."""
        if self._table is None:
            self._table = marshal.loads(self.copies) if self.copies else {}  # noqa: S302
        table: dict[int, tuple[int, ...]] = self._table or {}
        numbers = {number for key in keys for number in table.get(key, ())}
        names = tuple(self.sections) if numbers else ()
        return [names[number] for number in sorted(numbers)]


def is_titled_revert(subject: str) -> bool:
    """Tell whether a commit's subject announces that something is taken back."""
    words = subject.strip().lower()
    if words.startswith("[") and "]" in words:
        words = words.partition("]")[2]
    words = words.lstrip("\"' :*-")
    # As a word of its own: what begins with “Undocumented” takes nothing back.
    return any(
        words.startswith(word) and not words[len(word) : len(word) + 1].isalnum()
        for word in _REVERT_WORDS
    )


class Reverted(NamedValue):
    """What a message says that its commit takes back: commits, else a subject, else anything."""

    commits: tuple[str, ...] = ()
    subject: str = ""

    @property
    def names_fix(self) -> bool:
        """Whether the message says which commit it takes back."""
        return bool(self.commits or self.subject)

    def covers(self, commit: str, subject: str) -> bool:
        """Tell whether a commit is one that the message names."""
        if any(commit.startswith(name) for name in self.commits):
            return True
        # A squashed pull request has its number behind the title that the revert quotes.
        return bool(self.subject) and subject.partition(" (#")[0] == self.subject

    def select_hidden(self, fixes: Iterable[tuple[str, str]]) -> set[str]:
        """Return which of some undone fixes, given by commit and subject, are meant to be undone.

        A revert that names its commit means that one; of one that says less all are meant, unless
        the subject it quotes is that of one of them.
        """
        found = {*fixes}
        covered = {commit for commit, subject in found if self.covers(commit, subject)}
        if covered or self.commits:
            return covered
        return {commit for commit, _ in found}


def read_revert(subject: str, body: str = "") -> Reverted | None:
    """Return what a message announces to take back, None where it announces nothing.

    `git revert` writes “This reverts commit …” and quotes the subject; hosts of pull requests quote
    their title.
    """
    if not is_titled_revert(subject):
        return None
    lines = [line for line in (subject, *body.splitlines()) if "revert" in line.lower()]
    words = (word.strip(".,;:()'\"`") for line in lines for word in line.split())
    commits = tuple(word for word in words if _is_commit_id(word))
    _, _, quoted = subject.partition('"')
    return Reverted(commits, quoted.rpartition('"')[0].partition(" (#")[0])


def index_announced(
    commits: Iterable[tuple[Reverted | None, Iterable[str]]],
) -> dict[str, list[Reverted]]:
    """Return by file what some commits together say that they take back there.

    Where several of them change a file, one that does not name what it takes back speaks for itself
    alone: what the others take back was not announced.

    Args:
        commits: what each announces, and the files it changes.
    """
    found: dict[str, list[Reverted]] = {}
    touched: Counter[str] = Counter()
    for reverted, paths in commits:
        for path in paths:
            touched[path] += 1
            if reverted is not None:
                found.setdefault(path, []).append(reverted)
    kept = {
        path: [one for one in said if one.names_fix or touched[path] == 1]
        for path, said in found.items()
    }
    return {path: said for path, said in kept.items() if said}


def _is_commit_id(word: str) -> bool:
    return 7 <= len(word) <= 64 and not word.strip("0123456789abcdef") and not word.isdigit()


_TOLD = {
    "both": "puts back what this fix removed and removes what it added",
    "put-back": "puts back code that this fix removed",
    "removed": "removes what this fix added",
    "copied": "writes code again that this fix replaced elsewhere",
    "part": "takes back part of this fix",
    "merge": "loses this fix, which one of the merged sides has",
}


def make_undo_finding(
    fix: tuple[str, str, str, str], match: Match, *, stage: str, is_merge: bool = False
) -> Finding:
    """Return the finding for a fix, given as (commit, date, subject, issue), that is undone."""
    # Costs the hook nothing unless there is something to say.
    from devmatrix_guard.engine.findings.fingerprint import compute_fingerprint

    commit, date, subject, issue = fix
    what = _TOLD["merge" if is_merge else "part" if match.hunk.is_part else match.kind]
    about = f"{commit[:10]} of {date}" + (f" ({issue})" if issue else "")
    message = (
        f"This change {what}: {about}, “{subject}”. Keep the fix, "
        "or begin the commit's subject with “Revert” to say that this is intended."
    )
    is_shown = match.kind != "removed"
    width = len(match.text) if is_shown else 0
    keys = tuple(tuple(key[0] for key in side) for side in (match.hunk.removed, match.hunk.added))
    return Finding(
        rule_id=RULE_ID,
        path=match.path,
        start_line=match.line,
        start_col=len(match.text) - len(match.text.lstrip()) + 1 if is_shown else 1,
        end_line=match.line,
        end_col=width + 1,
        stage=stage,
        severity="INFO" if stage == "advise" else "WARNING",
        layer=None,
        message=message,
        fingerprint=compute_fingerprint(RULE_ID, match.path, code=repr((commit, keys))),
        sources=(Source(commit, date, subject),),
        code=match.text,
        kind="undo",
    )


def dump_index(index: UndoIndex) -> bytes:
    """Return the index as the bytes that are kept in a file."""
    parts = (tuple(index.fixes), index.sections, index.copies, index.words)
    return seal(marshal.dumps((FORMAT, *parts), MARSHAL))


def load_index(path: str | os.PathLike[str]) -> UndoIndex | None:
    """Return the index kept at `path`; None if there is none, or it cannot be used."""
    try:
        data = unseal(read_chosen(path, MAX_INDEX_BYTES))
        stored: Any = marshal.loads(data)  # noqa: S302  # git's own folder: no commit can fill it
        if stored[0] != FORMAT:
            return None
        _, fixes, sections, copies, words = stored
    except (FileError, ValueError, EOFError, TypeError, IndexError):
        return None
    return UndoIndex(fixes, sections, copies, words)
