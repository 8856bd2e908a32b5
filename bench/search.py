"""How well a text search finds a fix's changed lines by the fix's subject.

    python bench/search.py [--model NAME] REPOSITORY...

Every fix commit of a repository that changed 2 to 60 lines of Python is one document, made of those
lines alone; its subject is the query. Printed per repository and ranking: how many fixes, mean
reciprocal rank, share found first, share among the first ten, CPU per query. With a model (as the
setting `embeddings`), its own ranking and the one joined with words and spelling are measured too.
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

from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.embed import load_embedder
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern

_FIX = re.compile(r"\b(fix|bug|error|fail|crash|wrong|broken|issue|regress|correct|leak)", re.I)
_DEPTH = 100


class Fix(NamedTuple):
    """One fix: its id, its subject, the lines it took away and the lines it added."""

    id: str
    subject: str
    removed: str
    added: str


def main(arguments: Sequence[str]) -> int:
    model, repositories = "", list(arguments)
    if repositories[:1] == ["--model"]:
        model, repositories = repositories[1], repositories[2:]
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

            rankings = [("words", by_words), ("words and spelling", by_all)]
            if model:
                rankings += rank_with_model(memory, model, fixes)
            for name, search in rankings:
                numbers = measure(fixes, search)
                print(f"| {Path(repository).name} | {len(fixes)} | {name} | {numbers} |")
    return 0


def rank_with_model(
    memory: Memory, model: str, fixes: Sequence[Fix]
) -> list[tuple[str, Callable[[str], list[str]]]]:
    """Embed every fix's lines, and return the searches that use them."""
    embedder = load_embedder(model)
    for start in range(0, len(fixes), 32):
        some = fixes[start : start + 32]
        vectors = embedder.embed([f"{fix.removed}\n{fix.added}" for fix in some])
        items = [VectorItem(fix.id, v) for fix, v in zip(some, vectors, strict=True)]
        memory.vectors.upsert("fix_patterns", embedder.model_id, items)

    def by_meaning(query: str) -> list[str]:
        (vector,) = embedder.embed([query])
        hits = memory.vectors.search("fix_patterns", embedder.model_id, vector, limit=_DEPTH)
        return [hit.key for hit in hits]

    def by_everything(query: str) -> list[str]:
        rankings = {"meaning": by_meaning(query)}
        hits = memory.patterns.search(query, limit=_DEPTH, rankings=rankings)
        return [hit.pattern.id for hit in hits]

    return [(f"{model} alone", by_meaning), (f"words, spelling and {model}", by_everything)]


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
