"""Compare what this tree generates, finds and says with what another revision does, byte for byte.

    .venv/bin/python scripts/compare_output.py [REVISION]

REVISION is HEAD unless given. Both trees generate the shop and every spec of the tests, show their
IR, list the shipped rules and check `bench` by them. Prints each file that differs; 1 if any does.
For a change that should change nothing: a rename, a move, a function cut in two.
"""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPECS = (
    ROOT / "examples" / "shop" / "shop.yaml",
    *sorted((ROOT / "tests" / "cases" / "specs").glob("*.yaml")),
)


def main() -> int:
    """Run both trees and compare what they wrote."""
    revision = sys.argv[1] if len(sys.argv) > 1 else "HEAD"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        other = place / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(other), revision)
        try:
            _write_output(other, place / "before")
            _write_output(ROOT, place / "after")
        finally:
            _git("worktree", "remove", "--force", str(other))
        differing = sorted(_find_differences(place / "before", place / "after"))
        print(*differing, sep="\n", end="\n" if differing else "")
        count = sum(path.is_file() for path in (place / "after").rglob("*"))
    print(f"{len(differing)} of {count} files differ from {revision}.")
    return 1 if differing else 0


def _write_output(tree: Path, place: Path) -> None:
    place.mkdir()
    for spec in SPECS:
        _guard(
            tree, place / f"{spec.stem}.txt", "generate", str(spec), "-o", str(place / spec.stem)
        )
        _guard(tree, place / f"{spec.stem}.json", "ir", str(spec), "--format", "json")
    _guard(tree, place / "findings.json", "check", "--all", "--format", "json")
    _guard(tree, place / "rules.json", "rules", "list", "--format", "json", folder=tree)


def _guard(tree: Path, output: Path, *arguments: str, folder: Path = ROOT) -> None:
    """Run the command of a tree in a folder; what it prints and its exit code become a file."""
    run = subprocess.run(
        [sys.executable, "-P", "-m", "devmatrix_guard", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(tree), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{run.stdout}{run.stderr}exit {run.returncode}\n"
    output.write_text(said.replace(str(output.parent), "OUTPUT"))


def _find_differences(before: Path, after: Path) -> set[str]:
    files = {
        path.relative_to(root).as_posix()
        for root in (before, after)
        for path in root.rglob("*")
        if path.is_file()
    }
    return {
        name
        for name in files
        if not (before / name).is_file()
        or not (after / name).is_file()
        or not filecmp.cmp(before / name, after / name, shallow=False)
    }


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


if __name__ == "__main__":
    raise SystemExit(main())
