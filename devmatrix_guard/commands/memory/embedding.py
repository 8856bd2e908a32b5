"""Makes the vectors of what the memory knows, and ranks patterns by them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from devmatrix_guard.commands.loop.fragments import describe_function
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.memory.base import Memory, VectorIndex, VectorItem
from devmatrix_guard.memory.embed import NONE, CachedEmbedder, Embedder, load_embedder
from devmatrix_guard.model.knowledge.catalog import INFRA, SuccessPattern
from devmatrix_guard.model.knowledge.learning import SpecSignature
from devmatrix_guard.model.knowledge.pattern import FixPattern

ACTIVE = "embedding-model"
SPECS = "spec_signatures"
_BATCH = 64
_MOST_RUNS = 10_000
_MOST_FUNCTIONS = 50
Text = tuple[str, str, str, Mapping[str, Any]]  # aspect, key, text, payload


def embed_memory(
    start: Path,
    *,
    model: str = "",
    tell: Callable[[str], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, int]:
    """Make the vectors that are missing or old, and search with this model from then on.

    A batch at a time, so that a kill loses one batch. One process at a time does it; until all are
    made, a service that is to search with this model goes by words and spelling.

    Args:
        start: a folder of the project.
        model: as the setting `embeddings`, which it stands for.
        tell: is told what is done.
        should_stop: asked after each batch; what was made is kept, and the model not in force.

    Returns:
        how many were made, by collection.
    """
    settings, root = load_settings(start), find_project_root(start)
    name = model or settings.embeddings
    made: dict[str, int] = {}
    with (
        open_project_memory(settings, root, create=False) as memory,
        memory.database.hold("embed"),
    ):
        embedder = CachedEmbedder(memory.database, load_embedder(name))
        for collection, texts in (
            ("fix_patterns", _list_pattern_texts(memory)),
            ("devmatrix_patterns", _list_catalog_texts(memory)),
            ("pipeline_runs", _list_run_texts(memory)),
            ("error_embeddings", _list_error_texts(memory)),
            (SPECS, _list_signature_texts(memory)),
            ("code_fragments", _list_function_texts(memory)),
        ):
            made[collection] = _bring_up_to_date(
                memory, embedder, collection, list(texts), should_stop=should_stop
            )
            if should_stop():
                return made
            tell(f"{collection}: {made[collection]} vectors made")
        memory.state.set(ACTIVE, embedder.model_id)
        return made


def rank_by_meaning(
    memory: Memory, vectors: VectorIndex, text: str, embedder: Embedder
) -> dict[str, list[str]]:
    """Return the ranking by a model's vectors; the missing and the old ones are made first."""
    texts = [one for one in _list_pattern_texts(memory) if one[0] == "content"]
    _bring_up_to_date(memory, embedder, "fix_patterns", texts, only="content")
    (query,) = embedder.embed([text])
    hits = vectors.search("fix_patterns", embedder.model_id, query, limit=max(len(texts), 1))
    return {"meaning": [hit.key for hit in hits]}


def rank_functions(memory: Memory, text: str, settings: Settings) -> tuple[str, ...]:
    """Return the digests of functions of applications by a model's vectors, the nearest first.

    The vectors that are missing or old are made first.
    """
    embedder = choose_embedder(memory, settings)
    texts = list(_list_function_texts(memory))
    _bring_up_to_date(memory, embedder, "code_fragments", texts, only="content")
    (query,) = embedder.embed([text])
    hits = memory.vectors.search("code_fragments", embedder.model_id, query, limit=_MOST_FUNCTIONS)
    return tuple(hit.key for hit in hits)


def update_specs(memory: Memory, embedder: Embedder) -> None:
    """Make the vectors of the own repository's specs that are missing or old."""
    texts = list(_list_signature_texts(memory))
    _bring_up_to_date(memory, embedder, SPECS, texts, only="content")


def describe_signature(signature: SpecSignature) -> str:
    """Return the text whose vector stands for a spec: what it is made of."""
    return f"{signature.name} {' '.join(signature.features)}"


def choose_embedder(memory: Memory, settings: Settings) -> Embedder:
    """Return the model to search with: the one in force, its vectors of texts kept."""
    return CachedEmbedder(memory.database, load_embedder(settings.embeddings))


def is_wanted(settings: Settings) -> bool:
    """Tell whether the settings name a model."""
    return settings.embeddings != NONE


