"""What mining finds: pairs, FixPatterns and the evidence they rest on."""

from __future__ import annotations

from dataclasses import dataclass, field

from devmatrix_guard.model.finding import Source


@dataclass(frozen=True, slots=True)
class Pair:
    """One edit site of a fix: the smallest code before and after, and where it stood."""

    source: Source
    path: str
    qualname: str
    before: str
    after: str
    before_line: int
    after_line: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against a FixPattern; counts are of distinct places.

    `left_alone` counts matches at HEAD, `followed` places that are written the fixed way there.
    `confidence` is the mean of the Beta posterior on fixed against left alone, `wilson_low` the
    lower 95 % bound of that share, in which a commit counts once however many places it changed;
    alarms are matches on later commits that are not fixes, and `alarms` names the commit and line
    of each. `bulk_commits` of the commits changed many places alike; `also` names the rules of
    other tools that find the same code, as `ruff F821`. `repositories` is how many repositories the
    counts were added up over.
    """

    commits: int = 0
    files: int = 0
    sites_fixed: int = 0
    left_alone: int = 0
    reverse_edits: int = 0
    replay_commits: int = 0
    replay_added_lines: int = 0
    replay_alarms: int = 0
    confidence: float = 0.0
    wilson_low: float = 0.0
    reasons: tuple[str, ...] = ()
    followed: int = 0
    alarms: tuple[str, ...] = ()
    repositories: int = 1
    bulk_commits: int = 0
    also: tuple[str, ...] = ()

    @property
    def share_done(self) -> float:
        """Which part of the places that there are is written the new way, from 0 to 1."""
        done = max(self.sites_fixed, self.followed)
        return done / (done + self.left_alone) if done else 0.0

    @property
    def is_migration(self) -> bool:
        """Whether bulk edits speak for it and fixes do not: a decision, and no mistake mended."""
        return self.bulk_commits > 0 and self.commits - self.bulk_commits < 2


@dataclass(frozen=True, slots=True)
class FixPattern:
    """A generalised fix: Semgrep patterns for before and after sharing metavariables.

    `after` is None for a detect-only pattern. `id` is a stable hash of the normalised before and
    after, so that learning twice gives the same patterns. `constraints` are the further Semgrep
    conditions of its rule, such as `pattern-not-inside`.
    """

    id: str
    title: str
    before: str
    after: str | None
    anchors: tuple[str, ...]
    pairs: tuple[Pair, ...]
    evidence: Evidence
    stage: str = "candidate"
    layer: int | None = None
    severity: str = "WARNING"
    constraints: dict[str, str] = field(default_factory=dict)
