"""Keeps the functions of applications with how they did, finds them, and finds the same twice.

keep_functions(memory, application, base, passed=True, at=record.run.started_at)
search_functions(memory, "reserve stock for an order", limit=5)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from devmatrix_guard.generator.emitters import find_emitter
from devmatrix_guard.generator.entity_names import list_entity_names
from devmatrix_guard.generator.fragments import find_functions
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.similarity import measure_similarities
from devmatrix_guard.model.knowledge.fragment import CodeFragment
from devmatrix_guard.model.words import split_words

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.application import Application
    from devmatrix_guard.memory.base import Memory

_MOST_COMPARED = 2_000  # characters of a function's code: what it is about stands at its top
_MOST_KEPT = 20_000


class FunctionMatch(NamedTuple):
    """A function that was found.

    Attributes:
        fragment: the place where it was seen last.
        similarity: to what was asked for, 0 to 1.
        passed, failed: verifications with this code, in all places together.
        applications: that hold it, by name.
    """

    fragment: CodeFragment
    similarity: float
    passed: int
    failed: int
    applications: tuple[str, ...]


class Duplicate(NamedTuple):
    """Functions of several applications that are the same but for the names of their entities."""

    digest: str
    is_generated: bool
    places: tuple[CodeFragment, ...]


def keep_functions(
    memory: Memory, application: Application, base: str, *, passed: bool, at: str
) -> int:
    """Keep the functions of an application with the outcome of its tests; return how many.

    Args:
        memory: where.
        application: as it was tested.
        base: folder of the application in its project, as `shop/`; "" for the project itself.
        passed: whether its tests did.
        at: ISO 8601.
    """
    name = application.ir.name
    names = list_entity_names(make_plan(application.ir))
    known = {(f.path, f.name, f.digest): f for f in memory.experience.list_fragments()}
    kept = []
    for found in find_functions(application.files, application.reference, names):
        path = base + found.path
        before = known.get((path, found.name, found.digest))
        infra = application.patterns.get(found.path) if found.is_generated else None
        kept.append(
            CodeFragment(
                application=name,
                path=path,
                name=found.name,
                digest=found.digest,
                emitter=find_emitter(found.path) if found.is_generated and not infra else "",
                infra_pattern=f"{infra[0]}@{infra[1]}" if infra else "",
                code=found.code,
                passed=(before.passed if before else 0) + int(passed),
                failed=(before.failed if before else 0) + int(not passed),
                seen_at=at,
            )
        )
    memory.experience.save_fragments(kept)
    return len(kept)


def search_functions(
    memory: Memory,
    text: str,
    *,
    limit: int = 5,
    ranking: Sequence[str] = (),
    only_by_hand: bool = False,
) -> tuple[FunctionMatch, ...]:
    """Return the functions nearest to a text, the best first; the same in many places counts once.

    Of two that are as near, the one whose applications pass comes first.

    Args:
        text: words, names or code.
        limit: how many at most.
        ranking: digests that a model found near, the nearest first; empty without a model.
        only_by_hand: leave out what the generator writes anyhow.
    """
    groups = _group_by_digest(memory.experience.list_fragments(limit=_MOST_KEPT))
    if only_by_hand:
        groups = [some for some in groups if not is_generated(some[0])]
    asked = split_words(text)
    nearness = measure_similarities(asked, [_list_words(some[0]) for some in groups])
    by_model = {digest: 1 / (place + 1) for place, digest in enumerate(ranking[:limit])}
    matches = []
    for some, similarity in zip(groups, nearness, strict=True):
        near = max(similarity, by_model.get(some[0].digest, 0.0))
        if near > 0:
            passed, failed = sum(one.passed for one in some), sum(one.failed for one in some)
            names = tuple(sorted({one.application for one in some}))
            matches.append(FunctionMatch(some[0], near, passed, failed, names))
    matches.sort(key=lambda m: (-_score(m), m.fragment.application, m.fragment.path, m.fragment))
    return tuple(matches[:limit])


def find_duplicates(memory: Memory) -> tuple[Duplicate, ...]:
    """Return what stands in several applications: people's own code first, then the most places.

    What the generator wrote into each of them is no finding, but says what they share.
    """
    found = []
    for some in _group_by_digest(memory.experience.list_fragments(limit=_MOST_KEPT)):
        if len({_locate_application(one) for one in some}) < 2:
            continue
        places = tuple(sorted(some, key=lambda one: (one.application, one.path, one.name)))
        found.append(Duplicate(some[0].digest, all(map(is_generated, some)), places))
    return tuple(sorted(found, key=lambda d: (d.is_generated, -len(d.places), d.places[0])))


def is_generated(fragment: CodeFragment) -> bool:
    """Tell whether the generator wrote a function, rather than a person or a model."""
    return bool(fragment.emitter or fragment.infra_pattern)


def describe_function(fragment: CodeFragment) -> str:
    """Return the text that a function is found by."""
    return f"{fragment.name} {fragment.path} {fragment.code[:_MOST_COMPARED]}"


def summarise_function(fragment: CodeFragment) -> str:
    """Return the first line of a function's docstring, "" where it has none."""
    try:
        node = ast.parse(_dedent(fragment.code)).body[0]
    except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
        return ""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return ""
    return (ast.get_docstring(node) or "").partition("\n")[0]


def _dedent(code: str) -> str:
    indent = len(code) - len(code.lstrip(" \t"))
    return "".join(line[indent:] or "\n" for line in code.splitlines(keepends=True))


def _score(match: FunctionMatch) -> float:
    return match.similarity * (match.passed + 1) / (match.passed + match.failed + 2)


def _list_words(fragment: CodeFragment) -> list[str]:
    return split_words(describe_function(fragment))


def _locate_application(fragment: CodeFragment) -> tuple[str, str]:
    """Tell applications of one name in several folders apart."""
    return fragment.application, fragment.path.rpartition("src/")[0]


def _group_by_digest(fragments: Iterable[CodeFragment]) -> list[list[CodeFragment]]:
    groups: dict[str, list[CodeFragment]] = {}
    for one in fragments:
        groups.setdefault(one.digest, []).append(one)
    return list(groups.values())
