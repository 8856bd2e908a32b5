"""The rules in force, and one rule with its evidence, alarms and history."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.commands.service.page_queries import RuleHistory, mask, mask_lines
from devmatrix_guard.commands.service.queries import RuleView
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.rule import LAYERS
from devmatrix_guard.server.page.charts import draw_bar
from devmatrix_guard.server.page.layout import (
    write_block,
    write_card,
    write_heading,
    write_nothing,
    write_sentence,
    write_share,
    write_stage,
    write_table,
)
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag
from devmatrix_guard.server.page.patterns import write_evidence_facts, write_facts

_SOURCES = 10
_ALARMS = 20


def render_rules(views: Sequence[RuleView], *, shipped: bool) -> Markup:
    """Return the view of a list."""
    other = tag(
        "a",
        "Leave out those that come with guard" if shipped else "Show those that come with guard",
        href=make_path("rules") if shipped else make_path("rules", shipped="true"),
    )
    heading = write_heading("Rules", "What is checked before a commit; the loudest come first.")
    if not views:
        text = "This repository has no rules of its own yet; `guard learn` writes them for review."
        return join([heading, write_nothing(text), tag("p", other)])
    rows = [_write_row(view) for view in views]
    header = ("rule", "stage", "fixed", "left alone", "alarms", "what it says")
    table = write_table("Rules in force", header, rows, numbers="fixed,left alone,alarms")
    return join([heading, write_card("In force", table, tag("p", other), wide=True)])


def _write_row(view: RuleView) -> Sequence[Child]:
    counts = view.evidence.get("evidence")
    facts = counts if isinstance(counts, dict) else {}
    layer = LAYERS.get(view.rule.layer or 0)
    return (
        tag("a", tag("code", view.rule.id), href=make_path("rules", view.rule.id)),
        write_stage(view.rule.stage),
        _take_count(facts, "sites_fixed"),
        _take_count(facts, "left_alone"),
        _count_alarms(facts),
        join(
            [
                write_sentence(mask(_first_line(view.rule.message))),
                tag("span", f" {layer}", class_="soft") if layer else None,
            ]
        ),
    )


def _take_count(facts: dict[str, object], name: str) -> Child:
    value = facts.get(name)
    return value if isinstance(value, int) else "–"


def _count_alarms(facts: dict[str, object]) -> Child:
    """Return how often a rule spoke in the replay of later commits, as its file says."""
    replay = facts.get("replay")
    alarms = replay.get("alarms", []) if isinstance(replay, dict) else None
    return len(alarms) if isinstance(alarms, list) else "–"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def render_rule(view: RuleHistory) -> Markup:
    """Return the view of one rule."""
    rule = view.explanation
    facts: dict[str, Child] = {
        "origin": rule.origin,
        "severity": rule.severity,
        "layer": LAYERS.get(rule.layer or 0, "–"),
        "runs": rule.engine,
        "file": rule.path or "–",
    }
    if rule.pattern_id:
        facts["made from"] = tag("a", rule.pattern_id, href=make_path("patterns", rule.pattern_id))
    fix: Child = None
    if rule.fix:
        fix = join([tag("h3", "What it writes instead"), write_block(rule.fix)])
    finds = write_card(
        "What it finds", write_block(rule.finds), fix,
        [tag("p", why) for why in rule.why], wide=True,
    )  # fmt: skip
    return join(
        [
            write_heading(
                rule.rule_id, write_stage(rule.stage), write_sentence(mask_lines(rule.message))
            ),
            tag(
                "div",
                finds,
                write_card("Facts", write_facts(facts)),
                _write_evidence(rule.evidence),
                _write_sources(view),
                _write_alarms(rule.evidence),
                _write_history(view),
                class_="cards",
            ),
            tag(
                "p",
                tag("a", "← All rules", href=make_path("rules")),
                " · ",
                tag("a", "Lineage", href=make_path("lineage", name=rule.rule_id)),
            ),
        ]
    )


def _write_evidence(evidence: Evidence | None) -> Markup | None:
    if evidence is None:
        return None
    low = write_share(evidence.wilson_low)
    bar = draw_bar(evidence.wilson_low, f"at least {low}")
    return write_card(
        "Evidence",
        tag("div", bar, tag("b", low), class_="progress"),
        write_facts(write_evidence_facts(evidence)),
    )


def _write_sources(view: RuleHistory) -> Markup | None:
    sources = view.explanation.sources
    if not sources:
        return None
    rows = [
        (
            tag("a", tag("code", s.commit[:10]), href=make_path("lineage", name=s.commit)),
            s.date,
            mask(s.subject),
        )
        for s in sources[:_SOURCES]
    ]
    table = write_table("Commits it was learned from", ("commit", "date", "subject"), rows)
    return write_card("Learned from", table, wide=True)


def _write_alarms(evidence: Evidence | None) -> Markup | None:
    if evidence is None or not evidence.alarms:
        return None
    items = [tag("li", tag("code", alarm)) for alarm in evidence.alarms[:_ALARMS]]
    about = tag("p", "It would have spoken on these later commits, which fixed nothing.")
    return write_card("Alarms", about, tag("ul", items))


def _write_history(view: RuleHistory) -> Markup | None:
    if len(view.versions) < 2:
        return None
    rows = [
        (f"{number}", write_stage(rule.stage), mask(_first_line(rule.message)))
        for number, rule in enumerate(view.versions, 1)
    ]
    header = ("version", "stage", "what it says")
    return write_card("History", write_table("Versions", header, rows), wide=True)
