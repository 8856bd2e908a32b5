"""What a memory keeps of what runs taught, as a Protocol beside those of `base`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from devmatrix_guard.model.knowledge.fragment import CodeFragment
    from devmatrix_guard.model.knowledge.learning import ErrorPattern, SimilarSpec, SpecSignature
    from devmatrix_guard.model.knowledge.run import PipelineRun


class ExperienceStore(Protocol):
    """What runs taught: what specs are made of, errors with their fixes, functions that worked."""

    def save_signature(self, signature: SpecSignature, at: str) -> None:
        """Keep what a spec is made of, and when it was last seen."""

    def list_signatures(self, *, limit: int = 200) -> tuple[SpecSignature, ...]:
        """Return the signatures seen last, the latest first."""

    def judge_specs(self, spec_hashes: Sequence[str]) -> dict[str, SimilarSpec]:
        """Return how the verifications of specs went, by hash; similarities are 0."""

    def list_runs_of(self, name: str, *, limit: int = 50) -> tuple[PipelineRun, ...]:
        """Return the runs on specs of an application of that name, the newest first."""

    def record_errors(self, patterns: Iterable[ErrorPattern]) -> None:
        """Add errors, with their fix or without, to what is known; writing twice counts twice."""

    def list_errors(
        self,
        *,
        constructs: Sequence[str] = (),
        application: str = "",
        fixed: bool | None = None,
        limit: int = 100,
    ) -> tuple[ErrorPattern, ...]:
        """Return errors, those met last first; one with several fixes is there for each."""

    def save_fragments(self, fragments: Iterable[CodeFragment]) -> None:
        """Keep functions; one that is there by place and name is replaced."""

    def list_fragments(self, *, limit: int = 10_000) -> tuple[CodeFragment, ...]:
        """Return the functions seen last."""
