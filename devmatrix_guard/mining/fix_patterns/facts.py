"""Says of a FixPattern what the design notes ask for, each field from evidence and nothing else.

Where the evidence says nothing, a field is empty; what people note stands in its place. How each is
found, and where its words and limits come from, is in `docs/fix-patterns.md`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from statistics import median
from typing import Any

from devmatrix_guard.globs import find_layer
from devmatrix_guard.mining.candidates.learned_rules import build_rule_id
from devmatrix_guard.mining.candidates.messages import join_lines, shorten
from devmatrix_guard.mining.fix_patterns.code import classify_edit, find_names, find_roots
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.knowledge import PatternNotes
from devmatrix_guard.model.knowledge.pattern import FixPattern
from devmatrix_guard.model.knowledge.pattern_facts import (
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    PatternFacts,
    PatternHistory,
)

_MOST_TAGS = 8
_MOST_TESTS = 5
_MOST_EXAMPLES = 3
_MOST_CODE = 160
_UI_LAYER = 6
_UI_SUFFIXES = frozenset(
    [".css", ".html", ".jinja", ".j2", ".jsx", ".less", ".scss", ".svelte", ".tsx", ".vue"]
)
_SECURITY = re.compile(
    r"\b(?:CVE-\d|security|vulnerab|injection|inject\b|xss|csrf|ssrf|xxe|exploit|sanitiz|sanitis"
    r"|unauthori[sz]ed|privilege|path traversal|directory traversal|secret|credential|password leak"
    r"|(?:open|unsafe) redirect|unsafe deserial)",
    re.IGNORECASE,
)
# What linters for security look for in Python, by the names they call:
# bandit, tests B301 to B612.
_UNSAFE = """
pickle marshal shelve eval exec mktemp md5 sha1 unsafe_load yaml_load shell mark_safe autoescape
check_hostname verify_mode compare_digest token_hex extractall
"""
_SECURITY_NAMES = frozenset(_UNSAFE.split())
_WORDS = {
    "hang": "timeout", "hung": "timeout", "timeout": "timeout", "stuck": "timeout",
    "encod": "encoding", "decod": "encoding", "unicode": "encoding", "utf": "encoding",
    "race": "concurrency", "deadlock": "concurrency", "thread": "concurrency",
    "leak": "resource", "unclosed": "resource", "close": "resource",
    "crash": "crash", "none": "missing-value", "null": "missing-value", "keyerror": "missing-value",
    "timezone": "time", "clock": "time", "utc": "time", "dst": "time", "round": "rounding",
    "overflow": "bounds", "off-by-one": "bounds", "index": "bounds", "redirect": "redirect",
    "cookie": "cookie", "auth": "auth", "permission": "auth", "path": "path", "windows": "platform",
    "deprecat": "deprecation", "compat": "compatibility", "python 3": "compatibility",
    "performance": "performance", "slow": "performance", "memory": "performance",
}  # fmt: skip
# PatternNotes' fields and the facts they stand in the place of.
_TEXTS = {
    "problem": "problem",
    "prevention": "prevention",
    "problem_type": "problem_type",
    "code_type": "code_type",
}
_LISTS = {
    "solution_steps": "solution_steps",
    "verification_steps": "verification_steps",
    "learnings": "learnings",
}
_LABELS = {
    "tags": "tags", "workflows": "workflows", "tasks": "tasks", "anti_patterns": "anti_patterns"
}  # fmt: skip


def describe_pattern(
    pattern: FixPattern,
    history: PatternHistory,
    *,
    layers: Mapping[Any, Sequence[str]],
    notes: PatternNotes | None = None,
) -> PatternFacts:
    """Return what is said of a pattern: what people noted, else what its evidence says.

    Args:
        pattern: with its sites and evidence.
        history: what the memory knows around it.
        layers: globs of the layers, as the settings have them.
        notes: what people said.
    """
    sources = _list_sources(pattern)
    code_type = classify_edit(pattern.before, pattern.after)
    problem_type = _find_problem_type(pattern, sources, layers, code_type)
    facts = PatternFacts(
        problem_type=problem_type,
        code_type=code_type,
        severity=_find_severity(pattern, problem_type),
        tags=_find_tags(pattern, sources, code_type),
        layers=_find_layers(pattern, layers),
        workflows=history.workflows,
        file_types=_find_file_types(pattern),
        problem=_describe_problem(pattern, sources),
        solution_steps=tuple(_list_solution_steps(pattern)),
        verification_steps=tuple(_list_verification_steps(pattern, history)),
        learnings=tuple(_list_learnings(pattern, sources, history)),
        prevention=_describe_prevention(pattern),
        anti_patterns=_find_anti_patterns(pattern),
        related_patterns=history.related,
        tasks=history.tasks,
    )
    return override_facts(facts, notes) if notes else facts


def override_facts(facts: PatternFacts, notes: PatternNotes) -> PatternFacts:
    """Return facts in which what people said counts; their words join the tags and the like."""
    said: dict[str, Any] = {}
    for field, name in _TEXTS.items():
        if value := getattr(notes, field):
            said[name] = value
    for field, name in _LISTS.items():
        if value := getattr(notes, field):
            said[name] = tuple(line.strip() for line in value.splitlines() if line.strip())
    for field, name in _LABELS.items():
        if value := getattr(notes, field):
            said[name] = tuple(dict.fromkeys((*value, *getattr(facts, name))))
    if "problem_type" in said and "severity" not in said and said["problem_type"] == "Security":
        said["severity"] = max(facts.severity, HIGH, key=[LOW, MEDIUM, HIGH, CRITICAL].index)
    return facts._replace(**said, said=tuple(sorted(said)))


def _list_sources(pattern: FixPattern) -> tuple[Source, ...]:
    found = {pair.source for pair in pattern.pairs}
    return tuple(sorted(found, key=lambda source: (source.date, source.commit)))


def _find_layers(pattern: FixPattern, layers: Mapping[Any, Sequence[str]]) -> tuple[int, ...]:
    found = {find_layer(pair.path, layers) for pair in pattern.pairs} | {pattern.layer}
    return tuple(sorted(layer for layer in found if layer is not None))


def _find_file_types(pattern: FixPattern) -> tuple[str, ...]:
    return tuple(sorted({PurePosixPath(pair.path).suffix for pair in pattern.pairs} - {""}))


def _find_problem_type(
    pattern: FixPattern,
    sources: Sequence[Source],
    layers: Mapping[Any, Sequence[str]],
    code_type: str,
) -> str | None:
    """Return which of the four problems it is; None for a plain mistake, which is none of them.

    Security comes first, since it is what must not be overlooked; a replaced call or import that
    was changed in several layers, or everywhere at once, is a decision about architecture.
    """
    sides = pattern.before, pattern.after
    names = {name for side in sides for name in find_names(side, builtins_too=True)}
    if any(_SECURITY.search(source.subject) for source in sources) or names & _SECURITY_NAMES:
        return "Security"
    paths = {pair.path for pair in pattern.pairs}
    if paths and all(
        find_layer(path, layers) == _UI_LAYER or PurePosixPath(path).suffix in _UI_SUFFIXES
        for path in paths
    ):
        return "UI-UX"
    is_replaced = code_type in ("call-replaced", "import-replaced", "name-replaced")
    if is_replaced and (pattern.evidence.is_migration or len(_find_layers(pattern, layers)) > 1):
        return "Architecture"
    return "Standards" if pattern.evidence.also or pattern.evidence.is_migration else None


def _find_severity(pattern: FixPattern, problem_type: str | None) -> str:
    """Return the word of the notes for Semgrep's; a security problem is one step above it."""
    step = {"INFO": 0, "WARNING": 1, "ERROR": 2}.get(pattern.severity, 0)
    return (LOW, MEDIUM, HIGH, CRITICAL)[step + (problem_type == "Security")]


