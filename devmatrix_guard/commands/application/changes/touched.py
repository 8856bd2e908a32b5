"""Which generated applications a change touches: in their folders, or by the spec they follow.

A spec that people keep elsewhere is known by its content: before the change it was, byte for byte,
what an application had been generated from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from devmatrix_guard.commands.application.changes.versions import (
    FilePair,
    Version,
    VersionPair,
    list_applications,
)
from devmatrix_guard.generated_code import may_be_source
from devmatrix_guard.generator.manifest import PATH, SUFFIXES
from devmatrix_guard.generator.manifest_merge import MERGED, load_manifest
from devmatrix_guard.model.named_value import NamedValue

_MAX_BYTES = 8 << 20


class Touched(NamedValue):
    """An application that a change touches.

    Attributes:
        folder: its path from the root of the repository, "" for the root.
        changed: paths of its files that the change touches, from its folder.
        spec, overlay: paths, from the root, of changed sources that are kept elsewhere, or "".
    """

    folder: str
    changed: frozenset[str] = frozenset()
    spec: str = ""
    overlay: str = ""

    def locate(self, path: str) -> str:
        """Return the path from the root of a file of the application."""
        return f"{self.folder}/{path}" if self.folder else path


def find_touched(pair: VersionPair) -> list[Touched]:
    """Return the applications that a change touches, sorted by folder."""
    found: dict[str, set[str]] = {}
    elsewhere = []
    holders: dict[str, bool] = {}
    for file in pair.files:
        folder = _find_folder(file.path, pair.after, holders)
        if folder is not None:
            found.setdefault(folder, set()).add(file.path[len(folder) + 1 if folder else 0 :])
        if file.path.endswith(SUFFIXES) and file.old_blob and file.new_blob:
            elsewhere.append(file)
    touched = {folder: Touched(folder, frozenset(paths)) for folder, paths in found.items()}
    for folder, kind, path in _find_followers(elsewhere, pair):
        known = touched.get(folder, Touched(folder))
        touched[folder] = known._replace(**{kind: path})
    return [touched[folder] for folder in sorted(touched)]


def _find_folder(path: str, version: Version, holders: dict[str, bool]) -> str | None:
    """Return the innermost folder above a file that holds an application."""
    folder = path.rpartition("/")[0]
    while True:
        if folder not in holders:
            holders[folder] = version.read(f"{folder}/{PATH}" if folder else PATH) is not None
        if holders[folder]:
            return folder
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def _find_followers(files: Iterable[FilePair], pair: VersionPair) -> Iterator[tuple[str, str, str]]:
    """Yield (folder, "spec" or "overlay", path) where a file was a source before it changed."""
    shas: dict[str, str] = {}
    for file in files:
        if file.old_blob == file.new_blob or "/.guard/" in f"/{file.path}":
            continue
        old = pair.blobs.read(file.old_blob or "", _MAX_BYTES)
        if old is not None and may_be_source(file.path, old):
            shas[hashlib.sha256(old).hexdigest()] = file.path
    if not shas:
        return
    for folder in list_applications(pair.after):
        for version in (pair.before, pair.after):
            for kind, sha in _read_source_hashes(version, folder):
                if sha in shas:
                    yield folder, kind, shas[sha]


def _read_source_hashes(version: Version, folder: str) -> Iterator[tuple[str, str]]:
    data = version.read(f"{folder}/{PATH}" if folder else PATH)
    if data is None:
        return
    try:
        values = load_manifest(data)
        for one in (values, *values.get(MERGED, ())):
            yield "spec", str(one["spec"]["sha256"])
            yield "overlay", str(one["spec"]["overlay_sha256"] or "")
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return  # who reads it as a whole says what is wrong with it
