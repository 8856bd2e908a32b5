"""Does a fix that is put back to the letter still warn? In memory, without learning first.

    .venv/bin/python bench/lost_stage.py REPO [--fixes 25] [--seed 0]

Takes fixes as `bench/reversions.py` does, undoes each to the letter at HEAD, and asks which of its
hunks that stand are undone. Prints how many fixes are named, how many undo all of a hunk in the
product, and how many warn; each that does not is listed.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

import reversion_edits as edits  # noqa: E402
import reversions  # noqa: E402

from devmatrix_guard.mining.undo.change import Change  # noqa: E402
from devmatrix_guard.mining.undo.edits import ChangedFile, FixHunk, find_fix_hunks  # noqa: E402
from devmatrix_guard.mining.undo.indexing import Tree, select_standing  # noqa: E402
from devmatrix_guard.mining.undo.match import Match, find_matches  # noqa: E402
from devmatrix_guard.mining.undo.stage import choose_stage, is_candidate  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--fixes", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(half=None, commits=None)
    options = parser.parse_args()
    named = whole = warned = total = 0
    for fix in reversions.find_fixes(options.repo, options):
        subject = ask(options.repo, "log", "-1", "--format=%s", fix.commit)
        found = undo(options.repo, fix, subject)
        was_loud = any(map(is_candidate, found))
        is_loud = any(choose_stage(match) == "warn" for match in found)
        total, named, whole, warned = (
            total + 1, named + bool(found), whole + was_loud, warned + is_loud,
        )  # fmt: skip
        if was_loud and not is_loud:
            with_test = "with a test" if fix.tests else "without a test"
            print(f"- {fix.commit[:10]} {with_test}: {subject}")
    print(f"{options.repo.name}: {total} fixes, {named} named, {whole} whole, {warned} at warn")


def undo(repo: Path, fix: reversions.Fix, subject: str) -> list[Match]:
    """Return what undoing a fix to the letter undoes of it."""
    hunks: list[FixHunk] = []
    files = []
    for path, text in edits.WAYS["exact"](fix, random.Random(0)).items():
        now = fix.now[path]
        then = next(
            name for name in (path, path.partition("/")[2])
            if reversions.show(repo, f"{fix.commit}:{name}") is not None
        )  # fmt: skip
        old, new = (reversions.show(repo, f"{rev}:{then}") for rev in (fix.parent, fix.commit))
        file = ChangedFile(then, then, old or b"", new or b"")
        made = find_fix_hunks((fix.commit, "", subject, ""), file, path)
        hunks += select_standing(made, Tree(fix.now.get))
        files.append(ChangedFile(path, path, now, text or b""))
    return find_matches(Change(files), hunks)


def ask(repo: Path, *args: str) -> str:
    """Return what git says."""
    return reversions.ask_git(repo, *args).decode("utf-8", "replace").strip()


if __name__ == "__main__":
    main()
