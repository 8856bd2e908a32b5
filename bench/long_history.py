"""Lengthen the history of a clone to a number of commits: its own again, below other folders.

    .venv/bin/python bench/long_history.py CLONE TARGET [--commits 50000]

TARGET becomes a repository with the history of CLONE, and after it the same commits again in
`again1/`, `again2/` and so on until there are enough of them; no content is
copied, and files that a partial clone lacks are left out. For measuring how
the speed and the memory of `guard learn` grow: what repeats is read in full, and then known to be a
patch that was picked twice.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import IO

_QUOTE = b'"'


def main() -> None:
    """Make the repository and print how many commits it has."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--commits", type=int, default=50_000)
    given = parser.parse_args()
    subprocess.run(
        ["git", "clone", "-q", "--shared", "--no-checkout", given.clone, given.target], check=True
    )
    lengthen(given.target, given.commits)
    print(_ask(given.target, "rev-list", "--count", "HEAD"))


def lengthen(repo: Path, wanted: int) -> None:
    """Put a repository's own commits again on top of its branch, until there are so many."""
    first = _ask(repo, "symbolic-ref", "HEAD")
    listed = _ask(repo, "rev-list", "--objects", "--missing=print", first).splitlines()
    absent = {line[1:].encode() for line in listed if line.startswith("?")}
    have = own = int(_ask(repo, "rev-list", "--count", "HEAD"))
    for number in count(1):
        if have >= wanted:
            return
        branch = f"refs/heads/again{number}"
        exported = subprocess.Popen(
            ["git", "-C", repo, "fast-export", "--no-data", first], stdout=subprocess.PIPE
        )
        with subprocess.Popen(
            ["git", "-C", repo, "fast-import", "--quiet", "--force"], stdin=subprocess.PIPE
        ) as imported:
            assert exported.stdout is not None and imported.stdin is not None
            top = _ask(repo, "rev-parse", "HEAD")
            most = min(own, wanted - have)
            for line in rewrite(exported.stdout, branch, f"again{number}/", top, most):
                if line[:2] != b"M " or line.split(b" ", 3)[2] not in absent:
                    imported.stdin.write(line)
            imported.stdin.close()
        exported.kill()
        exported.wait()
        _ask(repo, "symbolic-ref", "HEAD", branch)
        have = int(_ask(repo, "rev-list", "--count", "HEAD"))


def rewrite(stream: IO[bytes], branch: str, folder: str, top: str, most: int) -> Iterator[bytes]:
    """Yield an exported history of so many commits, on a branch, below a folder, after a commit."""
    commits = 0
    lacks_parent = False
    for line in stream:
        word = line.partition(b" ")[0].rstrip(b"\n")
        if lacks_parent and word:
            if word != b"from":
                yield f"from {top}\n".encode()
            lacks_parent = False
        if word == b"commit":
            if commits == most:
                return
            commits += 1
            yield f"commit {branch}\n".encode()
        elif word == b"data":
            yield line + stream.read(int(line.split()[1]))
            lacks_parent = True
        elif word in (b"M", b"D"):
            yield _move(line, folder.encode())
        elif word != b"reset":
            yield line


def _move(line: bytes, folder: bytes) -> bytes:
    """Return a change of a file with its path below the folder."""
    parts = line.rstrip(b"\n").split(b" ", 3 if line[:1] == b"M" else 1)
    path = parts.pop()
    moved = _QUOTE + folder + path[1:] if path[:1] == _QUOTE else folder + path
    return b" ".join([*parts, moved]) + b"\n"


def _ask(repo: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", repo, *args], check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
