"""What a commit's message says that it takes back. Light: the hook for messages reads it."""

from __future__ import annotations

from collections import Counter

from devmatrix_guard.model.named_value import NamedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_REVERT_WORDS = (
    "revert", "reverts", "reverted", "reverting", "undo", "undoes", "undoing", "undid",
    "back out", "backs out", "backout", "backed out", "backing out",
)  # fmt: skip


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
