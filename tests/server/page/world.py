"""A repository that has learned, generated and failed, with hostile texts in its memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from devmatrix_guard import api
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.catalog import SuccessPattern
from devmatrix_guard.model.knowledge.knowledge import PatternRelation
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair
from devmatrix_guard.model.knowledge.run import ErrorSighting, GenerationEvent, PipelineRun
from tests.helpers import commit, make_repo

HOSTILE = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror="window.hit=1">',
    "' onmouseover='window.hit=1' x='",
    "javascript:window.hit=1",
    "</style><svg onload=window.hit=1>",
    "\u202egnp.exe\x1b[31m",
)
TODAY = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def make_world(root: Path, *, hostile: bool = False) -> Path:
    """Make the repository at `root` and return it.

    Args:
        root: where.
        hostile: whether titles, subjects and names try to break out of the page.
    """
    texts = list(HOSTILE) if hostile else ["old(x) → new(x)", "a.b → a.c", "f(1) → f(2)"]
    make_repo(root, {"a.py": "def f(x):\n    return old(x)\n"})
    test = {"test_a.py": "from a import f\n\n\ndef test_f():\n    assert f(1)\n"}
    fix = {"a.py": "def f(x):\n    return new(x)\n", **test}
    commit(root, fix, f"Fix f: {texts[0]} (#7)", day=1)
    api.learn(root)
    access = MemoryAccess(root)
    with access.lend(writing=True) as memory:
        patterns = [_make_pattern(number, text) for number, text in enumerate(texts)]
        memory.patterns.save(patterns)
        memory.patterns.relate(
            PatternRelation(patterns[0].id, other.id, "similar-to", 0.8) for other in patterns[1:]
        )
        memory.successes.create(
            SuccessPattern(
                id=f"success-{number}", pattern_type="deploy", name=text, description=text,
                tags=("quick",), created_at=TODAY, updated_at=TODAY,
            )
            for number, text in enumerate(texts)
        )  # fmt: skip
        memory.runs.save(
            PipelineRun(
                "run-1", "generate", TODAY, TODAY, "failed", "abc", None, {"note": texts[0]}
            )
        )
        memory.runs.add_events(
            [GenerationEvent("run-1", 1, texts[0], TODAY, texts[0], details={"message": texts[0]})]
        )
        memory.runs.record_errors(ErrorSighting("TypeError", text, TODAY) for text in texts)
        nodes = [LineageNode("commit", f"{number:040x}", {"subject": text})
                 for number, text in enumerate(texts)]  # fmt: skip
        memory.lineage.add(
            nodes,
            [LineageEdge("followed-by", ("commit", nodes[0].key), ("commit", node.key))
             for node in nodes[1:]],
        )  # fmt: skip
    access.close()
    return root


def _make_pattern(number: int, text: str) -> FixPattern:
    source = Source(f"{number:040x}", "2026-01-02", text)
    pair = Pair(source, "a.py", "f", text, text, 1, 1)
    evidence = Evidence(commits=2, files=2, sites_fixed=3, confidence=0.8, wilson_low=0.6,
                        alarms=("abc:1",), also=(text,))  # fmt: skip
    made = FixPattern(f"{number:032x}", text, text, text, ("old",), (pair,), evidence, "warn", 3)
    if number % 2:
        bulk = replace(evidence, commits=1, bulk_commits=1, left_alone=4)
        return replace(made, evidence=bulk, stage="advise")
    return made