def _find_tags(pattern: FixPattern, sources: Sequence[Source], code_type: str) -> tuple[str, ...]:
    words: Counter[str] = Counter()
    for source in sources:
        subject = source.subject.lower()
        words.update({tag for word, tag in _WORDS.items() if re.search(rf"\b{word}", subject)})
    names = [anchor.rpartition(".")[2].lower() for anchor in pattern.anchors]
    kinds = [code_type] + ["migration"] * pattern.evidence.is_migration
    ordered = [*kinds, *sorted(words, key=lambda tag: (-words[tag], tag)), *sorted(set(names))]
    return tuple(dict.fromkeys(ordered))[:_MOST_TAGS]


def _quote(code: str | None) -> str:
    return f"`{shorten(join_lines(code or ''), _MOST_CODE)}`"


def _describe_problem(pattern: FixPattern, sources: Sequence[Source]) -> str:
    evidence = pattern.evidence
    places = f"{evidence.sites_fixed} {'place' if evidence.sites_fixed == 1 else 'places'}"
    was = "was replaced" if evidence.is_migration else "was a mistake"
    said = "; ".join(f"“{shorten(source.subject, 100)}”" for source in sources[:2])
    return f"{_quote(pattern.before)} {was} in {places}: {said}." if said else ""


def _list_solution_steps(pattern: FixPattern) -> Iterator[str]:
    yield f"Find {_quote(pattern.before)}: `guard variants {build_rule_id(pattern)}` lists it."
    for kind, where in (("pattern-not", "is"), ("pattern-not-inside", "stands in")):
        if text := pattern.constraints.get(kind):
            yield f"Leave it where it {where} {_quote(text)}."
    if pattern.after is None:
        yield "Decide for each place what to write: it differed in the fixes."
        return
    yield f"Write {_quote(pattern.after)} instead."
    new = sorted(find_roots(pattern.after) - find_roots(pattern.before))
    if new:
        yield f"See that {', '.join(f'`{name}`' for name in new)} is defined or imported there."
    if pattern.evidence.left_alone:
        yield f"Look at the {pattern.evidence.left_alone} places that still have the old form."


