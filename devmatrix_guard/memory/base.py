"""What a memory can do: one small Protocol per role, and the bundle that a command works with.

Every method that writes is idempotent: the same facts written twice leave one copy. Every
failure a user can meet is a MemoryStoreError with the remedy in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from devmatrix_guard.errors import MemoryStoreError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from devmatrix_guard.memory.catalog import CatalogStore, SuccessStore
    from devmatrix_guard.memory.experience import ExperienceStore
    from devmatrix_guard.memory.sql.database import Database
    from devmatrix_guard.model.knowledge.infra import InfraOutcome, InfraPattern, InfraRecord
    from devmatrix_guard.model.knowledge.ir_version import IrVersion
    from devmatrix_guard.model.knowledge.knowledge import (
        FileAudit,
        PatternHit,
        PatternNotes,
        PatternRecord,
        PatternRelation,
        PatternUse,
    )
    from devmatrix_guard.model.knowledge.learning import InfraTally
    from devmatrix_guard.model.knowledge.lineage import (
        Answer,
        Hop,
        Lineage,
        LineageEdge,
        LineageNode,
    )
    from devmatrix_guard.model.knowledge.pattern import FixPattern
    from devmatrix_guard.model.knowledge.repository import Repository
    from devmatrix_guard.model.knowledge.review import Dismissal, ReviewComment
    from devmatrix_guard.model.knowledge.run import (
        ErrorSighting,
        ErrorTrend,
        GenerationEvent,
        PipelineRun,
    )
    from devmatrix_guard.model.knowledge.trend import (
        DayOfRuns,
        FailingSpec,
        GrowingError,
        SimilarRun,
    )
    from devmatrix_guard.model.rule import Rule

COLLECTIONS = (
    "fix_patterns",
    "devmatrix_patterns",
    "spec_signatures",
    "error_embeddings",
    "code_fragments",
    "pipeline_runs",
    "generation_events",
)
ASPECTS = ("content", "code", "problem")


class CorruptMemoryError(MemoryStoreError):
    """The memory's file is damaged, or is something else; `connect.set_aside_corrupt` moves it."""


class SearchFilter(NamedTuple):
    """What a search may return; an empty tuple does not restrict.

    `file_types` are suffixes such as `.py` of the files a pattern was learned from; of `tags` one
    must be there; with `listed_only` what was taken out of the catalogue is left out.
    """

    layers: tuple[int, ...] = ()
    workflows: tuple[str, ...] = ()
    file_types: tuple[str, ...] = ()
    min_confidence: float = 0.0
    reviewed_only: bool = False
    stages: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    min_success: float | None = None
    listed_only: bool = False


class Ranking(NamedTuple):
    """Ids nearest to a text, best first, each with its score and its rank by signal.

    `strengths` gives by signal and id the share of the BM25 that a perfect match would have, from
    0 to 1: how near the best is, which its rank does not tell.
    """

    found: tuple[tuple[str, float, Mapping[str, int]], ...]
    strengths: Mapping[str, Mapping[str, float]]


class VectorItem(NamedTuple):
    """A vector to keep: what it stands for, the model that made it, and facts to filter by."""

    key: str
    vector: Sequence[float]
    payload: Mapping[str, Any] = {}
    aspect: str = "content"


class Range(NamedTuple):
    """Bounds of a payload's number or text; None does not bound."""

    at_least: Any = None
    at_most: Any = None
    above: Any = None
    below: Any = None


class VectorState(NamedTuple):
    """How a collection is searched; an exact search finds every neighbour.

    `recall` is the share of the true ten nearest that the index was measured to find when it was
    made, None where the search is exact or it was not measured.
    """

    vectors: int
    dimensions: int
    method: str
    exact: bool
    recall: float | None = None


class VectorHit(NamedTuple):
    """A stored vector near the query; `similarity` is the cosine, from -1 to 1."""

    key: str
    similarity: float
    payload: Mapping[str, Any]


