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
_OTHER_HASH = "[core]\nrepositoryFormatVersion = 1\n[extensions]\nobjectFormat = {}\n"
_NOT_THE_USERS = ("-c", f"core.attributesFile={os.devnull}")
_PLACES = ("GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX")
_UNSET = (b"unspecified", b"unset", b"false")


def find_generated(
    repo: Repository, paths: Collection[str], *, commit: str | None = None
) -> dict[str, str]:
    """Return the reason for each path that attributes call generated or vendored.

    Args:
        repo: where to look.
        paths: the paths to ask about.
        commit: the id of a commit or tree whose `.gitattributes` alone count; else those of the
            index do, and what this clone or user says.
    """
    if commit is None:
        return read_generated(ask_index(repo.root, paths))
    import tempfile

    with tempfile.TemporaryDirectory(prefix="guard-") as folder:
        environ = _set_apart(repo, folder)
        reading = ("read-tree", commit)
        _output(GitProcess(folder, reading, environ=environ), reading)
        return read_generated(_ask(folder, paths, environ, *_NOT_THE_USERS))


def _set_apart(repo: Repository, folder: str) -> dict[str, str]:
    """Return the environment of a git that knows the commits of `repo`, and nothing of this clone.

    What its `info/attributes`, its configuration and its user's call generated nobody else sees;
    no option of git's leaves out the first, so it is asked in a git folder of its own.
    """
    from pathlib import Path

    from devmatrix_guard.git.repository import find_common_folder

    for name in ("objects", "refs"):
        Path(folder, name).mkdir()
    Path(folder, "HEAD").write_text("ref: refs/heads/none\n", "ascii")
    if repo.object_format != "sha1":
        Path(folder, "config").write_text(_OTHER_HASH.format(repo.object_format), "ascii")
    environ = restrict_environment()
    for name in _PLACES:
        environ.pop(name, None)
    own = {
        "GIT_DIR": folder,
        "GIT_WORK_TREE": folder,
        "GIT_INDEX_FILE": os.path.join(folder, "index"),  # noqa: PTH118
        "GIT_ATTR_NOSYSTEM": "1",
    }
    return {"GIT_OBJECT_DIRECTORY": str(find_common_folder(repo) / "objects"), **environ, **own}


def ask_index(root: str | os.PathLike[str], paths: Collection[str]) -> GitProcess:
    """Ask about the paths by what is staged; git works on until `read_generated` is called."""
    return _ask(root, paths, restrict_environment())


def _ask(
    root: str | os.PathLike[str],
    paths: Collection[str],
    environ: Mapping[str, str],
    *options: str,
) -> GitProcess:
    names = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
    return GitProcess(root, (*options, *_CHECK), stdin=names, environ=environ)


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
        raise describe_failure(process.cwd, args, process.code, process.errors)
    return output
