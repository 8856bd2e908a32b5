"""Asks whether a change of the test runner's settings leaves out tests that prove earlier fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree
from devmatrix_guard.git.repository import Repository
from devmatrix_guard.mining.fixes.index import FixIndex, ProofRecord
from devmatrix_guard.mining.fixes.removed_proof import (
    Unselected,
    make_hook_finding,
    make_patch_finding,
    make_unselected,
)
from devmatrix_guard.mining.regression.calls import Calls, read_calls
from devmatrix_guard.mining.regression.naming import FILES
from devmatrix_guard.mining.regression.runner import (
    CONFTEST,
    Exclusion,
    RunnerSettings,
    find_choosing_hook,
    find_newly_excluded,
    is_runner_file,
    read_runner,
)
from devmatrix_guard.mining.regression.stand_ins import StandIn, list_patches
from devmatrix_guard.mining.regression.tables import FunctionNode
from devmatrix_guard.mining.regression.workflows import find_dropped, join_calls
from devmatrix_guard.model.diff import FileChange
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit
from devmatrix_guard.model.runner_files import WORKFLOWS, starts_tests

_MAX_BYTES = 1_000_000


def find_unselected(
    repo: Repository,
    index: FixIndex,
    changes: Sequence[FileChange],
    blobs: BlobReader,
    rev: str,
) -> list[Finding]:
    """Return what changed settings and workflows leave out of the tests of fixes.

    Args:
        repo: where they are.
        index: the fixes as they stand before the change.
        changes: the change.
        blobs: the open reader of the repository.
        rev: the commit before the change.
    """
    moved = {c.old_path or c.path: c.path for c in changes if c.status != "D"}
    gone = {c.path for c in changes if c.status == "D"}
    proofs = {path: index.get_proofs(path) for path in index.tests if path not in gone}
    names = {path: [name for name, _ in records] for path, records in proofs.items()}
    found: dict[Exclusion, list[Unselected]] = {}
    for path, name, why in _list_excluded(repo, changes, blobs, rev, names, moved):
        fixes = [index.get_fix(n) for known, ns in proofs[path] if known == name for n, _ in ns]
        found.setdefault(why, []).append(Unselected(path, name, tuple(fixes)))
    findings = [
        make_unselected(why, tests, _find_line(blobs, changes, why)) for why, tests in found.items()
    ]
    findings += _find_hooks(changes, blobs, proofs)
    return findings + list(_find_patches(index, changes, blobs, proofs))


def _list_excluded(
    repo: Repository,
    changes: Sequence[FileChange],
    blobs: BlobReader,
    rev: str,
    names: Mapping[str, Sequence[str]],
    moved: Mapping[str, str],
) -> Iterator[tuple[str, str, Exclusion]]:
    """Yield (path, name, what leaves it out), by the settings at the top and by those of a folder.

    The latter count where pytest is started for that folder.
    """
    now = {change.path: change.new_blob for change in changes}

    def read_new(path: str) -> bytes | None:
        blob = now.get(path, f"{rev}:{path}")
        return blobs.read(blob, _MAX_BYTES) if blob else None

    yield from find_newly_excluded(*_read_both(changes, blobs, rev), names, moved, read_new)
    for folder in _list_folders(changes):
        below = {p.removeprefix(folder): n for p, n in names.items() if p.startswith(folder)}
        inner = {
            old.removeprefix(folder): new.removeprefix(folder)
            for old, new in moved.items()
            if old.startswith(folder) and new.startswith(folder)
        }
        own = _select_below(changes, folder)
        sides = _read_both(own, blobs, rev, folder)
        for path, name, why in find_newly_excluded(
            *sides, below, inner, partial(_read_below, read_new, folder)
        ):
            yield folder + path, name, why._replace(path=folder + why.path)
    changed = [c.path for c in changes if c.path.startswith(WORKFLOWS)]
    if changed:
        yield from find_dropped(*_read_workflows(repo, changes, blobs, rev), changed[0], names)
    for path, was, is_now, elsewhere in _read_scripts(changes, blobs):
        yield from find_dropped(was, is_now, path, names, elsewhere)


def _read_below(read: Callable[[str], bytes | None], folder: str, path: str) -> bytes | None:
    return read(folder + path)


def _read_workflows(
    repo: Repository, changes: Sequence[FileChange], blobs: BlobReader, rev: str
) -> tuple[Calls, Calls]:
    """Return the workflows before and after a change; none of them where it changes none.

    Those that stay as they are count as well: another may run the same tests.
    """
    changed = [c for c in changes if (c.old_path or c.path).startswith(WORKFLOWS)]
    if not changed:
        return Calls(), Calls()
    blob_ids = {path: blob for path, _, blob in list_tree(repo, rev, below=WORKFLOWS)}
    was = {path: blobs.read(blob, _MAX_BYTES) or b"" for path, blob in blob_ids.items()}
    former = {change.old_path or change.path for change in changed}
    now = {path: text for path, text in was.items() if path not in former}
    for change in changed:
        if change.new_blob:
            now[change.path] = blobs.read(change.new_blob, _MAX_BYTES) or b""
    return join_calls(was), join_calls(now)


def _read_scripts(
    changes: Sequence[FileChange], blobs: BlobReader
) -> Iterator[tuple[str, Calls, Calls, Calls]]:
    """Yield (path, before, after, others) of each changed file beside workflows that starts tests.

    `others` is what all other changed files start now: a command may move from one to another.
    """
    now, was = {}, {}
    for change in changes:
        if change.status == "D" or not starts_tests(change.path) or change.new_blob is None:
            continue
        now[change.path] = blobs.read(change.new_blob, _MAX_BYTES) or b""
        is_read = change.old_blob is not None and not change.path.startswith(WORKFLOWS)
        was[change.path] = (
            (blobs.read(change.old_blob or "", _MAX_BYTES) or b"") if is_read else b""
        )
    for path, text in was.items():
        before = read_calls(path, text)
        if before.calls:
            others = join_calls({p: t for p, t in now.items() if p != path})
            yield path, before, read_calls(path, now[path]), others


def _list_folders(changes: Sequence[FileChange]) -> list[str]:
    """Return the folders below the top in which settings of pytest change, each with a slash."""
    paths = (change.path for change in changes if change.status != "D")
    pairs = (path.rpartition("/") for path in paths)
    return sorted({f"{folder}/" for folder, _, name in pairs if folder and name in FILES})


def _select_below(changes: Sequence[FileChange], folder: str) -> list[FileChange]:
    """Return the changes of a folder, with paths from there."""
    return [
        change._replace(
            path=change.path.removeprefix(folder),
            old_path=change.old_path and change.old_path.removeprefix(folder),
        )
        for change in changes
        if change.path.startswith(folder) and (change.old_path or folder).startswith(folder)
    ]


def list_unselected_files(
    repo: Repository, changes: Sequence[FileChange], blobs: BlobReader, rev: str
) -> list[str]:
    """Return the files of a commit whose tests, or some of them, changed settings leave out."""
    before, after = _read_both(changes, blobs, rev)
    was, now = _read_workflows(repo, changes, blobs, rev)
    folders = tuple(folder for folder, _, _ in _list_new_hooks(changes, blobs))
    folders += tuple(folder for folder, _, _ in _list_new_patches(changes, blobs))
    folders += tuple(_list_folders(changes))
    scripts = [*_read_scripts(changes, blobs)]
    if before == after and not folders and not was.calls and not scripts:
        return []
    chosen = {value.partition("::")[0] for _, value in after.options}
    by_name = any(option in ("-k", "-m") for option, _ in after.options)

    def may_be_left_out(path: str) -> bool:
        if not before.naming.is_test_file(path) or before.find_exclusion(path, "") is not None:
            return False
        is_chosen = by_name or path in chosen or path.startswith(folders)
        is_chosen = is_chosen or _may_drop(was, now, path)
        is_chosen = is_chosen or any(_may_drop(old, new, path) for _, old, new, _ in scripts)
        return is_chosen or after.find_exclusion(path, "") is not None

    return [path for path, _, _ in list_tree(repo, rev) if may_be_left_out(path)]


def _may_drop(before: Calls, after: Calls, path: str) -> bool:
    """Tell whether calls may run a test of a file no more; options may name one by a word."""
    by_name = any(
        option in ("-k", "--deselect")
        for call in after.calls
        for option, _ in call.settings.options
    )
    return before.runs(path, "") and (by_name or not after.runs(path, ""))


def _read_both(
    changes: Sequence[FileChange], blobs: BlobReader, rev: str, folder: str = ""
) -> tuple[RunnerSettings, RunnerSettings]:
    """Return what the runner is told before and after a change; hooks that stay alike left out."""
    now = {change.path: change for change in changes if is_runner_file(change.path)}
    was = {change.old_path or change.path: change for change in now.values()}

    def read_old(name: str) -> bytes | None:
        return blobs.read(f"{rev}:{folder}{name}", _MAX_BYTES)

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


def _find_patches(
    index: FixIndex,
    changes: Sequence[FileChange],
    blobs: BlobReader,
    proofs: Mapping[str, Sequence[ProofRecord]],
) -> Iterator[Finding]:
    """Yield what a `conftest.py` replaces, and did not before, of what tests below it are of."""
    for folder, change, patches in _list_new_patches(changes, blobs):
        for patch in patches:
            fixes: dict[str, FixUnit] = {}
            files: dict[str, None] = {}
            for path, records in proofs.items():
                numbers = {n for _, proved in records for n, _ in proved}
                own = [index.get_fix(n) for n in numbers if path.startswith(folder)]
                own = [fix for fix in own if any(_is_patched(f, patch) for f in fix.functions)]
                fixes |= {fix.commit: fix for fix in own}
                files |= dict.fromkeys([path] if own else [])
            if fixes:
                newest = sorted(fixes.values(), key=lambda fix: fix.date, reverse=True)
                yield make_patch_finding(change.path, patch, newest, list(files))


def _is_patched(function: FixedFunction, patch: StandIn) -> bool:
    """Tell whether a function is what is replaced: by its name and that of its module or class."""
    owner, _, leaf = function.name.rpartition(".")
    parts = function.path.removesuffix(".py").removesuffix("/__init__").split("/")
    if not patch.name:
        return patch.owner == parts[-1]
    return patch.name == leaf and patch.owner in (parts[-1], owner.rpartition(".")[2], parts[0])


def _list_new_patches(
    changes: Sequence[FileChange], blobs: BlobReader
) -> Iterator[tuple[str, FileChange, list[StandIn]]]:
    for change in changes:
        if change.path.rpartition("/")[2] != CONFTEST or change.new_blob is None:
            continue
        old = list_patches(blobs.read(change.old_blob, _MAX_BYTES) if change.old_blob else None)
        known = {patch[:2] for patch in old}
        found = list_patches(blobs.read(change.new_blob, _MAX_BYTES))
        patches = [patch for patch in found if patch[:2] not in known]
        if patches:
            yield change.path.removesuffix(CONFTEST), change, patches


def _list_new_hooks(
    changes: Sequence[FileChange], blobs: BlobReader
) -> Iterator[tuple[str, str, FunctionNode]]:
    """Yield (folder, path, hook) of each `conftest.py` that takes tests out and did not before."""
    for change in changes:
        if change.path.rpartition("/")[2] != CONFTEST or change.new_blob is None:
            continue
        hook = find_choosing_hook(blobs.read(change.new_blob, _MAX_BYTES))
        old = blobs.read(change.old_blob, _MAX_BYTES) if change.old_blob else None
        if hook is not None and find_choosing_hook(old) is None:
            yield change.path.removesuffix(CONFTEST), change.path, hook