class PatternStore(Protocol):
    """FixPatterns as learned, what people noted about them, and how they relate."""

    def save(self, patterns: Iterable[FixPattern]) -> int:
        """Write the patterns, whole, and return how many were new or different."""

    def get(self, pattern_id: str) -> FixPattern | None:
        """Return the pattern with this id."""

    def get_many(self, pattern_ids: Sequence[str]) -> dict[str, FixPattern]:
        """Return {id: pattern} of those of the ids that there are."""

    def rank(
        self,
        text: str,
        *,
        limit: int = 10,
        only: SearchFilter | None = None,
        rankings: Mapping[str, Sequence[str]] | None = None,
    ) -> Ranking:
        """Return the ids that `search` finds, without reading the patterns."""

    def list_all(self) -> tuple[FixPattern, ...]:
        """Return every pattern, the best supported first (confidence, then id)."""

    def list_holders(self, pattern_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return {pattern id: names of all repositories that learned it}, whatever is chosen."""

    def remove(self, pattern_ids: Iterable[str]) -> None:
        """Forget what the own repository knows of patterns; one with an active rule is refused."""

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        only: SearchFilter | None = None,
        rankings: Mapping[str, Sequence[str]] | None = None,
    ) -> tuple[PatternHit, ...]:
        """Return the patterns nearest to a text (words, code, or an error), best first.

        `rankings` are more lists of pattern ids, best first, by the name of their signal: they
        count as much as those of the store, and are narrowed by `only` like them.
        """

    def annotate(self, pattern_id: str, notes: PatternNotes) -> None:
        """Keep what people say about a pattern, in place of what they said before."""

    def reindex(self) -> int:
        """Make the index for the search anew, for all repositories, and return its size."""

    def get_notes(self, pattern_id: str) -> PatternNotes:
        """Return what people said about a pattern."""

    def get_notes_of(self, pattern_ids: Sequence[str]) -> dict[str, PatternNotes]:
        """Return {id: notes} of those of the patterns that somebody said something about."""

    def relate(
        self, relations: Iterable[PatternRelation], *, replacing: Sequence[str] = ()
    ) -> None:
        """Write relations; one that is there gets the new strength and description.

        What the own repository had of the kinds in `replacing` is forgotten first.
        """

    def list_related(self, pattern_id: str) -> tuple[PatternRelation, ...]:
        """Return the relations from and to a pattern, the strongest first."""

    def list_related_of(self, pattern_ids: Sequence[str]) -> dict[str, tuple[PatternRelation, ...]]:
        """Return {id: relations} of those of the patterns that have any."""


class RuleStore(Protocol):
    """The rules in force, version by version, and the pattern each was made from."""

    def save(self, rules: Iterable[Rule], patterns: Mapping[str, str]) -> int:
        """Write rules (`patterns`: rule id -> FixPattern id); a changed rule is a new version."""

    def list_all(self) -> tuple[Rule, ...]:
        """Return the active version of every rule, by id."""

    def list_versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return every version of one rule, the oldest first."""

    def get_pattern_of(self, rule_id: str) -> str | None:
        """Return the id of the FixPattern the active version was made from."""

    def retire(self, rule_ids: Iterable[str]) -> None:
        """Make rules inactive; their versions stay."""


class FileStore(Protocol):
    """The audit of files, and the uses of FixPatterns in them."""

    def save(self, audits: Iterable[FileAudit]) -> None:
        """Write audits, one per path."""

    def get(self, path: str) -> FileAudit | None:
        """Return the audit of a file."""

    def list_all(self) -> tuple[FileAudit, ...]:
        """Return the audit of every file that something is known of, by path."""

    def add_tasks(self, tasks: Iterable[tuple[str, str]]) -> None:
        """Add tasks to files, given as pairs of path and task; nothing else changes."""

    def record_use(self, uses: Iterable[PatternUse]) -> None:
        """Record that a pattern was applied to a file, with or without success."""

    def record_of(self, pattern_id: str) -> PatternRecord:
        """Return what the recorded uses of a pattern add up to."""

    def records_of(self, pattern_ids: Sequence[str]) -> dict[str, PatternRecord]:
        """Return {id: what its uses add up to} of those of the patterns that were ever used."""


class RunLog(Protocol):
    """Runs, their events in order, and errors over time."""

    def save(self, run: PipelineRun) -> None:
        """Write a run, or what has become of it."""

    def get(self, run_id: str) -> PipelineRun | None:
        """Return one run."""

    def list_recent(
        self, *, limit: int = 20, command: str | None = None, spec_hash: str | None = None
    ) -> tuple[PipelineRun, ...]:
        """Return runs, the newest first."""

    def add_events(self, events: Iterable[GenerationEvent]) -> None:
        """Write events of runs that are known."""

    def list_events(self, run_id: str) -> tuple[GenerationEvent, ...]:
        """Return the events of a run in order."""

    def record_errors(self, sightings: Iterable[ErrorSighting]) -> None:
        """Count errors; this is the one method where writing twice counts twice."""

    def count_errors(self, *, since: str = "") -> tuple[ErrorTrend, ...]:
        """Return errors last seen at or after `since`, the most frequent first."""


class VectorIndex(Protocol):
    """Vectors by collection and model; vectors of different models are never compared."""

    def upsert(self, collection: str, model_id: str, items: Iterable[VectorItem]) -> None:
        """Write vectors; a zero, infinite or wrongly sized one is refused."""

    def search(
        self,
        collection: str,
        model_id: str,
        vector: Sequence[float],
        *,
        limit: int = 10,
        aspect: str = "content",
        where: Mapping[str, Any] | None = None,
    ) -> tuple[VectorHit, ...]:
        """Return the nearest by cosine, ties by key; `where` as in `memory.conditions`."""

    def search_many(
        self,
        collection: str,
        model_id: str,
        vectors: Sequence[Sequence[float]],
        *,
        limit: int = 10,
        aspect: str = "content",
        where: Mapping[str, Any] | None = None,
    ) -> list[tuple[VectorHit, ...]]:
        """Return what `search` finds for each of the vectors."""

    def optimise(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        """Make the index that many vectors need, now rather than at a search; say what there is."""

    def describe(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        """Return how these vectors are searched."""

    def get_payloads(
        self, collection: str, model_id: str, aspect: str = "content"
    ) -> dict[str, Mapping[str, Any]]:
        """Return {key: payload} of every vector of this model."""

    def remove(self, collection: str, keys: Iterable[str]) -> None:
        """Forget every vector of these keys."""


class LineageGraph(Protocol):
    """What came from what."""

    def add(self, nodes: Iterable[LineageNode], edges: Iterable[LineageEdge]) -> None:
        """Write nodes and edges; new properties replace old ones; ends must be known."""

    def get(self, kind: str, key: str) -> LineageNode | None:
        """Return one node."""

    def find(self, text: str) -> tuple[LineageNode, ...]:
        """Return the nodes a person may mean: by key, by path, or by the start of a commit id."""

    def trace(self, start: tuple[str, str], *, depth: int = 5) -> Lineage:
        """Return what `start` came from and what came of it, up to `depth` edges each way."""

    def walk(self, start: LineageNode, hops: Sequence[Hop]) -> tuple[tuple[LineageNode, ...], ...]:
        """Return every path from the nodes like `start` along the hops, both ends included.

        A node is like `start` if it has its kind, its key (unless empty) and its properties.
        """

    def ask(self, question: str, argument: str = "") -> tuple[Answer, ...]:
        """Return the answer to one of the `QUESTIONS`, the most frequent first, then by name."""


class InfraStore(Protocol):
    """The PatternBank's own store: InfraPatterns by version, and how their uses went."""

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        """Return the newest frozen version of a pattern."""

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        """Return one version of a pattern, frozen or not."""

    def list_all(self) -> tuple[InfraPattern, ...]:
        """Return the newest frozen version of every pattern, by id."""

    def list_drafts(self) -> tuple[InfraPattern, ...]:
        """Return every version that is not frozen, by id and version."""

    def is_empty(self) -> bool:
        """Tell whether there is no pattern, frozen or not."""

    def save(self, patterns: Iterable[InfraPattern]) -> int:
        """Write versions and return how many were new or different; a frozen one is refused."""

    def record_outcomes(self, outcomes: Iterable[InfraOutcome]) -> None:
        """Record how uses of patterns went, packaged ones too."""

    def list_records(self) -> tuple[InfraRecord, ...]:
        """Return what the outcomes of each version add up to, by id and version."""

    def list_versions(self, pattern_ids: Sequence[str]) -> tuple[tuple[str, int, str], ...]:
        """Return (id, version, hash of the body) of every frozen version of patterns."""

    def list_tallies(self, *, since: str = "") -> tuple[InfraTally, ...]:
        """Return how the uses of each version went, week by week, from a day on.

        A run is one use, however many checks it made: it went well where all of them did. What
        was recorded of no run is not counted.
        """


class StateStore(Protocol):
    """Small facts between two runs, such as the last commit learned from."""

    def get(self, key: str) -> str | None:
        """Return the value kept under a key."""

    def set(self, key: str, value: str | None) -> None:
        """Keep a value; None forgets it."""


class IrStore(Protocol):
    """Versions of ApplicationIRs, by the name of the application."""

    def save(self, name: str, ir_hash: str, spec_hash: str, document: Mapping[str, Any]) -> int:
        """Keep an IR unless it is the last version already, and return its version."""

    def load(self, name: str, version: int | None = None) -> Mapping[str, Any] | None:
        """Return the document of a version, the newest unless one is named."""

    def list_versions(self, name: str = "") -> tuple[IrVersion, ...]:
        """Return the versions of an application, or of all, the newest first."""


class TrendLog(Protocol):
    """What runs and errors add up to over time; moments are ISO 8601."""

    def count_days(self, *, since: str) -> tuple[DayOfRuns, ...]:
        """Return how the runs of each day went."""

    def list_failing_specs(self, *, below: float = 0.7, fewest: int = 2) -> tuple[FailingSpec, ...]:
        """Return specs of at least `fewest` runs that never succeeded or comply below a share."""

    def list_growing_errors(self, *, until: str, days: int = 7) -> tuple[GrowingError, ...]:
        """Return errors met more often in the last `days` than in those before, by growth."""

    def count_files(self, *, since: str) -> dict[str, int]:
        """Return how many files were generated, by the InfraPattern they are, "" for none."""

    def list_similar_runs(
        self, vectors: VectorIndex, model_id: str, run_id: str, *, limit: int = 5
    ) -> tuple[SimilarRun, ...]:
        """Return runs that succeeded on specs like that of a run, the most alike first."""


class ReviewStore(Protocol):
    """What reviewers asked for, and how people judged findings."""

    def save(self, comments: Iterable[ReviewComment]) -> int:
        """Write comments and return how many were new or different."""

    def list_all(self) -> tuple[ReviewComment, ...]:
        """Return the comments, the oldest first."""

    def replace_dismissals(self, dismissals: Iterable[Dismissal]) -> None:
        """Keep these verdicts in place of all that were kept for the own repository."""

    def list_dismissals(self) -> tuple[Dismissal, ...]:
        """Return the verdicts, by rule and source."""


class RepositoryStore(Protocol):
    """The repositories whose facts a memory holds."""

    def list_all(self) -> tuple[Repository, ...]:
        """Return every repository, by name."""

    def get_own(self) -> Repository:
        """Return the repository that facts are written for."""


class Memory(Protocol):
    """Every role of one memory; close it, or use it as a context manager.

    Writes are of one repository, and so are reads unless `choose` says otherwise. People's notes,
    the text of a pattern and the bank's InfraPatterns are shared by all repositories.

    A role is made when it is asked for, so that a command pays only for those it needs.
    """

    @property
    def location(self) -> str:
        """The path or address the memory was opened at."""

    @property
    def patterns(self) -> PatternStore:
        """FixPatterns."""

    @property
    def rules(self) -> RuleStore:
        """Rules by version."""

    @property
    def files(self) -> FileStore:
        """The audit of files, and uses of patterns."""

    @property
    def runs(self) -> RunLog:
        """Runs, events, errors."""

    @property
    def lineage(self) -> LineageGraph:
        """What came from what."""

    @property
    def vectors(self) -> VectorIndex:
        """Vectors."""

    @property
    def infra(self) -> InfraStore:
        """InfraPatterns and their outcomes."""

    @property
    def catalog(self) -> CatalogStore:
        """Patterns of every kind, listed."""

    @property
    def successes(self) -> SuccessStore:
        """Success patterns."""

    @property
    def experience(self) -> ExperienceStore:
        """What runs taught."""

    @property
    def state(self) -> StateStore:
        """Small facts between two runs."""

    @property
    def irs(self) -> IrStore:
        """Versions of ApplicationIRs."""

    @property
    def trends(self) -> TrendLog:
        """Runs and errors over time."""

    @property
    def reviews(self) -> ReviewStore:
        """Comments of reviews, and verdicts on findings."""

    @property
    def repositories(self) -> RepositoryStore:
        """The repositories of the memory."""

    @property
    def database(self) -> Database:
        """The connection: for servers that follow the memory, and for copies of it."""

    def list_chosen(self) -> tuple[int, tuple[int, ...] | None]:
        """Return the row of the own repository, and the rows of those read; None for all."""

    def choose(self, names: Sequence[str] = (), *, everything: bool = False) -> Memory:
        """Return the same memory, reading from the named repositories, or from all of them.

        Where several know a pattern, their evidence is added up.

        Raises:
            UsageError: a name means no repository, or more than one.
        """

    def transaction(self) -> AbstractContextManager[None]:
        """Make the writes inside all happen or none; an inner one joins the outer."""

    def close(self) -> None:
        """Let go of the file or the server."""

    def __enter__(self) -> Self:
        """Return the memory itself."""

    def __exit__(self, *exc: object) -> None:
        """Close it."""
