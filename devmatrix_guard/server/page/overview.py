"""The first view: what is known, by repository, and how it has been doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from devmatrix_guard.commands.service.page_queries import mask
from devmatrix_guard.commands.service.queries import MigrationView, Overview, RuleView
from devmatrix_guard.model.knowledge.catalog import INFRA
from devmatrix_guard.model.knowledge.trend import DayOfRuns
from devmatrix_guard.model.rule import RETIRED, STAGES
from devmatrix_guard.server.page.charts import draw_columns, draw_shares
from devmatrix_guard.server.page.layout import (
    write_card,
    write_figure,
    write_heading,
    write_nothing,
    write_sentence,
    write_stage,
    write_table,
)
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag
from devmatrix_guard.server.page.migrations import draw_progress

_RULES = 8
_MIGRATIONS = 4


def render_overview(
    overview: Overview,
    rules: Iterable[RuleView],
    migrations: Iterable[MigrationView],
    *,
    is_static: bool = False,
) -> Markup:
    """Return the view.

    Args:
        overview: what the memory holds.
        rules: of the project, those that stop a commit first.
        migrations: and how far they have got.
        is_static: without links to other views, for a file that stands alone.
    """
    guarded = sum(overview.rules_by_stage.get(stage, 0) for stage in ("warn", "block"))
    runs = sum(day.runs for day in overview.days)
    learned = sum(n for kind, n in overview.patterns_by_type.items() if kind != INFRA)
    fixes, tests = overview.remembered
    figures = [
        write_figure(fixes, "fix remembered" if fixes == 1 else "fixes remembered"),
        write_figure(tests, "test that proves one" if tests == 1 else "tests that prove them"),
        write_figure(
            guarded,
            "rule that warns or stops" if guarded == 1 else "rules that warn or stop",
            _link("rules", is_static=is_static),
        ),
        write_figure(
            learned,
            "pattern learned" if learned == 1 else "patterns learned",
            _link("patterns", is_static=is_static),
        ),
    ]
    if len(overview.repositories) > 1:
        figures.append(write_figure(len(overview.repositories), "repositories"))
    if runs:
        label = "run in 30 days" if runs == 1 else "runs in 30 days"
        figures.append(write_figure(runs, label, _link("runs", is_static=is_static)))
    return join(
        [
            write_heading("What this repository has learned", _describe(overview)),
            tag("div", figures, class_="figures"),
            tag(
                "div",
                _write_stages("Rules by stage", "rule", overview.rules_by_stage),
                _write_stages("Fix patterns by stage", "pattern", overview.patterns_by_stage),
                _write_days(overview.days),
                _write_repositories(overview),
                _write_rules(list(rules)[:_RULES], is_static=is_static),
                _write_migrations(list(migrations)[:_MIGRATIONS], is_static=is_static),
                _write_followers(overview),
                class_="cards",
            ),
        ]
    )


def _link(view: str, *, is_static: bool) -> str | None:
    return None if is_static else make_path(view)


def _describe(overview: Overview) -> str:
    fixes, tests = overview.remembered
    learned = {k: n for k, n in overview.patterns_by_type.items() if k != INFRA and n}
    if not fixes and not learned:
        return "Nothing yet: guard learn reads the fixes in the history."
    said = []
    if fixes:
        of_tests = f", and {_count(tests, 'test')} that prove them" if tests else ""
        said.append(f"Remembered: {_count(fixes, 'fix', 'fixes')}{of_tests}.")
    if learned:
        kinds = sorted(learned.items(), key=lambda item: (-item[1], item[0]))
        named = ", ".join(_count(n, f"{kind} pattern") for kind, n in kinds[:5])
        said.append(f"Learned: {named}.")
    return " ".join(said)


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def _write_stages(title: str, what: str, counts: Mapping[str, int]) -> Markup:
    parts = [(stage, counts[stage]) for stage in (*reversed(STAGES), RETIRED) if counts.get(stage)]
    if not parts:
        return write_card(title, write_nothing(f"There is no {what} yet."))
    legend = [tag("li", write_stage(stage), tag("b", count)) for stage, count in parts]
    said = ", ".join(f"{count} {stage}" for stage, count in parts)
    return write_card(title, draw_shares(parts, said), tag("ul", legend, class_="legend"))


def _write_days(days: tuple[DayOfRuns, ...]) -> Markup:
    if not days:
        return write_card(
            "Runs", write_nothing("Nothing was generated, verified or learned in 30 days.")
        )
    columns = fill_days(days)
    good, every = sum(day.succeeded for day in days), sum(day.runs for day in days)
    text = f"{good} of {every} runs in 30 days went well"
    return write_card("Runs", draw_columns(columns, text), tag("p", f"{text}.", class_="soft"))


def fill_days(days: Sequence[DayOfRuns], count: int = 30) -> list[tuple[str, int, int]]:
    """Return a column for each of the last days, those without a run too."""
    by_day = {day.day: day for day in days}
    last = date.fromisoformat(max(by_day))
    names = [(last - timedelta(days=back)).isoformat() for back in range(count - 1, -1, -1)]
    return [
        (name, by_day[name].succeeded, by_day[name].runs - by_day[name].succeeded)
        if name in by_day
        else (name, 0, 0)
        for name in names
    ]


def _write_repositories(overview: Overview) -> Markup:
    rows = [
        (
            join([one.name, " ", tag("span", "this one", class_="badge part-other")])
            if one.is_own and len(overview.repositories) > 1
            else one.name,
            one.patterns,
            one.rules,
            one.runs,
        )
        for one in overview.repositories
    ]
    if not rows:
        return write_card("Repositories", write_nothing("The memory is empty."))
    header = ("repository", "patterns", "rules", "runs")
    return write_card(
        "Repositories",
        write_table("What is known of each", header, rows, numbers="patterns,rules,runs"),
    )


def _write_rules(rules: list[RuleView], *, is_static: bool) -> Markup:
    if not rules:
        return write_card(
            "Rules of this repository",
            write_nothing("There are none yet; `guard learn` writes them for review."),
            wide=True,
        )
    rows = [(_name_rule(v, is_static=is_static), write_stage(v.rule.stage), _say(v)) for v in rules]
    more = None
    if not is_static:
        more = tag("p", tag("a", "All rules", href=make_path("rules")))
    table = write_table("The rules that do most", ("rule", "stage", "what it says"), rows)
    return write_card("Rules of this repository", table, more, wide=True)


def _name_rule(view: RuleView, *, is_static: bool) -> Child:
    code = tag("code", view.rule.id)
    return code if is_static else tag("a", code, href=make_path("rules", view.rule.id))


def _say(view: RuleView) -> Markup:
    return write_sentence(mask(view.rule.message.partition("\n")[0]))


def _write_migrations(migrations: list[MigrationView], *, is_static: bool) -> Markup | None:
    if not migrations:
        return None
    more = None if is_static else tag("p", tag("a", "All migrations", href=make_path("migrations")))
    bars = [draw_progress(each, is_static=is_static) for each in migrations]
    return write_card("Migrations", bars, more)


def _write_followers(overview: Overview) -> Markup | None:
    if not overview.followers:
        return None
    rows = [[str(value) for value in follower] for follower in overview.followers]
    header = [name.replace("_", " ") for name in type(overview.followers[0])._fields]
    return write_card(
        "Servers that follow", write_table("What follows the memory", header, rows), wide=True
    )
