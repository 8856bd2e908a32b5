"""Count the later fixes that repeat an earlier edit: what learning could catch at the very best.

    .venv/bin/python bench/mining_repeats.py FOLDER [REPOSITORY ...] [--at 0.8]

FOLDER holds clones with their full history. Each is learned from whole, in a clone of its own. A
fix made after the given share of the commits repeats when one of its edits, in any form that may
become a rule, was made before. Prints Markdown.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.learn.cache import read_known  # noqa: E402
from devmatrix_guard.commands.learn.fixes import BulkEdit, Fix  # noqa: E402
from devmatrix_guard.commands.learn.learn import learn  # noqa: E402
from devmatrix_guard.mining.candidates.rejection import explain_by_form  # noqa: E402

_CACHE = ".git/guard/mining.json"


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("repositories", nargs="*")
    parser.add_argument(
        "--at", type=float, default=0.8, help="share of the commits that is earlier"
    )
    given = parser.parse_args()
    names = given.repositories or sorted(p.parent.name for p in given.folder.glob("*/.git"))
    print("| repository | from | later fixes with edits | that repeat one |")
    print("| --- | --- | --- | --- |")
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            day, later, repeated = count(given.folder / name, Path(scratch) / name, given.at)
        print(f"| {name} | {day} | {later} | {repeated} |", flush=True)


def count(clone: Path, scratch: Path, share: float) -> tuple[str, int, int]:
    """Return the first later day, how many fixes since then have edits, and how many repeat."""
    _git(clone, "clone", "-q", "--shared", "--no-checkout", ".", str(scratch))
    times = sorted(map(int, _git(clone, "log", "--no-merges", "--format=%ct").split()))
    day = datetime.fromtimestamp(times[int(share * len(times))], UTC).date().isoformat()
    learn(scratch)
    known = read_known(scratch / _CACHE)
    edits = list(_edits([*known.fixes.values(), *known.bulk_edits.values()]))
    earlier = {form for _, date, form in edits if date < day}
    fixes = {
        fix.commit for fix in known.fixes.values() if fix.sites and fix.sites[0].source.date >= day
    }
    repeated = {c for c, date, form in edits if date >= day and c in fixes and form in earlier}
    return day, len(fixes), len(repeated)


def _edits(learned: Iterable[Fix | BulkEdit]) -> Iterator[tuple[str, str, object]]:
    """Yield commit, date and form of every edit that may become a rule."""
    for one in learned:
        for found in one.sites:
            for form in found.site.forms:
                if not explain_by_form(form):
                    yield found.source.commit, found.source.date, (form.before, form.after)


def _git(repo: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(repo), *arguments], check=True, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    main()
