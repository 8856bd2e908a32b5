"""Drift: do the spec, the generated files and the manifest of an application still agree?

Only hashes are compared, so this is quick enough for a hook; `guard verify` says what a
difference means. A spec that reads otherwise is read: comments and layout are no drift.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from shlex import quote
from typing import Literal

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.errors import SpecError
from devmatrix_guard.files import FileError, check_place, follow_links, read_if_present
from devmatrix_guard.generator.manifest import (
    BASE,
    OVERLAY,
    PATH,
    SPEC,
    SUFFIXES,
    Manifest,
    parse_manifest,
)
from devmatrix_guard.model.named_value import NamedValue

Kind = Literal["spec-changed", "merged", "tampered", "blocked", "edited", "deleted"]
Read = Callable[[str], bytes | None]

# People may edit and delete what was generated: regenerating keeps it that way.
ALLOWED: frozenset[Kind] = frozenset(["edited", "deleted"])
_REMEDIES: Mapping[Kind, str] = {
    "spec-changed": "run `guard regenerate {folder}`",
    "merged": "two branches generated it: run `guard regenerate {folder}`",
    "tampered": "restore it from version control",
    "blocked": "a folder, a link or no regular file stands there: put the file itself in its place",
    "edited": "regenerating merges it, or shows the conflict",
    "deleted": "it stays deleted; `guard repair {folder} --restore {path}` brings it back",
}


class Drift(NamedValue):
    """One place where they do not agree."""

    kind: Kind
    path: str

    def describe(self, folder: Path) -> str:
        """Return where it is and what to do, or what will happen, from where `folder` is named."""
        remedy = _REMEDIES[self.kind].format(folder=quote(str(folder)), path=quote(self.path))
        return f"{os.path.normpath(folder / self.path)}: {remedy}"


def run_drift(
    root: Path, *, spec: Path | None = None, staged: bool = False, bases: bool = False
) -> list[Drift]:
    """Return where the application in `root` has drifted, the grave first, then by path.

    Args:
        spec: the spec it should have been generated from; the copy beside it by default.
        staged: look at what git's index holds instead of the files.
        bases: look at the generated texts that are kept, too, which can be generated again.

    Raises:
        GenerationError: there is no generated application, or its manifest cannot be read.
        SpecError: the spec cannot be read.
        GitError: `staged`, and this is no repository.
    """
    with _open_index(root, spec) if staged else _open_files(root, spec) as (read, source):
        manifest = parse_manifest(read(PATH), root)
        found = [*compare_sources(manifest, read, source), *_compare_generated(manifest, read)]
        if bases:
            found += _compare_bases(manifest, read)
        if manifest.others:
            found.append(Drift("merged", PATH))
        is_known = any(drift.kind == "spec-changed" for drift in found)
        if spec is None and manifest.places and not is_known:
            found += _compare_kept(root, manifest, read, staged=staged)
    if not staged:
        found = [_name_obstacle(root, drift) for drift in found]
    if not staged and any(drift.kind == "deleted" for drift in found):
        found = _leave_out_sparse(root, found)
    return sorted(found, key=lambda drift: (drift.kind in ALLOWED, drift.path))


def _name_obstacle(root: Path, drift: Drift) -> Drift:
    """Return a drift, as what it is where something other than a file stands in the file's place.

    Neither regenerating nor a repair writes there.
    """
    if drift.kind not in ALLOWED:
        return drift
    try:
        check_place(root, drift.path)
    except FileError:
        return drift._replace(kind="blocked")
    return drift


def _leave_out_sparse(root: Path, found: Sequence[Drift]) -> list[Drift]:
    """Return what drifted without files that nobody deleted: a sparse checkout left them out."""
    from devmatrix_guard.git.worktree import list_left_out  # a hook meets none

    left_out = list_left_out(root)
    return [drift for drift in found if drift.kind != "deleted" or drift.path not in left_out]


def compare_sources(
    manifest: Manifest, read: Read, spec: tuple[str, bytes] | None
) -> Iterator[Drift]:
    """Yield how spec and overlay differ from what was generated from.

    Args:
        manifest: what was generated.
        read: gives the copies beside the application.
        spec: a name and what it holds, instead of the copy of the spec.
    """
    if spec is not None:
        specs = [spec]
    else:
        specs = _list_copies(SPEC, read)
        if not specs:
            yield Drift("tampered", f"{SPEC}.*")
    overlays = _list_copies(OVERLAY, read)
    if manifest.overlay_sha and not overlays:
        yield Drift("tampered", f"{OVERLAY}.*")
    changed = [path for path, data in specs if not is_text(data, manifest.spec_sha)]
    changed += [path for path, data in overlays if not is_text(data, manifest.overlay_sha)]
    if changed and not _mean_the_same(specs, overlays, manifest.ir_sha):
        yield from (Drift("spec-changed", path) for path in changed)


def _compare_kept(root: Path, manifest: Manifest, read: Read, *, staged: bool) -> Iterator[Drift]:
    """Yield how spec and overlay differ where people keep them, outside of the application.

    What is not there any more was moved, and the copy in the application counts.
    """
    top = find_project_root(root)
    inner = root.resolve()
    texts: dict[str, list[tuple[str, bytes]]] = {}
    with _open_index(top, None) if staged else _open_files(top, None) as (read_kept, _):
        for kind, stem in (("spec", SPEC), ("overlay", OVERLAY)):
            place = manifest.places.get(kind)
            data = read_kept(place) if place else None
            shown = os.path.relpath(top / place, inner).replace(os.sep, "/") if place else ""
            texts[kind] = [(shown, data)] if data is not None else _list_copies(stem, read)
    shas = {"spec": manifest.spec_sha, "overlay": manifest.overlay_sha}
    changed = [
        path for kind, held in texts.items() for path, data in held if not is_text(data, shas[kind])
    ]
    if changed and not staged:
        texts["spec"] = [(p, _bundle(inner / p, data)) for p, data in texts["spec"]]
    same = all(is_text(data, shas[kind]) for kind, held in texts.items() for _, data in held)
    if (
        changed
        and not same
        and not _mean_the_same(texts["spec"], texts["overlay"], manifest.ir_sha)
    ):
        yield from (Drift("spec-changed", path) for path in changed)


def _bundle(place: Path, data: bytes) -> bytes:
    """Return a spec with the files that it refers to, as it was generated from."""
    from devmatrix_guard.generator.spec.bundle import read_source  # only of one that has changed

    try:
        return read_source(place)
    except SpecError:
        return data


def _list_copies(stem: str, read: Read) -> list[tuple[str, bytes]]:
    copies = [(f"{stem}{suffix}", read(f"{stem}{suffix}")) for suffix in SUFFIXES]
    return [(path, data) for path, data in copies if data is not None]


def _mean_the_same(
    specs: Sequence[tuple[str, bytes]], overlays: Sequence[tuple[str, bytes]], ir_sha: str
) -> bool:
    """Tell whether a spec that reads otherwise says the same as what was generated from."""
    from devmatrix_guard.generator.extract.extract import extract
    from devmatrix_guard.generator.spec.load import load_spec
    from devmatrix_guard.ir.codec import hash_ir

    if len(specs) != 1 or len(overlays) > 1:
        return False
    path, data = specs[0]
    try:
        overlay = overlays[0][1] if overlays else None
        return hash_ir(extract(load_spec(data, overlay, name=Path(path).stem))) == ir_sha
    except SpecError:
        return False


def _compare_generated(manifest: Manifest, read: Read) -> Iterator[Drift]:
    for path, entry in manifest.files.items():
        if any(fnmatchcase(path, glob) for glob in manifest.ignored):
            continue
        data = read(path)
        if data is None:
            yield Drift("deleted", path)
        elif not is_text(data, entry.sha):
            yield Drift("edited", path)


def _compare_bases(manifest: Manifest, read: Read) -> Iterator[Drift]:
    from devmatrix_guard.generator.base_texts import unpack_text

    for entry in manifest.files.values():
        kept = read(f"{BASE}/{entry.sha}")
        if kept is not None and unpack_text(kept, entry.sha) is None:
            yield Drift("tampered", f"{BASE}/{entry.sha}")


def is_text(data: bytes, sha: str) -> bool:
    """Tell whether a file holds a text; git may have given it the ends of lines of Windows."""
    if _hash_data(data) == sha:
        return True
    return b"\r\n" in data and _hash_data(data.replace(b"\r\n", b"\n")) == sha


@contextmanager
def _open_files(root: Path, spec: Path | None) -> Iterator[tuple[Read, tuple[str, bytes] | None]]:
    """Give what reads the files of an application, and the spec that was named."""

    def read(path: str) -> bytes | None:
        try:
            return read_if_present(root, path)
        except FileError:
            return b""  # a link, a pipe: something is there, and not what was generated

    yield read, _read_spec(root, spec) if spec else None


@contextmanager
def _open_index(root: Path, spec: Path | None) -> Iterator[tuple[Read, tuple[str, bytes] | None]]:
    """Give the same of what the next commit would hold."""
    from devmatrix_guard.git.blobs import BlobReader
    from devmatrix_guard.git.repository import find_repository

    repo = find_repository(root)
    top = Path(repo.root).resolve()
    prefix = root.resolve().relative_to(top).as_posix()
    below = "" if prefix == "." else f"{prefix}/"
    with BlobReader(repo) as blobs:

        def read_staged(path: Path) -> bytes:
            place = follow_links(path)
            inside = place.is_relative_to(top)
            data = blobs.read(f":0:{place.relative_to(top).as_posix()}") if inside else None
            if data is None:
                raise SpecError(
                    f"cannot read {path.name}: git's index does not hold it; `git add` it, or "
                    "leave `--staged` out"
                )
            return data

        yield (
            lambda path: blobs.read(f":0:{below}{path}"),
            (_read_spec(root, spec, read_staged) if spec else None),
        )


def _read_spec(root: Path, spec: Path, *read: Callable[[Path], bytes]) -> tuple[str, bytes]:
    """Return a spec's place, as seen from the application like all that drifts, and its text."""
    from devmatrix_guard.generator.spec.bundle import read_source  # a hook names no spec

    return os.path.relpath(spec, root), read_source(spec, *read)


def _hash_data(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
