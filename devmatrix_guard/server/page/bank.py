"""The PatternBank: the InfraPatterns that the generator uses, and how they did."""

from __future__ import annotations

from devmatrix_guard.commands.service.queries import BankView
from devmatrix_guard.server.page.layout import (
    write_card,
    write_figure,
    write_heading,
    write_share,
    write_stage,
    write_table,
)
from devmatrix_guard.server.page.markup import Markup, join, make_path, tag


def render_bank(view: BankView) -> Markup:
    """Return the view."""
    metrics = view.metrics
    figures = [
        write_figure(metrics.total_patterns, "versions"),
        write_figure(metrics.used_patterns, "of them used"),
        write_figure(write_share(metrics.avg_success_rate), "went well, on average"),
        write_figure(len(metrics.domain_distribution), "domains"),
    ]
    measured = {each.reference: each for each in metrics.patterns}
    rows = []
    for pattern in view.patterns:
        about = measured.get(pattern.reference)
        rows.append(
            (
                tag("a", tag("code", pattern.reference),
                    href=make_path("patterns", pattern.reference)),
                pattern.signature.purpose,
                pattern.signature.domain or "–",
                write_stage("active" if pattern.frozen_at else "draft"),
                about.uses if about else 0,
                write_share(about.success_rate if about else None),
            )
        )  # fmt: skip
    header = ("pattern", "purpose", "domain", "state", "uses", "success")
    table = write_table("InfraPatterns", header, rows, numbers="uses,success")
    return join(
        [
            write_heading("PatternBank", "Proven infrastructure that applications are made from."),
            tag("div", figures, class_="figures"),
            write_card("Patterns", table, wide=True),
        ]
    )
