"""Checks texts that are given instead of read: what an editor shows, or what an edit has made.

given texts -> blobs that are nowhere in git -> candidates with their new lines, and changes for
those who watch what fixes did
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from devmatrix_guard.commands.check.arguments.request import GivenText
from devmatrix_guard.commands.check.change.place import Place
from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import list_added_lines
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import FileChange

_MODE = "100644"


class GivenBlobs(BlobReader):
    """Reads given texts as if they were blobs, and all else as git has it.

    Args:
        blobs: the open reader of all else, which stays its owner's to close; None for nothing else.
        texts: those given, by the id they have here.
    """

    def __init__(self, blobs: BlobReader | None, texts: dict[str, bytes]) -> None:
        self._blobs = blobs
        self._texts = texts
        self._pid = None

    def read(self, blob_id: str, max_bytes: int | None = None) -> bytes | None:
        if blob_id not in self._texts:
            return self._blobs.read(blob_id, max_bytes) if self._blobs else None
        text = self._texts[blob_id]
        return None if max_bytes is not None and len(text) > max_bytes else text

    def get_size(self, blob_id: str) -> int | None:
        if blob_id not in self._texts:
            return self._blobs.get_size(blob_id) if self._blobs else None
        return len(self._texts[blob_id])


def name_text(path: str) -> str:
    """Return the id under which a given text is read; git has no object of that name."""
    return f"given text:{path}"


def open_texts(place: Place, texts: Sequence[GivenText]) -> Place:
    """Return the place with a reader that knows the texts, too."""
    given = {name_text(text.path): text.content for text in texts}
    return place._replace(blobs=GivenBlobs(place.blobs, given))


def read_given_change(place: Place, path: str, text: GivenText) -> FileChange:
    """Return how a given text differs from its file at HEAD; one that is not there is added.

    Args:
        place: the place, opened with the texts.
        path: the file from the root.
        text: what it is to hold.
    """
    blob = name_text(text.path)
    at_head = f"HEAD:{path}"
    before = place.blobs.read(at_head) if place.blobs and place.repo else None
    after = text.content
    if before is None:
        return FileChange(path, None, "A", _MODE, _MODE, None, blob, diff_lines(b"", after))
    if b"\r\n" in after and b"\r\n" not in before:  # as git converts them when a file is staged
        after = after.replace(b"\r\n", b"\n")
    hunks = diff_lines(before, after)
    return FileChange(path, None, "M", _MODE, _MODE, at_head if hunks else blob, blob, hunks)


def make_candidate(root: Path, change: FileChange, *, is_whole: bool) -> Candidate:
    """Return the file of a given text; its new lines alone, or all of it."""
    return Candidate(
        change.path,
        root / change.path,
        change.new_blob,
        _MODE,
        None if is_whole else list_added_lines(change),
        old_blob=change.old_blob,
        named=True,
    )


def find_loose_texts(texts: Sequence[GivenText]) -> Iterator[Candidate]:
    """Yield the files of texts that belong to no repository."""
    for text in texts:
        yield Candidate(text.path, Path(text.path), name_text(text.path), _MODE, named=True)
