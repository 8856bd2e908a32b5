"""Small real worlds for tests: git repositories and file trees in temporary folders."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_DAY = 86_400
_EPOCH = 1_700_000_000
# Neither a process that looks whether to pack, nor a wait for the disk.
_HASTY = ("-c", "maintenance.auto=false", "-c", "gc.auto=0", "-c", "core.fsync=none")
_templates = tempfile.TemporaryDirectory(prefix="guard-repos-")
atexit.register(_templates.cleanup)
_made: dict[str, Path] = {}


def git(repo: Path, *args: str, env: Mapping[str, str] | None = None, check: bool = True) -> str:
    """Run git in `repo` and return its standard output as text."""
    done = subprocess.run(
        ["git", "-C", str(repo), *args],
        env={**os.environ, **(env or {})},
        capture_output=True,
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"git {' '.join(args)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8", "surrogateescape")


def write_tree(root: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Write every file of `{path: text}` below `root`; None deletes."""
    for name, content in files.items():
        path = root / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def make_repo(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """Make a git repository at `root`, with a first commit when files are given.

    What the same files became before is copied: that takes a third of the time.
    """
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        return _make_new_repo(root, files)
    settings = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
    key = repr((sorted((files or {}).items()), sorted(settings.items())))
    if key not in _made:
        kept = Path(_templates.name) / str(len(_made))
        kept.mkdir()
        _made[key] = _make_new_repo(kept, files)
        for sample in kept.glob(".git/hooks/*.sample"):
            sample.unlink()
    return copy_repo(_made[key], root) if files else copy_tree(_made[key], root)


def copy_repo(made: Path, root: Path) -> Path:
    """Return `root` as a copy of a repository: what several tests begin with is made once."""
    copy_tree(made, root)
    git(root, "update-index", "-q", "--refresh")  # it holds what the system says of each file
    return root


def copy_tree(made: Path, root: Path) -> Path:
    """Return `root` as a copy of a folder."""
    shutil.copytree(made, root, symlinks=True, dirs_exist_ok=True)
    return root


def _make_new_repo(root: Path, files: Mapping[str, str | bytes] | None) -> Path:
    git(root, "init", "-q", "-b", "main")
    if files:
        commit(root, files, "Start")
    return root


def commit(
    repo: Path,
    files: Mapping[str, str | bytes | None],
    message: str,
    *,
    day: int = 0,
    author: str = "Ada",
) -> str:
    """Write the files, commit everything on `day` after a fixed date, return the commit id."""
    write_tree(repo, files)
    git(repo, "add", "-A")
    when = f"{_EPOCH + day * _DAY} +0000"
    env = {
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
        "GIT_AUTHOR_NAME": author,
        "GIT_AUTHOR_EMAIL": f"{author.lower()}@example.invalid",
    }
    options = ("-q", "--allow-empty", "--no-verify", "-m", message)
    git(repo, *_HASTY, "commit", *options, env=env)
    return _read_head(repo)


def _read_head(repo: Path) -> str:
    """Return the commit of HEAD: where a plain repository just wrote it, without a process."""
    try:
        head = (repo / ".git/HEAD").read_text()
        name = head.removeprefix("ref: ").strip()
        return (repo / ".git" / name).read_text().strip() if name != head.strip() else name
    except OSError:  # a work tree of another, or refs that are kept otherwise
        return git(repo, "rev-parse", "HEAD").strip()


def stage(repo: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Write the files and put exactly them into the index."""
    write_tree(repo, files)
    git(repo, "add", "-A", "--", *files)


def tree_bytes(root: Path) -> dict[str, bytes]:
    """Return every file below `root` except `.git`, to compare before and after."""
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".git" not in p.relative_to(root).parts
    }
