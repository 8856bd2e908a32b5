"""What happened in a repository within a period, as a report shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from devmatrix_guard.model.answers.suppression import ListedSuppression
from devmatrix_guard.model.finding import Finding, Source
from devmatrix_guard.model.knowledge.run import ErrorTrend
from devmatrix_guard.model.knowledge.trend import Trends
from devmatrix_guard.model.rule import rank_stage


class RuleChange(NamedTuple):
    """A rule that came, went, or changed its stage; "" stands for no rule."""

    id: str
    message: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """`new`, `gone`, `raised` or `lowered`."""
        if not self.before or not self.after:
            return "gone" if self.before else "new"
        return "raised" if rank_stage(self.after) > rank_stage(self.before) else "lowered"


class Lesson(NamedTuple):
    """A FixPattern that fixes of the period taught; `commits` are those fixes."""

    id: str
    title: str
    commits: tuple[Source, ...]


class Migration(NamedTuple):
    """How far a bulk edit has got, as of the last `learn`.

    `left` are places with the old form; `stage` is that of its rule today, which is above `advise`
    only where a person confirmed it; `again` are the commits that wrote the old form since.
    """

    rule_id: str
    title: str
    done: int
    left: int
    stage: str
    again: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many places there are, in the old form and the new."""
        return self.done + self.left


class RunCount(NamedTuple):
    """How runs of one command went; `compliance` is the mean of those that measured it."""

    command: str
    runs: int
    failed: int
    compliance: float | None


class Period(NamedTuple):
    """A report about a period.

    Attributes:
        repository: its folder's name.
        since, until: ISO 8601 times; `since` is included.
        base, head: ids of the last commit before the period and of the last in it; `base` is ""
            where the history begins within it.
        commits, authors, added_lines: how much was done; lines are those of Python at the head.
        fixes: the commits among them that say they mend something, newest first.
        findings: what rules find at the head, on lines that the period added.
        changes: of rules, by id.
        stages: how many rules there are at each stage, at the head.
        uncommitted: how many more the work tree has.
        lessons: what the period's fixes taught, where the memory knows.
        migrations: bulk edits and how far they have got, where the memory knows.
        suppressions: comments that silence findings, on lines that the period added.
        verdicts: how often people called a finding useful, false or not to be mended.
        runs: of generated applications, by command.
        errors: those met in the period, the most frequent first.
        trends: of generated applications, where any was verified.
    """

    repository: str
    since: str
    until: str
    base: str
    head: str
    commits: int
    authors: int
    added_lines: int
    fixes: tuple[Source, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[RuleChange, ...] = ()
    stages: Mapping[str, int] = {}
    uncommitted: int = 0
    lessons: tuple[Lesson, ...] = ()
    suppressions: tuple[ListedSuppression, ...] = ()
    verdicts: Mapping[str, int] = {}
    runs: tuple[RunCount, ...] = ()
    errors: tuple[ErrorTrend, ...] = ()
    migrations: tuple[Migration, ...] = ()
    trends: Trends | None = None

    @property
    def by_rule(self) -> list[tuple[str, int]]:
        """How often each rule finds something, the most frequent first."""
        counts = Counter(finding.rule_id for finding in self.findings)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
