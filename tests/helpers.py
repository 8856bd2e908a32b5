"""Small real worlds for tests: git repositories and file trees in temporary folders."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_DAY = 86_400
_EPOCH = 1_700_000_000


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
    """Make a git repository at `root`, with a first commit when files are given."""
    root.mkdir(parents=True, exist_ok=True)
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
    git(repo, "commit", "-q", "--allow-empty", "--no-verify", "-m", message, env=env)
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
