"""Drift: do the spec, the generated files and the manifest of an application still agree?

Only hashes are compared, so this is quick enough for a hook; `guard verify` says what a
difference means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.generator.manifest import (
    BASE,
    OVERLAY,
    PATH,
    SPEC,
    SUFFIXES,
    Manifest,
    ManifestEntry,
    parse_manifest,
)
from devmatrix_guard.generator.spec.read import read_bytes
from devmatrix_guard.model.named_value import NamedValue

Kind = Literal["spec-changed", "tampered", "missing", "edited", "deleted"]
Read = Callable[[str], bytes | None]

# People may edit what was generated, and delete what no part of the spec asks for.
ALLOWED: frozenset[Kind] = frozenset(["edited", "deleted"])
_REMEDIES: Mapping[Kind, str] = {
    "spec-changed": "run `guard regenerate`",
    "tampered": "restore it from version control",
    "missing": "bring it back with `guard repair`",
    "edited": "regenerating merges it",
    "deleted": "it stays deleted",
}


class Drift(NamedValue):
    """One place where they do not agree."""

    kind: Kind
    path: str

    @property
    def remedy(self) -> str:
        """What to do, or what will happen, as half a sentence."""
        return _REMEDIES[self.kind]


def run_drift(root: Path, *, spec: Path | None = None, staged: bool = False) -> list[Drift]:
    """Return where the application in `root` has drifted, the grave first, then by path.

    Args:
        spec: the spec it should have been generated from; the copy beside it by default.
        staged: look at what git's index holds instead of the files.

    Raises:
        GenerationError: there is no generated application, or its manifest cannot be read.
        SpecError: the spec cannot be read.
        GitError: `staged`, and this is no repository.
    """
    with _open_index(root) if staged else _open_files(root) as read:
        manifest = parse_manifest(read(PATH), root)
        found = [*_compare_sources(manifest, read, spec), *_compare_generated(manifest, read)]
    return sorted(found, key=lambda drift: (drift.kind in ALLOWED, drift.path))


def _compare_sources(manifest: Manifest, read: Read, spec: Path | None) -> Iterator[Drift]:
    if spec is not None:
        if _hash_data(read_bytes(spec)) != manifest.spec_sha:
            yield Drift("spec-changed", str(spec))
    else:
        yield from _copy_drift(SPEC, manifest.spec_sha, read)
    yield from _copy_drift(OVERLAY, manifest.overlay_sha, read)


def _copy_drift(stem: str, sha: str, read: Read) -> Iterator[Drift]:
    copies = [(f"{stem}{suffix}", read(f"{stem}{suffix}")) for suffix in SUFFIXES]
    present = [(path, data) for path, data in copies if data is not None]
    if sha and not present:
        yield Drift("tampered", f"{stem}.*")
    for path, data in present:
        if _hash_data(data) != sha:
            yield Drift("spec-changed", path)


def _compare_generated(manifest: Manifest, read: Read) -> Iterator[Drift]:
    for path, entry in manifest.files.items():
        base = f"{BASE}/{entry.sha}"
        data, kept = read(path), read(base)
        if kept is None or _hash_data(kept) != entry.sha:
            yield Drift("tampered", base)
        if data is None:
            yield Drift(_describe_absence(entry), path)
        elif data != kept and _hash_data(data) != entry.sha:
            yield Drift("edited", path)


def _describe_absence(entry: ManifestEntry) -> Kind:
    return "missing" if entry.nodes else "deleted"


@contextmanager
def _open_files(root: Path) -> Iterator[Read]:
    def read(path: str) -> bytes | None:
        try:
            return read_if_present(root, path)
        except FileError:
            return None

    yield read


@contextmanager
def _open_index(root: Path) -> Iterator[Read]:
    from devmatrix_guard.git.blobs import BlobReader
    from devmatrix_guard.git.repository import find_repository

    repo = find_repository(root)
    prefix = root.resolve().relative_to(Path(repo.root).resolve()).as_posix()
    below = "" if prefix == "." else f"{prefix}/"
    with BlobReader(repo) as blobs:
        yield lambda path: blobs.read(f":{below}{path}")


def _hash_data(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
