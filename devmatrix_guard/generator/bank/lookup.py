"""Find an InfraPattern: local cache, then bank, then package, then an LLM where one is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.bank.packaged import PackagedPatterns
from devmatrix_guard.model.knowledge.infra import InfraPattern
from devmatrix_guard.model.named_value import NamedValue

if TYPE_CHECKING:
    from devmatrix_guard.generator.bank.base import PatternSource, PatternWriter
    from devmatrix_guard.generator.bank.search import Match
    from devmatrix_guard.model.knowledge.infra import InfraRecord, Signature
    from devmatrix_guard.model.knowledge.learning import KnownRepair


class PatternBank(NamedValue):
    """The sources in the order they are asked; leave one out and the next answers at once.

    `pins` maps a pattern id to the (version, sha) that the manifest names: a pinned pattern is
    taken in exactly that version, wherever it is, or not at all. `records` tell a search how
    patterns did; `repairs` are applied to what is generated.
    """

    cache: PatternSource | None = None
    bank: PatternSource | None = None
    packaged: PatternSource = PackagedPatterns()
    writer: PatternWriter | None = None
    pins: Mapping[str, tuple[int, str]] = {}
    records: Sequence[InfraRecord] = ()
    repairs: Sequence[KnownRepair] = ()

    def get(self, pattern_id: str) -> InfraPattern:
        """Return the pinned version, or the newest one of the first source that has any.

        Raises:
            GenerationError: no source has it, or what is found is not what the manifest pinned.
        """
        pin = self.pins.get(pattern_id)
        if pin is not None:
            return self._find_pinned(pattern_id, *pin)
        for source in self._list_sources():
            pattern = source.find_latest(pattern_id)
            if pattern is not None:
                return pattern
        raise GenerationError(
            f"there is no InfraPattern `{pattern_id}`; `guard bank list` shows those there are."
        )

    def list_all(self) -> tuple[InfraPattern, ...]:
        """Return every pattern as `get` would without a pin, by id."""
        known = {p.pattern_id: p for s in reversed(self._list_sources()) for p in s.list_all()}
        return tuple(known[key] for key in sorted(known))

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern:
        """Return one version from the first source that has it, frozen or not.

        Raises:
            GenerationError: no source has it.
        """
        for source in self._list_sources():
            pattern = source.find_exact(pattern_id, version)
            if pattern is not None:
                return pattern
        raise GenerationError(f"there is no InfraPattern `{pattern_id}@{version}`.")

    def search_with_fallback(
        self, signature: Signature, *, top_k: int = 5, min_results: int = 1
    ) -> tuple[Match, ...]:
        """Return the patterns nearest in purpose: in the domain, then in any, then written.

        Each pattern is the copy that `get` would return. The search widens only while it has
        fewer than `min_results`.
        """
        from devmatrix_guard.generator.bank.search import rank  # a generation by id needs no search

        patterns = self.list_all()
        near = [p for p in patterns if p.signature.domain == signature.domain]
        found = rank(signature, near, self.records)[:top_k] if signature.domain else ()
        if len(found) < min_results:
            found = rank(signature, patterns, self.records)[:top_k]
        if len(found) < min_results and self.writer is not None:
            found = (*found, *self._read_signature(signature))
        return found

    def _list_sources(self) -> tuple[PatternSource, ...]:
        return tuple(s for s in (self.cache, self.bank, self.packaged) if s is not None)

    def release_lost_pins(self) -> PatternBank:
        """Return the bank without the pins that no source has, as after an upgrade of guard."""
        kept = {key: pin for key, pin in self.pins.items() if self._find(key, *pin) is not None}
        return self._replace(pins=kept)

    def take_newest(self, pattern_ids: Iterable[str]) -> PatternBank:
        """Return the bank with some patterns pinned to the newest version that a source has.

        Raises:
            GenerationError: there is no such pattern.
        """
        pins = dict(self.pins)
        for pattern_id in pattern_ids:
            found = [source.find_latest(pattern_id) for source in self._list_sources()]
            known = [pattern for pattern in found if pattern is not None]
            if not known:
                raise GenerationError(
                    f"there is no InfraPattern `{pattern_id}`; `guard bank list` shows those there "
                    "are."
                )
            newest = max(known, key=lambda pattern: pattern.version)
            pins[pattern_id] = (newest.version, newest.sha)
        return self._replace(pins=pins)

    def _find_pinned(self, pattern_id: str, version: int, sha: str) -> InfraPattern:
        pattern = self._find(pattern_id, version, sha)
        if pattern is None:
            raise GenerationError(
                f"the manifest pins the InfraPattern {pattern_id}@{version} ({sha[:12]}), which is "
                "neither in the local cache, nor in the bank, nor in the package; bring it back "
                "with `guard bank import FILE`, or take today's with `guard regenerate`."
            )
        return pattern

    def _find(self, pattern_id: str, version: int, sha: str) -> InfraPattern | None:
        for source in self._list_sources():
            pattern = source.find_exact(pattern_id, version)
            if pattern is not None and pattern.sha == sha:
                return pattern
        return None

    def _read_signature(self, signature: Signature) -> tuple[Match, ...]:
        from devmatrix_guard.generator.bank.search import Match

        body = self.writer.write(signature) if self.writer else None
        if not body:
            return ()
        slug = "-".join(signature.purpose.lower().split())[:60]
        return (Match(InfraPattern(slug, 1, signature, body, origin="llm"), 0.0, 0.0, 0.0),)