def _list_verification_steps(pattern: FixPattern, history: PatternHistory) -> Iterator[str]:
    yield f"`guard check --all` finds nothing by `{build_rule_id(pattern)}`."
    for test in history.tests[:_MOST_TESTS]:
        yield f"`pytest {test}` passes."
    if not history.tests and not pattern.evidence.is_migration:
        yield "No test came with these fixes: write one that fails on the old form."


def _list_learnings(
    pattern: FixPattern, sources: Sequence[Source], history: PatternHistory
) -> Iterator[str]:
    evidence = pattern.evidence
    if len(sources) > 1 and not evidence.is_migration:
        span = f"from {sources[0].date} to {sources[-1].date}"
        yield f"It came back: {evidence.commits} fixes {span}."
    if history.days:
        half, count = median(history.days), len(history.days)
        several = f" (the median of {count})" if count > 1 else ""
        yield f"It stood {half:.0f} days until it was fixed{several}."
    if evidence.left_alone:
        yield f"{evidence.left_alone} places were left as they were."
    if evidence.replay_alarms:
        yield f"Written again by {evidence.replay_alarms} later commits that no fix followed."
    if evidence.reverse_edits:
        yield f"{evidence.reverse_edits} edits went the other way."
    if evidence.is_migration:
        yield f"{evidence.share_done:.0%} of its places are written the new way."


def _describe_prevention(pattern: FixPattern) -> str:
    said = {
        "block": "A commit that writes it is stopped.",
        "warn": "A commit that writes it is stopped once.",
        "advise": "`guard check`, pull requests and editors advise against it.",
    }.get(pattern.stage, f"Nothing tells yet: `guard rules approve {build_rule_id(pattern)}`.")
    also = f" {', '.join(pattern.evidence.also)} finds it too." if pattern.evidence.also else ""
    write = f"In new code write {_quote(pattern.after)}. " if pattern.after else ""
    return f"{write}{said}{also}"


def _find_anti_patterns(pattern: FixPattern) -> tuple[str, ...]:
    """Return code not to write: the generalised form, and the shortest of what was written."""
    written = sorted({join_lines(pair.before) for pair in pattern.pairs}, key=lambda t: (len(t), t))
    found = [shorten(text, _MOST_CODE) for text in (join_lines(pattern.before), *written)]
    return tuple(dict.fromkeys(found))[: 1 + _MOST_EXAMPLES]
