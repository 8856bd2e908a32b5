"""Asks whether a change of the test runner's settings leaves out tests that prove earlier fixes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.fixes.index import FixIndex
from devmatrix_guard.mining.fixes.removed_proof import (
    Unselected,
    make_hook_finding,
    make_unselected,
)
from devmatrix_guard.mining.regression.runner import (
    CONFTEST,
    Exclusion,
    RunnerSettings,
    find_choosing_hook,
    find_newly_excluded,
    is_runner_file,
    read_runner,
)
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Finding

_MAX_BYTES = 1_000_000


def find_unselected(
    index: FixIndex, changes: Sequence[FileChange], blobs: BlobReader, rev: str
) -> list[Finding]:
    """Return what changed settings leave out of the tests of fixes.

    Args:
        index: the fixes as they stand before the change.
        changes: the change.
        blobs: the open reader of the repository.
        rev: the commit before the change.
    """
    before, after = _read_both(changes, blobs, rev)
    moved = {c.old_path or c.path: c.path for c in changes if c.status != "D"}
    gone = {c.path for c in changes if c.status == "D"}
    proofs = {path: index.get_proofs(path) for path in index.tests if path not in gone}
    names = {path: [name for name, _ in records] for path, records in proofs.items()}
    found: dict[Exclusion, list[Unselected]] = {}
    for path, name, why in find_newly_excluded(before, after, names, moved):
        fixes = [index.get_fix(n) for known, ns in proofs[path] if known == name for n, _ in ns]
        found.setdefault(why, []).append(Unselected(path, name, tuple(fixes)))
    findings = [
        make_unselected(why, tests, _find_line(blobs, changes, why)) for why, tests in found.items()
    ]
    return findings + list(_find_hooks(changes, blobs, proofs))


def list_unselected_files(
    repo: Repository, changes: Sequence[FileChange], blobs: BlobReader, rev: str
) -> list[str]:
    """Return the files of a commit whose tests, or some of them, changed settings leave out."""
    if not any(is_runner_file(change.path) for change in changes):
        return []
    before, after = _read_both(changes, blobs, rev)
    folders = tuple(folder for folder, _, _ in _list_new_hooks(changes, blobs))
    if before == after and not folders:
        return []
    chosen = {value.partition("::")[0] for _, value in after.options}
    by_name = any(option == "-k" for option, _ in after.options)

    def may_be_left_out(path: str) -> bool:
        if not before.naming.is_test_file(path) or before.find_exclusion(path, "") is not None:
            return False
        is_chosen = by_name or path in chosen or path.startswith(folders)
        return is_chosen or after.find_exclusion(path, "") is not None

    return [path for path, _, _ in list_tree(repo, rev) if may_be_left_out(path)]


def _read_both(
    changes: Sequence[FileChange], blobs: BlobReader, rev: str
) -> tuple[RunnerSettings, RunnerSettings]:
    """Return what the runner is told before and after a change; hooks that stay alike left out."""
    now = {change.path: change for change in changes if is_runner_file(change.path)}
    was = {change.old_path or change.path: change for change in now.values()}

    def read_old(name: str) -> bytes | None:
        return blobs.read(f"{rev}:{name}", _MAX_BYTES)

    def read_new(name: str) -> bytes | None:
        change = now.get(name) or was.get(name)
        if change is None:
            return read_old(name)
        is_there = change.path == name and change.new_blob is not None
        return blobs.read(change.new_blob or "", _MAX_BYTES) if is_there else None

    return read_runner(read_old, _list_conftests(was)), read_runner(read_new, _list_conftests(now))


def _list_conftests(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if path.endswith(".py")]


def _find_line(blobs: BlobReader, changes: Sequence[FileChange], why: Exclusion) -> int:
    """Return the line on which the settings that leave a test out stand."""
    blob = next((c.new_blob for c in changes if c.path == why.path), None)
    text = blobs.read(blob, _MAX_BYTES) if blob else None
    lines = (text or b"").decode("utf-8", "replace").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if why.word in line), 1)


def _find_hooks(
    changes: Sequence[FileChange],
    blobs: BlobReader,
    proofs: Mapping[str, object],
) -> list[Finding]:
    found = []
    for folder, path, hook in _list_new_hooks(changes, blobs):
        concerned = sum(test.startswith(folder) for test in proofs)
        if concerned:
            found.append(make_hook_finding(path, hook.name, hook.lineno, concerned))
    return found


def _list_new_hooks(
    changes: Sequence[FileChange], blobs: BlobReader
) -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """Yield (folder, path, hook) of each `conftest.py` that takes tests out and did not before."""
    for change in changes:
        if change.path.rpartition("/")[2] != CONFTEST or change.new_blob is None:
            continue
        hook = find_choosing_hook(blobs.read(change.new_blob, _MAX_BYTES))
        old = blobs.read(change.old_blob, _MAX_BYTES) if change.old_blob else None
        if hook is not None and find_choosing_hook(old) is None:
            yield change.path.removesuffix(CONFTEST), change.path, hook