def _bring_up_to_date(
    memory: Memory,
    embedder: Embedder,
    collection: str,
    texts: Sequence[Text],
    *,
    only: str = "",
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    model = embedder.model_id
    aspects = [only] if only else ["content", "code", "problem"]
    known = {aspect: memory.vectors.get_payloads(collection, model, aspect) for aspect in aspects}
    new = []
    for aspect, key, text, payload in texts:
        facts = {**payload, "digest": _hash_text(text)}
        if known[aspect].get(key) != facts:
            new.append((VectorItem(key, (), facts, aspect), text))
    waiting = iter(new)
    while batch := list(islice(waiting, _BATCH)):
        vectors = embedder.embed([text for _, text in batch])
        items = [
            item._replace(vector=vector) for (item, _), vector in zip(batch, vectors, strict=True)
        ]
        memory.vectors.upsert(collection, model, items)
        if should_stop():
            return len(new)
    there = {key for _, key, _, _ in texts}
    gone = {key for held in known.values() for key in held} - there
    if gone:
        memory.vectors.remove(collection, gone)
    return len(new)


def _hash_text(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _list_pattern_texts(memory: Memory) -> Iterator[Text]:
    for pattern in memory.patterns.list_all():
        facets = {"stage": pattern.stage, "quality": pattern.evidence.confidence}
        yield "content", pattern.id, _describe_pattern(pattern), facets
        yield "code", pattern.id, f"{pattern.before}\n{pattern.after or ''}", {}
        subjects = dict.fromkeys(pair.source.subject for pair in pattern.pairs)
        yield "problem", pattern.id, "\n".join(subjects) or pattern.title, {}


def _describe_pattern(pattern: FixPattern) -> str:
    subjects = dict.fromkeys(pair.source.subject for pair in pattern.pairs)
    return "\n".join((pattern.title, *subjects, pattern.before, pattern.after or ""))


def _list_catalog_texts(memory: Memory) -> Iterator[Text]:
    """Describe InfraPatterns of the bank and success patterns, one page of these at a time."""
    for infra in memory.infra.list_all():
        text = f"{infra.pattern_id} {infra.signature.purpose} {infra.signature.domain}"
        yield "content", infra.pattern_id, text, {"pattern_type": INFRA}
    for pattern in memory.successes.iterate():
        yield "content", pattern.id, describe_success(pattern), describe_facets(pattern)


def make_success_item(pattern: SuccessPattern, vector: Sequence[float]) -> VectorItem:
    """Return the vector of a success pattern as the memory keeps it."""
    text = describe_success(pattern)
    return VectorItem(pattern.id, vector, {**describe_facets(pattern), "digest": _hash_text(text)})


def describe_success(pattern: SuccessPattern) -> str:
    """Return the text whose vector stands for a success pattern."""
    tags = " ".join(pattern.tags)
    return f"{pattern.pattern_type} {pattern.name} {pattern.description} {tags} {pattern.context}"


def describe_facets(pattern: SuccessPattern) -> dict[str, Any]:
    """Return what a search by vectors may filter a success pattern by."""
    return {"pattern_type": pattern.pattern_type, "status": pattern.status}


def _list_run_texts(memory: Memory) -> Iterator[Text]:
    """Describe runs by their spec: its name, and the endpoints and entities of its IR."""
    described: dict[str, str] = {}
    for run in memory.runs.list_recent(limit=_MOST_RUNS):
        if run.spec_hash is None or memory.lineage.get("spec", run.spec_hash) is None:
            continue
        if run.spec_hash not in described:
            nodes = memory.lineage.trace(("spec", run.spec_hash), depth=2).nodes
            facts = [
                str(node.properties.get(name, ""))
                for node in nodes
                for name in ("name", "method", "path", "address")
                if node.kind in ("spec", "endpoint", "entity", "flow")
            ]
            described[run.spec_hash] = " ".join(filter(None, facts))
        if described[run.spec_hash]:
            payload = {"status": run.status, "command": run.command, "spec_hash": run.spec_hash}
            if run.compliance_score is not None:
                payload["compliance"] = run.compliance_score  # type: ignore[assignment]
            yield "content", run.id, described[run.spec_hash], payload


def _list_error_texts(memory: Memory) -> Iterator[Text]:
    for trend in memory.runs.count_errors():
        text = f"{trend.error_type}: {trend.signature}"
        yield "content", text[:500], text, {"type": trend.error_type}


def _list_signature_texts(memory: Memory) -> Iterator[Text]:
    """Describe specs by what they are made of, so that like ones are near."""
    for one in memory.experience.list_signatures(limit=_MOST_RUNS):
        facts = {"spec_hash": one.spec_hash, "name": one.name}
        yield "content", one.spec_hash, describe_signature(one), facts


def _list_function_texts(memory: Memory) -> Iterator[Text]:
    """Describe the functions of applications; the same in many places once."""
    seen: set[str] = set()
    for one in memory.experience.list_fragments():
        if one.digest not in seen:
            seen.add(one.digest)
            facts = {"test_passed": one.passed > 0 and not one.failed}
            yield "content", one.digest, describe_function(one), facts
