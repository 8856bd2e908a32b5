"""Questions of the page alone: a search in the catalogue, one pattern with its family, the week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from devmatrix_guard.commands.application.bank_sources import open_pattern_bank
from devmatrix_guard.commands.memory.report import run_report
from devmatrix_guard.commands.rules.active_rules import get_pattern_id, read_rulebook
from devmatrix_guard.commands.rules.explain import explain
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.queries import list_catalog
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.answers.explanation import Explanation
from devmatrix_guard.model.knowledge.catalog import FIX, CatalogFilter, CatalogPage, SuccessPattern
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord
from devmatrix_guard.model.knowledge.knowledge import PatternDetails, PatternRelation
from devmatrix_guard.model.rule import Rule
from devmatrix_guard.reports.escape import make_visible, split_visible_lines
from devmatrix_guard.reports.period.period import Figure, Section, list_figures, list_sections
from devmatrix_guard.reports.redact import redact

_MOST_FOUND = 200
_MOST_RELATED = 40
_MOST_TEXT = 1000


class Relative(NamedTuple):
    """A pattern of a family: how it is related, and by which pattern it was reached."""

    pattern_id: str
    name: str
    kind: str
    strength: float
    by: str


class FixView(NamedTuple):
    """A FixPattern with what is known of it, the rules made from it, and its family."""

    details: PatternDetails
    rules: tuple[str, ...]
    family: tuple[Relative, ...]


class SuccessView(NamedTuple):
    """A success pattern with those it comes from and those that came of it."""

    pattern: SuccessPattern
    family: tuple[Relative, ...]


class InfraView(NamedTuple):
    """An InfraPattern with what its recorded outcomes add up to."""

    pattern: InfraPattern
    record: InfraRecord


class RuleHistory(NamedTuple):
    """A rule as it is explained, and the versions that the memory has seen, the oldest first."""

    explanation: Explanation
    versions: tuple[Rule, ...]


class Week(NamedTuple):
    """What the last days brought to the repository, as `guard report` has it."""

    since: str
    until: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]


def search_catalog(
    access: MemoryAccess, text: str, only: CatalogFilter, *, limit: int, offset: int = 0
) -> CatalogPage:
    """Return what is nearest to a text, best first, in the form of a listing.

    Words, code and error messages are compared as `guard patterns search` does it.
    """
    with access.lend() as memory:
        fixes = [h.pattern.id for h in memory.patterns.search(text[:_MOST_TEXT], limit=_MOST_FOUND)]
        others = [key for key, _ in memory.successes.rank_words(text[:_MOST_TEXT], _MOST_FOUND)]
        bank = open_pattern_bank(access.root, memory).list_all()
    words = text.lower().split()
    infra = [
        p.pattern_id
        for p in bank
        if any(word in f"{p.pattern_id} {p.signature.purpose}".lower() for word in words)
    ]
    order = {key: place for place, key in enumerate((*fixes, *others, *infra))}
    narrowed = only._replace(ids=tuple(order))
    page = list_catalog(access, narrowed, limit=len(order), offset=0)
    rows = sorted(page.rows, key=lambda row: order.get(row.pattern_id, len(order)))
    return page._replace(rows=tuple(rows[offset : offset + limit]))


def read_pattern(access: MemoryAccess, pattern_id: str) -> FixView | SuccessView | InfraView:
    """Return a pattern of any kind.

    Raises:
        UsageError: there is none of that id.
    """
    with access.lend() as memory:
        found = memory.patterns.get(pattern_id)
        if found is not None:
            details = PatternDetails(
                found,
                memory.patterns.get_notes(found.id),
                memory.patterns.list_related(found.id),
                memory.files.record_of(found.id),
                memory.patterns.list_holders([found.id]).get(found.id, ()),
            )
            rules = read_rulebook(access.root, shipped=False).rules.values()
            made = tuple(sorted(rule.id for rule in rules if get_pattern_id(rule) == found.id))
            return FixView(details, made, _gather_family(memory, found.id))
        success = memory.successes.get(pattern_id)
        if success is not None and not success.deleted_at:
            return SuccessView(success, _gather_generations(memory, success))
        name, _, version = pattern_id.partition("@")
        records = {(r.pattern_id, r.version): r for r in memory.infra.list_records()}
        bank = open_pattern_bank(access.root, memory)
        for one in (*bank.list_all(), *memory.infra.list_drafts()):
            if one.pattern_id == name and version in ("", str(one.version)):
                empty = InfraRecord(one.pattern_id, one.version)
                return InfraView(one, records.get((one.pattern_id, one.version), empty))
    raise UsageError(f"there is no pattern `{pattern_id}`; the list of patterns has their ids.")


def read_rule_history(access: MemoryAccess, rule_id: str) -> RuleHistory:
    """Return what a rule finds and why, and how it changed.

    Raises:
        UsageError: there is no such rule.
    """
    versions: tuple[Rule, ...] = ()
    if access.exists():
        with access.lend() as memory:
            versions = memory.rules.list_versions(rule_id)
    return RuleHistory(explain(access.root, rule_id), versions)


def read_week(access: MemoryAccess, *, days: int = 7) -> Week:
    """Return what the last days brought; it reads the history, which takes as long as a check.

    Raises:
        GitError: the project is no repository, or it has no commits.
    """
    until = datetime.now(UTC)
    period = run_report(access.root, until - timedelta(days=days), until)
    return Week(
        period.since, period.until, tuple(list_figures(period)), tuple(list_sections(period))
    )


def name_patterns(access: MemoryAccess, ids: tuple[str, ...]) -> Mapping[str, str]:
    """Return {id: title} of those of the ids that are FixPatterns or success patterns."""
    with access.lend() as memory:
        return {key: row.name for key, row in memory.catalog.find_rows(ids).items()}


def mask(text: str) -> str:
    """Return a text from a history as it may be shown: secrets masked, what hides written out."""
    return make_visible(redact(text))


def mask_lines(text: str) -> str:
    """Return a text of several lines, such as code, each masked like a text of one."""
    return "\n".join(split_visible_lines(redact(text)))


def _gather_family(memory: Memory, start: str) -> tuple[Relative, ...]:
    """Return the patterns that relations lead to from one, the nearest and strongest first."""
    found: dict[str, tuple[PatternRelation, str]] = {}
    wave = [start]
    while wave and len(found) < _MOST_RELATED:
        following = []
        for pattern_id in wave:
            for relation in memory.patterns.list_related(pattern_id):
                other = relation.target if relation.source == pattern_id else relation.source
                if other != start and other not in found and len(found) < _MOST_RELATED:
                    found[other] = (relation, pattern_id)
                    following.append(other)
        wave = following
    names = memory.catalog.find_rows(tuple(found))
    return tuple(
        Relative(
            key, names[key].name if key in names else key, relation.kind, relation.strength, by
        )
        for key, (relation, by) in found.items()
    )


def _gather_generations(memory: Memory, pattern: SuccessPattern) -> tuple[Relative, ...]:
    relatives: list[Relative] = []
    child, parent = pattern.id, pattern.parent_pattern_id
    while parent and len(relatives) < _MOST_RELATED and parent not in {r[0] for r in relatives}:
        found = memory.successes.get(parent)
        name = found.name if found else parent
        relatives.append(Relative(parent, name, "parent", 1.0, child))
        child, parent = parent, found.parent_pattern_id if found else None
    children = memory.successes.list_children(pattern.id)[:_MOST_RELATED]
    for key, each in memory.successes.get_many(children).items():
        relatives.append(Relative(key, each.name, "child", 1.0, pattern.id))
    return tuple(relatives)


__all__ = [
    "FIX", "FixView", "InfraView", "Relative", "RuleHistory", "SuccessView", "Week", "mask",
    "name_patterns", "read_pattern", "read_rule_history", "read_week", "search_catalog",
]  # fmt: skip
