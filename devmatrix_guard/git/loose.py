"""Reads blobs that lie in files of their own, as staged ones do, without starting git.

Such a file is the same in every repository: `blob SIZE`, a zero byte and the content, deflated
together, named by the id. Packs and alternates are left to git.
"""

from __future__ import annotations

import os
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_HEADER = 32


class TooLargeError(Exception):
    """A blob is larger than asked for."""


def read_loose_blobs(git_dir: str, blob_ids: Iterable[str], *, max_bytes: int) -> dict[str, bytes]:
    """Return the blobs that lie loose, by id; odd or damaged ones are left to git.

    Args:
        git_dir: git's folder; that of a linked work tree holds no objects.
        blob_ids: whole ids.
        max_bytes: the size up to which a blob is read.

    Raises:
        TooLargeError: one of them is larger.
    """
    objects = os.environ.get("GIT_OBJECT_DIRECTORY") or f"{git_dir}/objects"
    found = ((blob_id, _read_blob(objects, blob_id, max_bytes)) for blob_id in blob_ids)
    return {blob_id: content for blob_id, content in found if content is not None}


def _read_blob(objects: str, blob_id: str, max_bytes: int) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        with open(f"{objects}/{blob_id[:2]}/{blob_id[2:]}", "rb") as file:  # noqa: PTH123
            start = inflater.decompress(file.read(), _MAX_HEADER)
        header, _, content = start.partition(b"\0")
        kind, _, size = header.partition(b" ")
        if kind != b"blob":
            return None
        if int(size) > max_bytes:
            raise TooLargeError
        content += inflater.decompress(inflater.unconsumed_tail)
    except (OSError, ValueError, zlib.error):
        return None
    is_whole = inflater.eof and not inflater.unused_data and len(content) == int(size)
    return content if is_whole else None
