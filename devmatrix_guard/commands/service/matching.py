"""Finds proven patterns near to an intent, of every kind, each with how likely it is what is meant.

intent -> vector (kept) -> rankings of each kind -> confidence -> the best, whole -> recommendations
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from devmatrix_guard.commands.memory.embedding import ACTIVE, embed_memory, is_wanted
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.caches import KeptValues
from devmatrix_guard.commands.service.entries import read_entries, recommend
from devmatrix_guard.commands.service.infra import list_infra, make_infra_rows, passes
from devmatrix_guard.errors import GuardError, MemoryStoreError
from devmatrix_guard.generator.bank.search import PatternIndex
from devmatrix_guard.memory.base import Memory, Range, SearchFilter, VectorIndex
from devmatrix_guard.memory.embed import Embedder, load_embedder
from devmatrix_guard.memory.followers.outbox import Outbox
from devmatrix_guard.model.knowledge.catalog import (
    FIX,
    INFRA,
    STATUS_OF_STAGE,
    CatalogEntry,
    CatalogFilter,
    CatalogRow,
)
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord, Signature
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.words import split_words

LOG = logging.getLogger("devmatrix_guard.service")
_DEPTH = 100
_KEPT_VECTORS = 1_000
_KEPT_ENTRIES = 5_000
_DAY = 86_400.0
_ENTRY_SECONDS = 300.0
_FLUSH_SECONDS = 30.0
# P(this pattern is the one that is meant), by what is known of how near it is: `bench/service.py
# calibrate` fits these on fixes of histories, the query being the fix's own subject, and says on
# other histories how well they hold.
_WITHOUT_MODEL = {"bias": -6.33, "words": 4.96, "spelling": 2.85, "first": 3.28}
_WITH_MODEL = {"bias": -6.0, "words": 4.0, "spelling": 3.0, "meaning": 5.0, "first": 1.5}


_SAYING_LITTLE = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "has", "have",
    "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or",
    "our", "should", "so", "that", "the", "their", "them", "then", "there", "these", "this", "to",
    "too", "up", "use", "used", "using", "want", "we", "what", "when", "where", "which", "while",
    "who", "will", "with", "without", "you", "your",
})  # fmt: skip


class Nearness(NamedTuple):
    """How near a pattern is to a query: shares of a perfect match, the cosine, the best rank."""

    words: float = 0.0
    spelling: float = 0.0
    meaning: float | None = None
    rank: int = _DEPTH


class Found(NamedValue):
    """A pattern that was found, its confidence, what to do with it, and how near it is."""

    entry: CatalogEntry
    confidence: float
    recommendations: tuple[str, ...]
    signals: Mapping[str, float]


class MatchAnswer(NamedValue):
    """What was found, of how many candidates, and what finding it took."""

    found: tuple[Found, ...]
    total: int
    embedding_model: str
    embedding_ms: float
    search_ms: float
    enrichment_ms: float
    rankings: tuple[str, ...]


class Bank(NamedTuple):
    """The InfraPatterns that are listed, how their uses went, and an index of all of them."""

    patterns: tuple[InfraPattern, ...]
    rows: tuple[CatalogRow, ...]
    records: tuple[InfraRecord, ...]
    by_words: PatternIndex


class Matcher:
    """Matches intents with patterns; keeps the model, vectors of queries, and patterns read last.

    Args:
        access: the project and its memory.
    """

    def __init__(self, access: MemoryAccess) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._follower: Any = None
        self.vectors = KeptValues(_KEPT_VECTORS, _DAY)
        self.entries = KeptValues(_KEPT_ENTRIES, _ENTRY_SECONDS)
        self._counts: dict[str, int] = {}
        self._flushed = time.monotonic()
        self._embedding: threading.Thread | None = None
        self._stops = threading.Event()

    def match(
        self, intent: str, context: str, only: CatalogFilter, limit: int, generation: str = ""
    ) -> MatchAnswer:
        """Return the patterns nearest to an intent in a context.

        Args:
            intent: what is to be done, in words.
            context: where; may be empty.
            only: what may be returned.
            limit: how many.
            generation: of the memory; entries that were read in another one are not used.

        Raises:
            MemoryStoreError: there is no memory, or the model does not answer.
        """
        text = f"{intent}\n{context}" if context else intent
        began = time.perf_counter()
        with self._access.lend() as memory:
            model, vector = self._embed(memory, text)
            embedded = time.perf_counter()
            nearness, used = self._rank(memory, text, only, model, vector, generation)
            rated = [(-rate_confidence(near), key) for key, near in nearness.items()]
            best = [(key, -rate) for rate, key in sorted(rated)[:limit]]
            searched = time.perf_counter()
            entries = self._read(memory, [key for key, _ in best], generation)
        found = tuple(
            Found(entries[key], round(rate, 4), recommend(entries[key]), _describe(nearness[key]))
            for key, rate in best
            if key in entries
        )
        ended = time.perf_counter()
        return MatchAnswer(
            found,
            len(nearness),
            model,
            1000 * (embedded - began),
            1000 * (searched - embedded),
            1000 * (ended - searched),
            used,
        )

    def find_nearness(self, text: str, only: CatalogFilter) -> dict[str, Nearness]:
        """Return {id: how near} of every candidate, without reading the patterns.

        Raises:
            MemoryStoreError: there is no memory, or the model does not answer.
        """
        with self._access.lend() as memory:
            model, vector = self._embed(memory, text)
            return self._rank(memory, text, only, model, vector)[0]

    def count_matches(self, ids: list[str]) -> None:
        """Note that patterns were returned; the memory is told of many at once."""
        with self._lock:
            for key in ids:
                self._counts[key] = self._counts.get(key, 0) + 1

    def is_flush_due(self) -> bool:
        """Tell whether it is time to write down what was counted."""
        return bool(self._counts) and time.monotonic() > self._flushed + _FLUSH_SECONDS

    def flush(self) -> None:
        """Write down how often patterns were returned.

        Raises:
            MemoryStoreError: it cannot be written; what was counted is tried again later.
        """
        with self._lock:
            counts, self._counts = self._counts, {}
            self._flushed = time.monotonic()
        if not counts:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        try:
            with self._access.lend(writing=True) as memory:
                memory.catalog.count_matches(counts, at)
        except MemoryStoreError:
            with self._lock:
                for key, count in counts.items():
                    self._counts[key] = self._counts.get(key, 0) + count
            raise

    def embed(self, texts: list[str]) -> tuple[str, list[list[float]]]:
        """Return the model in force and the vectors of texts; no model gives none."""
        settings = self._access.settings
        if not is_wanted(settings):
            return "", []
        with self._lock:
            if self._embedder is None:
                self._embedder = load_embedder(settings.embeddings)
        missing = [text for text in texts if self.vectors.get(text) is None]
        if missing:
            for text, vector in zip(missing, self._embedder.embed(missing), strict=True):
                self.vectors.put(text, vector)
        return self._embedder.model_id, [self.vectors.get(text) for text in texts]

    def begin_embedding(self) -> None:
        """Make the vectors of the model that the settings name in a thread, if it is a new one.

        Searches go by words and spelling until all are made, and with the model from then on.
        """
        if is_wanted(self._access.settings):
            self._embedding = threading.Thread(target=self._embed_all, daemon=True)
            self._embedding.start()

    def _embed_all(self) -> None:
        try:
            model, _ = self.embed([])
            with self._access.lend() as memory:
                if memory.state.get(ACTIVE) == model:
                    return
            embed_memory(self._access.root, should_stop=self._stops.is_set)
        except GuardError as error:
            LOG.warning("searches go by words and spelling: %s", error)

    def close(self) -> None:
        """Write down what was counted, and let go of servers."""
        self._stops.set()
        if self._embedding is not None:
            self._embedding.join()
        with suppress(MemoryStoreError):
            self.flush()
        if self._follower is not None:
            self._follower.close()

    def _embed(self, memory: Memory, text: str) -> tuple[str, list[float] | None]:
        model, vectors = self.embed([text])
        if not vectors or memory.state.get(ACTIVE) != model:
            # Until all vectors of a model are made, searches go on without.
            return model if vectors else "", None
        return model, vectors[0]

    def _rank(
        self,
        memory: Memory,
        text: str,
        only: CatalogFilter,
        model: str,
        vector: list[float] | None,
        generation: str = "",
    ) -> tuple[dict[str, Nearness], tuple[str, ...]]:
        nearness: dict[str, Nearness] = {}
        used: list[str] = ["words", "spelling"]
        index = self._open_vectors(memory) if vector is not None else None
        if index is not None:
            used.append("meaning")
        if not only.types or FIX in only.types:
            nearness |= _rank_fixes(memory, text, only, index, model, vector)
        if not only.types or INFRA in only.types:
            best = max((near.words for near in nearness.values()), default=0.0)
            nearness |= _rank_infra(self._list_infra(memory, generation), text, only, best)
        if not only.types or set(only.types) - {FIX, INFRA}:
            nearness |= _rank_successes(memory, text, only, index, model, vector)
        return nearness, tuple(used)

    def _read(self, memory: Memory, ids: list[str], generation: str) -> dict[str, CatalogEntry]:
        kept = {key: self.entries.get((generation, key)) for key in ids}
        missing = [key for key, entry in kept.items() if entry is None]
        read = read_entries(self._access, memory, missing) if missing else {}
        for key, entry in read.items():
            self.entries.put((generation, key), entry)
        return {key: entry for key, entry in kept.items() if entry is not None} | read

    def _list_infra(self, memory: Memory, generation: str) -> Bank:
        kept: Bank | None = self.entries.get((generation, INFRA, "")) if generation else None
        if kept is None:
            every = list_infra(self._access, memory)
            rows = tuple(make_infra_rows(memory, every, CatalogFilter()))
            shown = {row.pattern_id for row in rows}
            patterns = tuple(p for p in every if p.pattern_id in shown)
            records = memory.infra.list_records()
            kept = Bank(patterns, rows, records, PatternIndex(patterns, records))
            self.entries.put((generation, INFRA, ""), kept)
        return kept

    def _open_vectors(self, memory: Memory) -> VectorIndex:
        """Return Qdrant's vectors where it follows and is up to date, else the memory's own."""
        settings = self._access.settings
        if not settings.vectors:
            return memory.vectors
        from devmatrix_guard.memory.followers.choose import open_qdrant_follower
        from devmatrix_guard.memory.followers.qdrant import QdrantVectorIndex

        with self._lock:
            if self._follower is None:
                try:
                    self._follower = open_qdrant_follower(settings, self._access.root)
                except MemoryStoreError:
                    return memory.vectors
        if Outbox(memory.database).is_up_to_date(self._follower.name):
            return QdrantVectorIndex(self._follower, *memory.list_chosen())
        return memory.vectors


def rate_confidence(near: Nearness) -> float:
    """Return how likely a pattern is the one that is meant, from 0 to 1."""
    weights = _WITHOUT_MODEL if near.meaning is None else _WITH_MODEL
    score = (
        weights["bias"]
        + weights["words"] * near.words
        + weights["spelling"] * near.spelling
        + weights["first"] / near.rank
        + (0.0 if near.meaning is None else weights["meaning"] * near.meaning)
    )
    return 1 / (1 + math.exp(-score))


def list_features(near: Nearness) -> dict[str, float]:
    """Return what the confidence is computed from; `first` is one for the best of all."""
    features = {"words": near.words, "spelling": near.spelling, "first": 1 / near.rank}
    return features if near.meaning is None else {**features, "meaning": near.meaning}


def _rank_fixes(
    memory: Memory,
    text: str,
    only: CatalogFilter,
    index: VectorIndex | None,
    model: str,
    vector: list[float] | None,
) -> dict[str, Nearness]:
    stages = tuple(s for s, status in STATUS_OF_STAGE.items() if status in only.statuses)
    narrowed = SearchFilter(
        layers=only.layers,
        min_confidence=only.min_quality or 0.0,
        stages=only.stages or stages,
        severities=only.severities,
        tags=only.tags,
        min_success=only.min_success,
        listed_only=True,
    )
    where: dict[str, Any] = {}
    if narrowed.stages:
        where["stage"] = list(narrowed.stages)
    if narrowed.min_confidence:
        where["quality"] = Range(at_least=narrowed.min_confidence)
    cosines = _find_cosines(index, "fix_patterns", model, vector, where)
    rankings = {"meaning": list(cosines)} if index is not None else {}
    ranking = memory.patterns.rank(text, limit=_DEPTH, only=narrowed, rankings=rankings)
    words = ranking.strengths.get("words", {})
    spelling = ranking.strengths.get("spelling", {})
    meaning = cosines if index is not None else None
    return _measure([key for key, _, _ in ranking.found], words, spelling, meaning)


def _rank_successes(
    memory: Memory,
    text: str,
    only: CatalogFilter,
    index: VectorIndex | None,
    model: str,
    vector: list[float] | None,
) -> dict[str, Nearness]:
    words = dict(memory.successes.rank_words(text, _DEPTH, only))
    where: dict[str, Any] = {}
    if only.types:
        where["pattern_type"] = list(only.types)
    if only.statuses:
        where["status"] = list(only.statuses)
    cosines = _find_cosines(index, "devmatrix_patterns", model, vector, where)
    if cosines:
        known = memory.catalog.list_rows(only._replace(ids=tuple(cosines)), limit=_DEPTH)
        listed = {row.pattern_id for row in known}
        cosines = {key: cosine for key, cosine in cosines.items() if key in listed}
    ranked = sorted({*words, *cosines}, key=lambda k: -(words.get(k, 0.0) + cosines.get(k, 0.0)))
    return _measure(ranked, words, {}, cosines if index is not None else None)


def _find_cosines(
    index: VectorIndex | None,
    collection: str,
    model: str,
    vector: list[float] | None,
    where: Mapping[str, Any],
) -> dict[str, float]:
    """Return how near the nearest vectors are, by key; none without an index."""
    if index is None or vector is None:
        return {}
    hits = index.search(collection, model, vector, limit=_DEPTH, where=where)
    return {hit.key: hit.similarity for hit in hits}


def _measure(
    ranked: Sequence[str],
    words: Mapping[str, float],
    spelling: Mapping[str, float],
    meaning: Mapping[str, float] | None,
) -> dict[str, Nearness]:
    """Return the nearness of each pattern, the best first; without a model it has no meaning."""
    return {
        key: Nearness(
            words.get(key, 0.0),
            spelling.get(key, 0.0),
            None if meaning is None else meaning.get(key, 0.0),
            place,
        )
        for place, key in enumerate(ranked, start=1)
    }


def _rank_infra(bank: Bank, text: str, only: CatalogFilter, best: float) -> dict[str, Nearness]:
    """Return how near InfraPatterns are; those behind the best fix are not the first of all.

    Their few words are all of one kind, so that one of them in common is a large cosine: what
    share of the query they have counts too, and what stands in every sentence does not.
    """
    index = bank.by_words
    listed = () if only == CatalogFilter() else [r.pattern_id for r in bank.rows if passes(r, only)]
    if only != CatalogFilter() and len(listed) < len(bank.rows):
        chosen = [pattern for pattern in bank.patterns if pattern.pattern_id in listed]
        index = PatternIndex(chosen, bank.records)
    telling = [word for word in split_words(text) if word not in _SAYING_LITTLE]
    if not telling:
        return {}
    found: dict[str, Nearness] = {}
    for place, match in enumerate(index.rank(Signature(" ".join(telling)))[:_DEPTH], start=1):
        words = match.similarity * match.coverage
        found[match.pattern.pattern_id] = Nearness(words, rank=place if words > best else _DEPTH)
    return found


def _describe(near: Nearness) -> dict[str, float]:
    return {name: round(value, 4) for name, value in _list_signals(near)}


def _list_signals(near: Nearness) -> Iterator[tuple[str, float]]:
    yield "words", near.words
    yield "spelling", near.spelling
    if near.meaning is not None:
        yield "meaning", near.meaning
