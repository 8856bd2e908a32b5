"""`guard tests`: which regression tests belong to the fixes that a change touches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.check.change.given_texts import GivenBlobs
from devmatrix_guard.commands.check.change.proof_detector import read_index_at
from devmatrix_guard.commands.learn.fix_memory import list_names, read_readable
from devmatrix_guard.commands.learn.fix_units import read_naming_at
from devmatrix_guard.files import FileError, read_file
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.changes import (
    list_unstaged_files,
    read_range_changes,
    read_staged_changes,
)
from devmatrix_guard.git.ranges import resolve_range
from devmatrix_guard.git.repository import Repository, find_repository, resolve_commit
from devmatrix_guard.mining.fixes.index import FixIndex
from devmatrix_guard.mining.fixes.units import is_test_file
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.outline import read_outline
from devmatrix_guard.mining.regression.collect import Naming
from devmatrix_guard.mining.undo.edits import is_indexed
from devmatrix_guard.model.diff import FileChange, Hunk
from devmatrix_guard.model.knowledge.fix import FixUnit, RegressionTest
from devmatrix_guard.reports.escape import make_decodable, write_json
from devmatrix_guard.reports.redact import redact

_MAX_BYTES = 1_000_000
_MAX_PATHS = 100
_SPLITS = re.compile(r"[^\w./:@+,=%~-]")


class ChosenTest(NamedTuple):
    """A regression test to run: its node id, or its file, and the fixes it proves, newest first."""

    node: str
    runner: str
    fixes: tuple[FixUnit, ...]


def find_tests(
    start: Path, range_text: str = "", *, is_staged: bool = False
) -> tuple[ChosenTest, ...]:
    """Return the regression tests of the fixes whose functions or tests a change touches.

    Args:
        start: the folder the command was called in.
        range_text: the range that is the change; empty for the work tree against HEAD.
        is_staged: the change is what is staged, and no more.

    Raises:
        GuardError: there is no repository, or no such range.
    """
    repo = find_repository(start)
    with BlobReader(repo) as blobs:
        if range_text:
            compared = resolve_range(repo, range_text)
            changes = list(read_range_changes(repo, compared.base, compared.head))
            head = compared.head
        else:
            changes = list(read_staged_changes(repo))
            head = resolve_commit(repo, "HEAD") or ""
        if range_text or is_staged:
            return choose_tests(repo, blobs, changes, head)
        texts, changes = _add_unstaged(repo, blobs, changes)
        return choose_tests(repo, GivenBlobs(blobs, texts), changes, head)


def _add_unstaged(
    repo: Repository, blobs: BlobReader, staged: Sequence[FileChange]
) -> tuple[dict[str, bytes], list[FileChange]]:
    """Return what the work tree changes against HEAD, and its texts by the ids they have there.

    Files that git does not know yet hold nothing that a fix has touched.
    """
    known = {change.path: change for change in staged}
    texts: dict[str, bytes] = {}
    for path in list_unstaged_files(repo):
        change = known.get(path, FileChange(path, None, "M", "", "", f"HEAD:{path}", "", ()))
        try:
            new: bytes | None = read_file(repo.root, path, _MAX_BYTES)
        except FileError:
            new = None  # deleted, or no file any more
        old = blobs.read(change.old_blob, _MAX_BYTES) if change.old_blob else None
        if new is not None:
            texts[name := f"work tree {path}"] = new
        known[path] = change._replace(
            status=change.status if new is not None else "D",
            new_blob=name if new is not None else None,
            hunks=diff_lines(old or b"", new or b""),
        )
    return texts, list(known.values())


def choose_tests(
    repo: Repository, blobs: BlobReader, changes: Sequence[FileChange], head: str
) -> tuple[ChosenTest, ...]:
    """Return the regression tests of the fixes that changes touch.

    Args:
        repo: where to read.
        blobs: the open reader of that repository.
        changes: the change, with hunks.
        head: its last commit, which HEAD is for what is staged.
    """
    code = [change for change in changes if is_indexed(change.path)]
    if not code or not head:
        return ()
    naming = read_naming_at(blobs, head)
    # What was learned is about HEAD; of another commit its own history is asked.
    is_today = head == resolve_commit(repo, "HEAD")
    index = read_readable(repo, redact=redact) if is_today else None
    if index is None:
        paths = list(dict.fromkeys(p for c in code for p in (c.path, c.old_path) if p))
        index = read_index_at(repo, blobs, head, paths[:_MAX_PATHS], naming)
    numbers = sorted({n for change in code for n in _find_touched(index, change, blobs, naming)})
    chosen: dict[tuple[str, str], list[FixUnit]] = {}
    for number in numbers:
        fix = index.get_fix(number)
        for test in fix.tests:
            if test.is_there and _still_stands(test, code, blobs, naming):
                chosen.setdefault((_write_node(test), test.runner), []).append(fix)
    return tuple(ChosenTest(node, runner, tuple(f)) for (node, runner), f in sorted(chosen.items()))


def _find_touched(
    index: FixIndex, change: FileChange, blobs: BlobReader, naming: Naming
) -> Iterator[int]:
    """Yield the numbers of the fixes whose functions, or tests, a change of one file touches."""
    paths = list(dict.fromkeys(filter(None, (change.old_path, change.path))))
    touched = _name_touched(change, blobs)
    for path in paths:
        if is_test_file(path, naming):
            for name, fixes in index.get_proofs(path):
                if name.replace("::", ".") in touched:
                    yield from (number for number, _ in fixes)
        functions = index.get_functions(path)
        for name in touched & functions.keys():
            yield from functions[name]


def _name_touched(change: FileChange, blobs: BlobReader) -> set[str]:
    """Return the functions of a file that a change has lines in, before or after."""
    names: set[str] = set()
    sides = ((change.old_blob, change.old_path or change.path), (change.new_blob, change.path))
    for is_new, (blob, path) in enumerate(sides):
        source = blobs.read(blob, _MAX_BYTES) if blob else None
        if source is not None:
            outline = read_outline(path, source)
            lines = [line for hunk in change.hunks for line in _list_lines(hunk, bool(is_new))]
            names |= set(outline.find_functions(lines))
    return names


def _list_lines(hunk: Hunk, is_new: bool) -> Iterable[int]:
    if is_new:
        return range(hunk.new_start, hunk.new_start + max(hunk.new_count, 1))
    return range(hunk.old_start, hunk.old_start + hunk.old_count)


def _still_stands(
    test: RegressionTest, changes: Sequence[FileChange], blobs: BlobReader, naming: Naming
) -> bool:
    """Tell whether a test is there after the change: a runner refuses one that is not."""
    change = next((c for c in changes if test.path in (c.path, c.old_path)), None)
    if change is None:
        return True
    source = blobs.read(change.new_blob, _MAX_BYTES) if change.new_blob else None
    if source is None or change.path != test.path:
        return False
    name = test.name if test.runner == "other" else test.name.replace("::", ".")
    return test.runner != "pytest" or name in list_names(test.path, source, naming)


def _write_node(test: RegressionTest) -> str:
    """Return what a runner is given: a node id of pytest, for others the file."""
    # A name that begins like an option, or like pytest's file of arguments, is not to be one.
    path = f"./{test.path}" if test.path[:1] in ("-", "@") else test.path
    return f"{path}::{test.name}" if test.runner == "pytest" else path


def is_one_word(node: str) -> bool:
    """Tell whether a shell takes a node, unquoted, as the one word it is."""
    return not _SPLITS.search(node)


def render_tests(tests: Sequence[ChosenTest], format_name: str) -> str:
    """Return tests as lines for a runner, or as JSON with the fixes they belong to."""
    if format_name == "plain":
        nodes = dict.fromkeys(test.node for test in tests if is_one_word(test.node))
        return "".join(f"{node}\n" for node in nodes)
    document = {
        "schema_version": 1,
        "tests": [
            {
                "node": make_decodable(test.node),
                "runner": test.runner,
                "fixes": [_make_fix_record(fix) for fix in test.fixes],
            }
            for test in tests
        ],
    }
    return write_json(document)


def _make_fix_record(fix: FixUnit) -> dict[str, str | None]:
    return {
        "commit": fix.commit,
        "date": fix.date,
        "issue": fix.issue or None,
        "subject": make_decodable(redact(fix.subject)),
    }
