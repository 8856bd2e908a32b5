"""Streams history: every commit with its changed files from one `git log`, and a tree's files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import islice

from devmatrix_guard.git.process import (
    GitProcess,
    describe_failure,
    read_git_output,
    run_git,
    split_stream,
)
from devmatrix_guard.git.raw import parse_raw_record
from devmatrix_guard.git.repository import Repository, resolve_commit
from devmatrix_guard.model.diff import Commit, FileChange

# No field can hold a NUL, so messages of any bytes cannot be mistaken for structure.
_FIELDS = ("%H", "%P", "%an", "%ad", "%s", "%b")
_LOG = (
    "-c",
    "log.showRoot=true",
    "log",
    "--raw",
    "-z",
    "--no-abbrev",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--diff-merges=first-parent",
    "--ignore-submodules=none",
    "--encoding=UTF-8",
    "--date=raw",
    "--format=" + "%x00".join(_FIELDS) + "%x00",
)
_NO_DATE = "1970-01-01T00:00:00+00:00"
_GREP = ("--no-line-number", "--no-column", "--no-color", "--no-recurse-submodules")
# To find edited files under new names git reads files; equal ones it knows by their ids.
_NOT_ALL_HERE = (
    "Some contents are missing here, as in a partial or damaged clone: files that were edited as "
    "they were renamed are not followed, and what cannot be read teaches nothing."
)
# Systems bound what a program is given, and a pull request may change any number of files.
_MAX_PATHS = 5000
_MAX_PATH_LENGTH = 100_000
_EDITED_RENAMES, _EQUAL_RENAMES = "--find-renames", "--find-renames=100%"


def stream_commits(
    repo: Repository,
    *,
    since: str | None = None,
    limit: int | None = None,
    rev: str = "HEAD",
    paths: Sequence[str] = (),
    notes: list[str] | None = None,
) -> Iterator[Commit]:
    """Yield the commits reachable from `rev`, newest first, with their changed files.

    A merge is compared with its first parent. A repository without commits yields nothing. Where
    contents are missing, as in a partial or damaged clone, git cannot compare files any more: from
    that commit on, only files that were renamed and not edited are followed.

    Args:
        repo: where to read.
        since: a commit; it and everything reachable from it is left out.
        limit: the largest number of commits.
        rev: where to start.
        paths: only commits that touch one of these files, with all that they change. None for all,
            which very many come to as well: git cannot be asked about them at once.
        notes: gets a sentence where contents were missing.

    Raises:
        GitError: `rev` or `since` names no commit, or git failed on the way.
    """
    if rev == "HEAD" and resolve_commit(repo, rev) is None:
        return
    if len(paths) > _MAX_PATHS or sum(map(len, paths)) > _MAX_PATH_LENGTH:
        paths = ()
    options = [
        *(["--full-diff"] if paths else []),
        *([f"--max-count={limit}"] if limit is not None else []),
    ]
    chosen = ["--end-of-options", rev, *([f"^{since}"] if since else []), "--", *paths]
    seen = 0
    for renames in (_EDITED_RENAMES, _EQUAL_RENAMES):
        process = GitProcess(repo.root, ["--literal-pathspecs", *_LOG, renames, *options, *chosen])
        for commit in islice(_parse_log(process), seen, None):
            seen += 1
            yield commit
        if not process.code:
            return
        if notes is not None and renames == _EDITED_RENAMES:
            notes.append(_NOT_ALL_HERE)
    raise describe_failure(repo.root, ("log",), process.code, process.errors)


def _parse_log(process: GitProcess) -> Iterator[Commit]:
    """Yield the commits of a log; one in which git ended for want of something is left out."""
    head: list[bytes] = []
    changes: list[FileChange] = []
    fields = split_stream(process.read_chunks(), b"\0")
    for field in fields:
        if len(head) < len(_FIELDS):
            head.append(field)
        elif field.lstrip(b"\n").startswith(b":"):
            changes.append(parse_raw_record(field.lstrip(b"\n"), fields))
        elif field:
            yield _commit(head, changes)
            head, changes = [field], []
    if len(head) == len(_FIELDS) and not process.code:
        yield _commit(head, changes)


def _commit(head: list[bytes], changes: list[FileChange]) -> Commit:
    ident, parents, author, date, subject, body = (
        field.decode("utf-8", "replace") for field in head
    )
    return Commit(
        id=ident,
        parents=tuple(parents.split()),
        author=author,
        date=_format_date(date),
        subject=subject,
        body=body.rstrip("\n"),
        changes=tuple(changes),
    )


def _format_date(raw: str) -> str:
    """Return seconds and offset as ISO 8601, which git refuses of old imports with odd ones."""
    seconds, _, offset = raw.partition(" ")
    try:
        hours, minutes = divmod(abs(int(offset)), 100)
        shift = timedelta(hours=hours, minutes=minutes)
        zone = timezone(-shift if offset.startswith("-") else shift)
        return datetime.fromtimestamp(int(seconds), zone).isoformat()
    except (ValueError, OverflowError, OSError):  # no such day or zone
        return _NO_DATE


def list_commits_since(repo: Repository, older: str, newer: str) -> frozenset[str]:
    """Return the ids of the commits reachable from one commit and not from another."""
    output = read_git_output(repo.root, "rev-list", "--end-of-options", newer, f"^{older}")
    return frozenset(output.decode("ascii").split())


def list_tree(repo: Repository, rev: str, *, below: str = "") -> list[tuple[str, str, str]]:
    """Return (path, mode, blob id) of every file in the tree of `rev`, in git's order.

    Args:
        repo: where to read.
        rev: a commit or tree.
        below: only this file, or the files below this folder.

    Raises:
        GitError: `rev` names no tree.
    """
    paths = [below] if below else []
    options = ("-r", "-z", "--full-tree", "--end-of-options")
    output = read_git_output(repo.root, "ls-tree", *options, rev, *paths)
    files = []
    for record in output.split(b"\0")[:-1]:
        head, _, path = record.partition(b"\t")
        mode, _kind, blob_id = head.decode("ascii").split(" ")
        files.append((os.fsdecode(path), mode, blob_id))
    return files


def find_defined_names(repo: Repository, rev: str, names: Sequence[str]) -> frozenset[str]:
    """Return which of some names the Python files of a commit define or assign.

    Args:
        repo: where to read.
        rev: the commit.
        names: plain identifiers.
    """
    if not names:
        return frozenset()
    choice = "|".join(sorted(names))
    pattern = rf"(def|class) +({choice}) *[(:]|(^|[^A-Za-z0-9_])({choice}) *(:[^=]*)?=[^=]"
    found = _grep(repo, "-o", "-E", "-e", pattern, rev)
    return frozenset(names) & {word for _, text in found for word in re.findall(r"\w+", text)}


def find_definitions(repo: Repository, rev: str) -> dict[str, list[str]]:
    """Return in which Python files of a commit functions and classes are defined, by name."""
    found: dict[str, dict[str, None]] = {}
    pattern = r"^\s*(async +def|def|class) +[A-Za-z0-9_]+"
    for path, text in _grep(repo, "-o", "-E", "-e", pattern, rev):
        found.setdefault(text.split()[-1], {})[path] = None
    return {name: [*paths] for name, paths in found.items()}


def list_renames(repo: Repository, rev: str) -> list[tuple[str, str]]:
    """Return (old name, new name) of every renaming before a commit, the newest first."""
    options = ("-c", "diff.renameLimit=1000")
    asked = ("log", "-M", "--diff-filter=R", "--name-status", "-z", "--format=", rev, "--")
    code, output, _ = run_git(repo.root, *options, *asked)
    if code:  # part of the history is not here
        return []
    fields = [field.lstrip(b"\n") for field in output.split(b"\0")]
    found = []
    at = 0
    while at + 2 < len(fields):
        if fields[at][:1] == b"R":
            found.append((os.fsdecode(fields[at + 1]), os.fsdecode(fields[at + 2])))
            at += 3
        else:
            at += 1
    return found


def find_files_naming(repo: Repository, rev: str, name: str) -> list[str]:
    """Return the Python files of a commit that hold a word, in order."""
    return sorted({path for path, _ in _grep(repo, "-o", "-w", "-F", "-e", name, rev)})


def _grep(repo: Repository, *args: str) -> list[tuple[str, str]]:
    """Return the Python files of a commit, the last argument, and the texts found in them."""
    command = ("grep", "-I", "-z", "--full-name", *_GREP, *args, "--")
    code, output, errors = run_git(repo.root, *command)
    if code > 1:
        raise describe_failure(repo.root, command, code, errors)
    found = []
    path, *fields = output.split(b"\0")
    for field in fields:  # a path may hold a line break, what is found in it cannot
        text, _, following = field.partition(b"\n")
        if path.endswith(b".py"):
            name = os.fsdecode(path).removeprefix(f"{args[-1]}:")
            found.append((name, text.decode("utf-8", "replace")))
        path = following
    return found


def find_former_paths(repo: Repository, path: str) -> list[str]:
    """Return the names a file of HEAD had before, as git follows its renames, newest first."""
    asked = ("log", "--follow", "--diff-filter=R", "--name-status", "-z", "--format=", "HEAD")
    options = ("-c", "diff.renameLimit=1000")
    code, output, _ = run_git(repo.root, *options, *asked, "--", path)
    if code:  # no commit yet, or no such file in one
        return []
    fields = [field.lstrip(b"\n") for field in output.split(b"\0")]
    return [os.fsdecode(fields[i + 1]) for i in range(len(fields) - 2) if fields[i][:1] == b"R"]
