"""Streams history: every commit with its changed files from one `git log`, and a tree's files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

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
_FIELDS = ("%H", "%P", "%an", "%aI", "%s", "%b")
_LOG = (
    "-c",
    "log.showSignature=false",
    "-c",
    "log.showRoot=true",
    "log",
    "--raw",
    "-z",
    "--no-abbrev",
    "-M",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--diff-merges=first-parent",
    "--ignore-submodules=none",
    "--encoding=UTF-8",
    "--format=" + "%x00".join(_FIELDS) + "%x00",
)


def stream_commits(
    repo: Repository,
    *,
    since: str | None = None,
    limit: int | None = None,
    rev: str = "HEAD",
    paths: Sequence[str] = (),
) -> Iterator[Commit]:
    """Yield the commits reachable from `rev`, newest first, with their changed files.

    A merge is compared with its first parent. A repository without commits yields nothing.

    Args:
        repo: where to read.
        since: a commit; it and everything reachable from it is left out.
        limit: the largest number of commits.
        rev: where to start.
        paths: only commits that touch one of these files, with all that they change; none for all.

    Raises:
        GitError: `rev` or `since` names no commit, or git failed on the way.
    """
    if rev == "HEAD" and resolve_commit(repo, rev) is None:
        return
    args = ["--literal-pathspecs", *_LOG]
    if paths:
        args.append("--full-diff")
    if limit is not None:
        args.append(f"--max-count={limit}")
    args += ["--end-of-options", rev, *([f"^{since}"] if since else []), "--", *paths]
    process = GitProcess(repo.root, args)
    yield from _parse_log(split_stream(process.read_chunks(), b"\0"))
    if process.code:
        raise describe_failure(("log",), process.code, process.errors)


def _parse_log(fields: Iterator[bytes]) -> Iterator[Commit]:
    head: list[bytes] = []
    changes: list[FileChange] = []
    for field in fields:
        if len(head) < len(_FIELDS):
            head.append(field)
        elif field.lstrip(b"\n").startswith(b":"):
            changes.append(parse_raw_record(field.lstrip(b"\n"), fields))
        elif field:
            yield _commit(head, changes)
            head, changes = [field], []
    if len(head) == len(_FIELDS):
        yield _commit(head, changes)


def _commit(head: list[bytes], changes: list[FileChange]) -> Commit:
    ident, parents, author, date, subject, body = (
        field.decode("utf-8", "replace") for field in head
    )
    return Commit(
        id=ident,
        parents=tuple(parents.split()),
        author=author,
        date=date,
        subject=subject,
        body=body.rstrip("\n"),
        changes=tuple(changes),
    )


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


def find_files_naming(repo: Repository, rev: str, name: str) -> list[str]:
    """Return the Python files of a commit that hold a word, in order."""
    return sorted({path for path, _ in _grep(repo, "-o", "-w", "-F", "-e", name, rev)})


def _grep(repo: Repository, *args: str) -> list[tuple[str, str]]:
    """Return the Python files of a commit, the last argument, and the texts found in them."""
    command = ("grep", "-I", "-z", "--full-name", *args, "--")
    code, output, errors = run_git(repo.root, *command)
    if code > 1:
        raise describe_failure(command, code, errors)
    found = (line.partition(b"\0") for line in output.split(b"\n"))
    return [
        (os.fsdecode(path).removeprefix(f"{args[-1]}:"), text.decode("utf-8", "replace"))
        for path, _, text in found
        if path.endswith(b".py")
    ]


def find_former_paths(repo: Repository, path: str) -> list[str]:
    """Return the names a file of HEAD had before, as git follows its renames, newest first."""
    asked = ("log", "--follow", "--diff-filter=R", "--name-status", "-z", "--format=", "HEAD")
    options = ("-c", "log.showSignature=false", "-c", "diff.renameLimit=1000")
    code, output, _ = run_git(repo.root, *options, *asked, "--", path)
    if code:  # no commit yet, or no such file in one
        return []
    fields = [field.lstrip(b"\n") for field in output.split(b"\0")]
    return [os.fsdecode(fields[i + 1]) for i in range(len(fields) - 2) if fields[i][:1] == b"R"]
