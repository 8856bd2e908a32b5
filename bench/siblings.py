"""How often is a place that looks like what a fix changed later fixed alike?

For each fix of a history the tree it left is searched as `guard variants` does, by likeness, and
the places found are looked up in the newest tree: there as the fix would write them, there as they
were, or gone. Also says how much of the newest tree stands, but for names, in another file too.

    python bench/siblings.py REPO [--fixes 100]
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from devmatrix_guard.commands.audit.variants import list_text_variants
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.history import list_tree, stream_commits
from devmatrix_guard.git.repository import Repository, find_repository, resolve_commit
from devmatrix_guard.mining.commits import is_fix
from devmatrix_guard.mining.fixes.variants import Variant, measure_likeness
from devmatrix_guard.mining.product_paths import is_product_path
from devmatrix_guard.mining.undo.edits import is_indexed
from devmatrix_guard.model.diff import Commit

_MAX_BYTES = 1_000_000
_MOST_CHANGED = 5


def main() -> None:
    """Print what became of the siblings of the newest fixes but the last tenth."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("repo", type=Path)
    options.add_argument("--fixes", type=int, default=100)
    given = options.parse_args()
    repo = find_repository(given.repo)
    began = time.process_time()
    with BlobReader(repo) as blobs:
        today = read_tree(repo, blobs, resolve_commit(repo, "HEAD") or "")
        fixes = choose_fixes(repo, given.fixes)
        fates: Counter[str] = Counter()
        with_siblings = 0
        for fix in fixes:
            then = read_tree(repo, blobs, fix.id)
            found = list_text_variants(repo, fix.id, list(then.items()))
            with_siblings += bool(found)
            fates.update(
                tell_fate(one, then[one.path], find_today(one.path, today)) for one in found
            )
    total = fates.total()
    alike = f"{100 * fates['fixed alike'] / total:.1f} %" if total else "–"
    print(f"{given.repo.name}: likeness {measure_likeness(today.values()):.3f}")
    print(f"  {len(fixes)} fixes, {with_siblings} with siblings; {total} places: {dict(fates)}")
    print(f"  later fixed alike: {alike}; {time.process_time() - began:.0f} CPU seconds")


def choose_fixes(repo: Repository, most: int) -> list[Commit]:
    """Return small fixes, spread over the history, that are not among its newest tenth."""
    fixes = [c for c in stream_commits(repo) if is_fix(c) and len(c.changes) <= _MOST_CHANGED]
    older = fixes[len(fixes) // 10 :]
    step = max(len(older) // most, 1)
    return older[::step][:most]


def read_tree(repo: Repository, blobs: BlobReader, rev: str) -> dict[str, str]:
    """Return path and text of the product's code in a tree."""
    found = {}
    for path, mode, blob in list_tree(repo, rev):
        if not mode.startswith("100") or not is_indexed(path) or not is_product_path(path):
            continue
        content = blobs.read(blob, _MAX_BYTES)
        if content is not None and b"\0" not in content:
            found[path] = content.decode("utf-8", "replace")
    return found


def find_today(path: str, today: dict[str, str]) -> str | None:
    """Return the text of a file today, which may have moved to another folder."""
    name = path.rpartition("/")[2]
    moved = [text for other, text in today.items() if other.rpartition("/")[2] == name]
    return today.get(path, moved[0] if len(moved) == 1 else None)


def tell_fate(variant: Variant, then: str, text: str | None) -> str:
    """Return what became of a place; its file may hold the fixed form elsewhere already."""
    if text is None:
        return "file gone"
    before, after = _join(variant.before), _join(variant.after)
    was, there = _join(then.split("\n")), _join(text.split("\n"))
    if there.count(after) > was.count(after):
        return "fixed alike"
    return "as it was" if before in there else "changed otherwise"


def _join(lines: list[str] | tuple[str, ...]) -> str:
    return "\n".join(line.strip() for line in lines)


if __name__ == "__main__":
    main()
