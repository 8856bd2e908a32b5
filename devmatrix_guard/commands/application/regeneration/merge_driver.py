"""Merges one file of a generated application, as git asks while it merges branches."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.files import read_chosen, write_output
from devmatrix_guard.generator.manifest import PATH, write_manifest
from devmatrix_guard.generator.manifest_merge import load_manifest, merge_manifests
from devmatrix_guard.generator.regenerate.merge import merge_texts
from devmatrix_guard.generator.regenerate.merge_result import mark_sides


def run_merge_driver(base: Path, ours: Path, theirs: Path, path: str) -> bool:
    """Merge three versions of the file at `path` into `ours`; tell whether it is settled.

    Raises:
        FileError: a version cannot be read, or the result not written.
    """
    versions = [read_chosen(version) for version in (base, ours, theirs)]
    if path == PATH or path.endswith(f"/{PATH}"):
        merged = _merge_manifest(versions[1], versions[2])
        if merged is not None:
            write_output(ours, merged)
            return True
    texts = [version.decode("utf-8", "surrogateescape") for version in versions]
    result = merge_texts(path, *texts)
    text = mark_sides(result) if result.conflicts else result.text
    write_output(ours, text.encode("utf-8", "surrogateescape"))
    return not result.conflicts


def _merge_manifest(ours: bytes, theirs: bytes) -> bytes | None:
    try:
        merged = merge_manifests(load_manifest(ours), load_manifest(theirs))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None  # not what we wrote: its lines are merged as any
    return write_manifest(merged).encode()
