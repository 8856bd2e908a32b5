"""What `guard explain` says about one rule."""

from __future__ import annotations

from typing import NamedTuple

from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.rule import Example


class Explanation(NamedTuple):
    """A rule in full, whatever kind it is.

    `finds` is what the rule looks for, as its author wrote it; `fix` what it writes instead;
    `engine` where it runs, and why there; `pattern_id` the FixPattern it was made from.
    """

    rule_id: str
    origin: str
    stage: str
    severity: str
    layer: int | None
    message: str
    finds: str
    fix: str | None
    engine: str
    path: str = ""
    sources: tuple[Source, ...] = ()
    evidence: Evidence | None = None
    examples: tuple[Example, ...] = ()
    pattern_id: str | None = None
    why: tuple[str, ...] = ()
