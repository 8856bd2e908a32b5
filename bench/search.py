"""How well a text search finds a fix's changed lines by the fix's subject.

    python bench/search.py REPOSITORY...

Every fix commit of a repository that changed 2 to 60 lines of Python is one document, made of those
lines alone; its subject is the query. Printed per repository and ranking: how many fixes, mean
reciprocal rank, share found first, share among the first ten, CPU per query.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.pattern import Evidence, FixPattern

_FIX = re.compile(r"\b(fix|bug|error|fail|crash|wrong|broken|issue|regress|correct|leak)", re.I)
_DEPTH = 100


class Fix(NamedTuple):
    """One fix: its id, its subject, the lines it took away and the lines it added."""

    id: str
    subject: str
    removed: str
    added: str


def main(repositories: Sequence[str]) -> int:
    print("| repository | fixes | ranking | MRR | first | in ten | CPU ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for repository in repositories:
        fixes = read_fixes(Path(repository))
        with tempfile.TemporaryDirectory() as folder, open_memory("m.db", Path(folder)) as memory:
            memory.patterns.save(map(as_pattern, fixes))

            def by_all(query: str) -> list[str]:
                return [hit.pattern.id for hit in memory.patterns.search(query, limit=_DEPTH)]

            def by_words(query: str) -> list[str]:
                hits = memory.patterns.search(query, limit=_DEPTH * 10)
                ranked = [hit for hit in hits if "words" in hit.signals]
                return [hit.pattern.id for hit in sorted(ranked, key=lambda h: h.signals["words"])]

            for name, search in (("words", by_words), ("words and spelling", by_all)):
                numbers = measure(fixes, search)
                print(f"| {Path(repository).name} | {len(fixes)} | {name} | {numbers} |")
    return 0


def read_fixes(repository: Path) -> list[Fix]:
    arguments = ["log", "--no-merges", "-p", "-U0", "--format=%x01%H%x02%s", "--", "*.py"]
    log = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=True)
    fixes = []
    for entry in log.stdout.decode("utf-8", "replace").split("\x01")[1:]:
        head, _, diff = entry.partition("\n")
        commit, _, subject = head.partition("\x02")
        lines = [line for line in diff.split("\n") if re.match(r"[+-](?![+-]{2})", line)]
        if _FIX.search(subject) and 2 <= len(lines) <= 60:
            removed, added = (
                "\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+"
            )
            fixes.append(Fix(commit, subject, removed, added))
    return fixes


def as_pattern(fix: Fix) -> FixPattern:
    """The title says nothing: the query must find the code."""
    return FixPattern(fix.id, "-", fix.removed or "-", fix.added, (), (), Evidence())


def measure(fixes: Sequence[Fix], search: Callable[[str], list[str]]) -> str:
    ranks = []
    began = time.process_time()
    for fix in fixes:
        found = search(fix.subject)[:_DEPTH]
        ranks.append(found.index(fix.id) + 1 if fix.id in found else 0)
    per_query = 1000 * (time.process_time() - began) / max(len(fixes), 1)
    count = max(len(ranks), 1)
    mrr = sum(1 / rank for rank in ranks if rank) / count
    first = sum(rank == 1 for rank in ranks) / count
    in_ten = sum(0 < rank <= 10 for rank in ranks) / count
    return f"{mrr:.3f} | {first:.3f} | {in_ten:.3f} | {per_query:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
