"""The catalogue: patterns of all kinds with facets, and one with its evidence and family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from devmatrix_guard.commands.service.page_queries import (
    FixView,
    InfraView,
    Relative,
    SuccessView,
    mask,
)
from devmatrix_guard.model.knowledge.catalog import ORDERS, CatalogFilter, CatalogPage, CatalogRow
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.server.page.charts import draw_bar
from devmatrix_guard.server.page.layout import (
    write_block,
    write_card,
    write_heading,
    write_moment,
    write_nothing,
    write_pages,
    write_prose,
    write_share,
    write_stage,
    write_table,
)
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag

PAGE_SIZE = 50
FACETS = {
    "types": "type",
    "stages": "stage",
    "statuses": "status",
    "severities": "severity",
    "layers": "layer",
    "tags": "tag",
}
_MOST_VALUES = 12
_PAIRS = 5


def render_patterns(
    found: CatalogPage, only: CatalogFilter, text: str, order: str, page: int
) -> Markup:
    """Return the view of a list.

    Args:
        found: the part of the catalogue that is shown.
        only: what it is narrowed by.
        text: what was searched for; empty for a list in an order.
        order: one of the `ORDERS`.
        page: from 1.
    """
    return join(
        [
            write_heading(
                "Patterns",
                "What proved itself: learned fixes, infrastructure and success patterns.",
            ),
            tag(
                "form",
                _write_search(text, order),
                tag(
                    "div",
                    tag(
                        "details",
                        tag("summary", "Filters"),
                        tag("div", _write_facets(found, only), class_="facets"),
                        class_="filters",
                        open=True,
                    ),
                    tag("div", write_results(found, only, text, order, page), id="results"),
                    class_="split",
                ),
                method="get",
                action=make_path("patterns"),
                data_swap="results",
                role="search",
            ),
        ]
    )


def write_results(
    found: CatalogPage, only: CatalogFilter, text: str, order: str, page: int
) -> Markup:
    """Return the rows alone, which a narrowed search puts in the place of those before."""
    said = f"{found.total:,} {'pattern' if found.total == 1 else 'patterns'}"
    count = tag("p", said, class_="soft", role="status")
    if not found.rows:
        return join([count, write_nothing("Nothing fits; take a filter away or use other words.")])
    header = ("pattern", "type", "stage", "quality", "success", "matched", "changed")
    rows = [_write_row(row) for row in found.rows]
    query = {"all": write_query(only, text, order)}
    return join(
        [
            count,
            write_table("Patterns", header, rows, numbers="matched,success"),
            write_pages(found.total, PAGE_SIZE, page, query),
        ]
    )


def write_query(only: CatalogFilter, text: str, order: str) -> str:
    """Return the query of an address that asks the same again."""
    pairs: list[tuple[str, Any]] = [("q", text)] if text else []
    if order != ORDERS[0]:
        pairs.append(("order", order))
    pairs += [(name, value) for field, name in FACETS.items() for value in getattr(only, field)]
    return urlencode(pairs)


def _write_search(text: str, order: str) -> Markup:
    options = [tag("option", name, value=name, selected=name == order) for name in ORDERS]
    return tag(
        "div",
        tag("label", "Search", for_="q", class_="unseen"),
        tag(
            "input",
            type="search",
            id="q",
            name="q",
            value=text,
            placeholder="Words, code or an error message",
            autocomplete="off",
            maxlength=1000,
        ),
        tag("label", "Order", for_="order", class_="unseen"),
        tag("select", options, id="order", name="order"),
        tag("button", "Search", type="submit"),
        class_="search",
    )


def _write_facets(found: CatalogPage, only: CatalogFilter) -> list[Markup]:
    made = []
    for field, name in FACETS.items():
        counts = found.facets.get(field, {})
        chosen = {str(value) for value in getattr(only, field)}
        values = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
        shown = [pair for pair in values if str(pair[0])][:_MOST_VALUES]
        shown += [(value, 0) for value in chosen - {str(key) for key, _ in shown}]
        if shown:
            boxes = [_write_box(name, str(v), count, chosen=chosen) for v, count in shown]
            made.append(tag("fieldset", tag("legend", name.capitalize()), boxes))
    return made


def _write_box(name: str, value: str, count: int, *, chosen: set[str]) -> Markup:
    shown = value
    if name == "layer" and value.isdigit():
        shown = LAYERS.get(int(value), value)
    box = tag("input", type="checkbox", name=name, value=value, checked=value in chosen)
    return tag("label", box, tag("span", shown), tag("span", count, class_="count"))


def _write_row(row: CatalogRow) -> Sequence[Child]:
    name = tag("a", mask(row.name) or row.pattern_id, href=make_path("patterns", row.pattern_id))
    quality = write_share(row.quality_score)
    bar = draw_bar(row.quality_score, quality) if row.quality_score is not None else None
    return (
        name,
        row.pattern_type,
        write_stage(row.stage or row.status),
        tag("span", bar, tag("span", quality), class_="quality"),
        write_share(row.success_rate),
        row.match_count,
        write_moment(row.updated_at[:10]),
    )


# --- one pattern


def render_fix(view: FixView) -> Markup:
    """Return the view of a FixPattern."""
    pattern = view.details.pattern
    about = join([write_stage(pattern.stage), f" FixPattern {pattern.id}"])
    rules: Child = None
    if view.rules:
        links = [tag("a", tag("code", r), " ", href=make_path("rules", r)) for r in view.rules]
        rules = tag("p", "Rules made from it: ", links)
    after = (
        write_block(pattern.after)
        if pattern.after
        else tag("p", "It is found, and not rewritten.", class_="soft")
    )
    shape = tag(
        "div",
        tag("div", tag("h3", "Before"), write_block(pattern.before)),
        tag("div", tag("h3", "After"), after),
        class_="twin",
    )
    return join(
        [
            write_heading(mask(pattern.title), about),
            tag(
                "div",
                write_card("What it is", shape, rules, wide=True),
                _write_evidence(pattern.evidence),
                _write_notes(view),
                _write_pairs(pattern),
                _write_family(pattern.title, view.family),
                class_="cards",
            ),
            _write_back(pattern.id),
        ]
    )


def render_success(view: SuccessView) -> Markup:
    """Return the view of a success pattern."""
    pattern = view.pattern
    rate = pattern.successes / pattern.uses if pattern.uses else None
    facts: dict[str, Child] = {
        "version": pattern.version,
        "status": write_stage(pattern.status),
        "uses": pattern.uses,
        "success": write_share(rate),
        "tags": ", ".join(map(mask, pattern.tags)) or "–",
        "written": write_moment(pattern.created_at),
        "changed": write_moment(pattern.updated_at),
    }
    return join(
        [
            write_heading(mask(pattern.name), f"{pattern.pattern_type} pattern {pattern.id}"),
            tag(
                "div",
                write_card("What it is", write_prose(pattern.description)),
                write_card("Facts", write_facts(facts)),
                _write_family(pattern.name, view.family),
                class_="cards",
            ),
            _write_back(pattern.id),
        ]
    )


def render_infra(view: InfraView) -> Markup:
    """Return the view of an InfraPattern."""
    pattern, signature = view.pattern, view.pattern.signature
    facts: dict[str, Child] = {
        "version": pattern.version,
        "state": f"frozen on {pattern.frozen_at}" if pattern.frozen_at else "draft",
        "domain": signature.domain or "–",
        "origin": pattern.origin,
        "uses": view.record.uses,
        "success": write_share(view.record.success_rate),
        "inputs": ", ".join(f"{name}: {kind}" for name, kind in signature.inputs.items()) or "–",
        "outputs": ", ".join(signature.outputs) or "–",
    }
    return join(
        [
            write_heading(signature.purpose or pattern.pattern_id, pattern.reference),
            tag(
                "div",
                write_card("Facts", write_facts(facts)),
                write_card("Body", write_block(pattern.body), wide=True),
                class_="cards",
            ),
            _write_back(pattern.reference),
        ]
    )


def write_facts(facts: Mapping[str, Child]) -> Markup:
    """Return names and values, one a line."""
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts.items()]
    return tag("dl", pairs)


def write_evidence_facts(evidence: Evidence) -> dict[str, Child]:
    """Return what speaks for and against a FixPattern, by name."""
    facts: dict[str, Child] = {
        "commits": evidence.commits,
        "files": evidence.files,
        "places fixed": evidence.sites_fixed,
        "places left alone": evidence.left_alone,
        "written the fixed way": evidence.followed,
        "later commits replayed": evidence.replay_commits,
        "alarms in them": evidence.replay_alarms,
        "undone again": evidence.reverse_edits,
    }
    if evidence.repositories > 1:
        facts["repositories"] = evidence.repositories
    if evidence.also:
        facts["also found by"] = ", ".join(evidence.also)
    return facts


def _write_evidence(evidence: Evidence) -> Markup:
    low = write_share(evidence.wilson_low)
    bar = tag(
        "div",
        draw_bar(evidence.wilson_low, f"at least {low}"),
        tag("b", low),
        class_="progress",
    )
    about = f"Fixed rather than left alone, at least (95 %); mean {evidence.confidence:.0%}."
    reasons = [tag("li", reason) for reason in evidence.reasons]
    return write_card(
        "Evidence",
        bar,
        tag("p", about, class_="soft"),
        write_facts(write_evidence_facts(evidence)),
        tag("ul", reasons) if reasons else None,
    )


def _write_notes(view: FixView) -> Markup | None:
    notes, record = view.details.notes, view.details.record
    facts: dict[str, Child] = {}
    if record.applied_count:
        facts["applied"] = record.applied_count
        facts["went well"] = write_share(record.success_rate)
    if view.details.holders:
        facts["known to"] = ", ".join(view.details.holders)
    for name in ("problem", "solution_steps", "learnings", "prevention"):
        text = getattr(notes, name)
        if text:
            facts[name.replace("_", " ")] = write_prose(text)
    if notes.tags:
        facts["tags"] = ", ".join(map(mask, notes.tags))
    return write_card("Uses and notes", write_facts(facts)) if facts else None


def _write_pairs(pattern: FixPattern) -> Markup | None:
    if not pattern.pairs:
        return None
    shown = []
    for pair in pattern.pairs[:_PAIRS]:
        commit = pair.source.commit
        line = tag(
            "p",
            tag("a", tag("code", commit[:10]), href=make_path("lineage", name=commit)),
            f" {pair.source.date} ",
            mask(pair.source.subject),
            tag("span", f" {pair.path}:{pair.after_line}", class_="soft"),
        )
        code = tag(
            "div",
            write_block(pair.before),
            write_block(pair.after),
            class_="twin",
        )
        shown.append(tag("li", line, code))
    left = len(pattern.pairs) - _PAIRS
    more = tag("p", f"… and {left:,} more.", class_="soft") if left > 0 else None
    return write_card("Learned from", tag("ul", shown, class_="plain"), more, wide=True)


def _write_family(title: str, family: Sequence[Relative]) -> Markup | None:
    """Return the family as a tree: below each pattern those that were reached from it."""
    if not family:
        return None
    known = {one.pattern_id for one in family}
    top = [one for one in family if one.by not in known]
    tree = tag("li", tag("b", mask(title)), _write_branch(top, family))
    return write_card("Family", tag("ul", tree, class_="tree"), wide=True)


def _write_branch(branch: Sequence[Relative], family: Sequence[Relative]) -> Markup | None:
    if not branch:
        return None
    items = []
    for one in branch:
        below = [each for each in family if each.by == one.pattern_id]
        strength = f" {one.kind}, {one.strength:.0%}"
        link = tag("a", mask(one.name), href=make_path("patterns", one.pattern_id))
        items.append(
            tag("li", link, tag("span", strength, class_="soft"), _write_branch(below, family))
        )
    return tag("ul", items)


def _write_back(pattern_id: str) -> Markup:
    return tag(
        "p",
        tag("a", "← All patterns", href=make_path("patterns")),
        " · ",
        tag("a", "Lineage", href=make_path("lineage", name=pattern_id)),
    )
