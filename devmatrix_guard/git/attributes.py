"""Which files git's attributes call generated or vendored."""

from __future__ import annotations

import os

from devmatrix_guard.git.process import GitProcess, git_failure, reading_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from devmatrix_guard.git.repository import Repository

_ATTRIBUTES = ("linguist-generated", "linguist-vendored")
_UNSET = (b"unspecified", b"unset", b"false")


def generated_paths(
    repo: Repository, paths: Collection[str], *, commit: str | None = None
) -> dict[str, str]:
    """Return the reason for each path that attributes call generated or vendored.

    Args:
        repo: where to look.
        paths: the paths to ask about.
        commit: take `.gitattributes` from this commit; else from the index.
    """
    if commit is None:
        return generated_in_index(repo.root, paths)
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="guard-") as folder:
        environ = {**reading_environment(), "GIT_INDEX_FILE": str(Path(folder) / "index")}
        _run(repo.root, ("read-tree", commit), b"", environ)
        return _ask(repo.root, paths, environ)


def generated_in_index(root: str | os.PathLike[str], paths: Collection[str]) -> dict[str, str]:
    """Return the same by what is staged."""
    return _ask(root, paths, reading_environment())


def _ask(
    root: str | os.PathLike[str], paths: Collection[str], environ: Mapping[str, str]
) -> dict[str, str]:
    args = ("check-attr", "--cached", "--stdin", "-z", *_ATTRIBUTES)
    names = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
    fields = _run(root, args, names, environ).split(b"\0")
    return {
        os.fsdecode(path): f"{name.decode()} in .gitattributes"
        for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False)
        if value not in _UNSET
    }


def _run(
    root: str | os.PathLike[str], args: tuple[str, ...], stdin: bytes, environ: Mapping[str, str]
) -> bytes:
    process = GitProcess(root, args, stdin=stdin, environ=environ)
    output = b"".join(process.chunks())
    if process.code:
        raise git_failure(args, process.code, process.errors)
    return output
