"""Which files git's attributes call generated or vendored."""

from __future__ import annotations

import os

from devmatrix_guard.git.process import GitProcess, describe_failure, restrict_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devmatrix_guard.git.repository import Repository

_ATTRIBUTES = ("linguist-generated", "linguist-vendored")
_CHECK = ("check-attr", "--cached", "--stdin", "-z", *_ATTRIBUTES)
_UNSET = (b"unspecified", b"unset", b"false")


def find_generated(
    repo: Repository, paths: Collection[str], *, commit: str | None = None
) -> dict[str, str]:
    """Return the reason for each path that attributes call generated or vendored.

    Args:
        repo: where to look.
        paths: the paths to ask about.
        commit: take `.gitattributes` from this commit; else from the index.
    """
    if commit is None:
        return read_generated(ask_index(repo.root, paths))
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="guard-") as folder:
        environ = {**restrict_environment(), "GIT_INDEX_FILE": str(Path(folder) / "index")}
        reading = ("read-tree", commit)
        _output(GitProcess(repo.root, reading, environ=environ), reading)
        return read_generated(_ask(repo.root, paths, environ))


def ask_index(root: str | os.PathLike[str], paths: Collection[str]) -> GitProcess:
    """Ask about the paths by what is staged; git works on until `read_generated` is called."""
    return _ask(root, paths, restrict_environment())


def _ask(
    root: str | os.PathLike[str], paths: Collection[str], environ: Mapping[str, str]
) -> GitProcess:
    names = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
    return GitProcess(root, _CHECK, stdin=names, environ=environ)


def read_generated(asked: GitProcess) -> dict[str, str]:
    """Return the reason for each path asked about that attributes call generated or vendored."""
    fields = _output(asked, _CHECK).split(b"\0")
    return {
        os.fsdecode(path): f"{name.decode()} in .gitattributes"
        for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False)
        if value not in _UNSET
    }


def _output(process: GitProcess, args: tuple[str, ...]) -> bytes:
    output = b"".join(process.read_chunks())
    if process.code:
        raise describe_failure(args, process.code, process.errors)
    return output
