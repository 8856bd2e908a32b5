"""Print the undone fixes of a history for reading blind: the fix, what undid it, what is known.

    .venv/bin/python bench/undone_dossier.py CLONE [--commits 6000] [--stage warn|whole]

Every commit is asked, as `guard try` asks, what it undoes of the fixes before it. For each that
undoes all of a hunk on both sides in the product, this prints the messages and the hunks of both
commits and the features that decide the stage; with `--stage warn` of those that warn only. The
order is by chance, and nothing tells which fix had to be made again: label each one wanted or not
with a reason, and then compare with `bench/evidence.py CLONE --list`.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

from evidence import Row, replay  # noqa: E402

from devmatrix_guard.mining.undo.stage import is_candidate  # noqa: E402
from devmatrix_guard.model.diff import FileChange  # noqa: E402

_MOST_LINES = 60
_MOST_LETTERS = 150
_MOST_MESSAGE = 600


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--commits", type=int, default=6000)
    parser.add_argument("--stage", choices=("warn", "whole"), default="whole")
    options = parser.parse_args()
    commits, rows = replay(options.clone, options.commits)
    chosen = [row for row in rows if is_candidate(row.undone.match)]
    if options.stage == "warn":
        chosen = [row for row in chosen if row.stage == "warn"]
    print(f"{len(chosen)} undone fixes in {commits} commits")
    for number, row in enumerate(sorted(chosen, key=shuffle), start=1):
        print_row(options.clone, number, row)


def shuffle(row: Row) -> str:
    """Return a key that puts rows in an order that says nothing."""
    name = f"{row.undone.fix.commit} {row.by.id} {row.undone.path}"
    return hashlib.blake2b(name.encode()).hexdigest()


def print_row(clone: Path, number: int, row: Row) -> None:
    """Print one undone fix."""
    one = row.undone
    context = one.match.context
    print(f"\n{'=' * 100}\n[{number}] {one.path}:{one.line} {one.text.strip()[:_MOST_LETTERS]}")
    print(
        f"{row.stage}: to the letter {context.is_exact}, share of the fix "
        f"{context.share_of_fix:.2f}, said again {context.is_said_again}, mentioned "
        f"{one.is_mentioned}, {row.days} days, files {len(row.by.changes)}"
    )
    for title, commit in (("FIX", one.fix.commit), ("UNDONE BY", one.by.commit)):
        message = ask(clone, "log", "-1", "--format=%h %ad %an: %s%n%b", "--date=short", commit)
        print(f"{title} {message.strip()[:_MOST_MESSAGE]}")
        names = dict.fromkeys((one.path, *(c.path for c in list_changes(row, title))))
        shown = ("show", "--format=", "-U2", "-M", "-m", "--first-parent", commit, "--", *names)
        print_lines(ask(clone, *shown).splitlines())


def list_changes(row: Row, title: str) -> list[FileChange]:
    """Return the changes of a commit to files of the same name, wherever they were then."""
    commit = row.by if title != "FIX" else row.fix
    name = Path(row.undone.path).name
    return [c for c in (commit.changes if commit else ()) if Path(c.path).name == name]


def print_lines(lines: Sequence[str]) -> None:
    """Print the first lines of a patch."""
    for line in lines[:_MOST_LINES]:
        print(line[:_MOST_LETTERS])


def ask(clone: Path, *args: str) -> str:
    """Return what git says."""
    done = subprocess.run(["git", "-C", str(clone), *args], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    main()
