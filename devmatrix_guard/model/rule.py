"""A rule: valid Semgrep YAML plus what guard knows about it under `metadata.guard`."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any, Mapping
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.named_value import NamedValue

SEVERITIES = ("INFO", "WARNING", "ERROR")
STAGES = ("candidate", "advise", "warn", "block")
WARN = "warn"
RETIRED = "retired"
BUILT_IN = ("undo-of-fix", "removed-proof", "application-drift")  # rules without a file
STAGE_OF_SEVERITY = {"ERROR": "block", "WARNING": "warn", "INFO": "advise"}
LAYERS = {
    1: "models",
    2: "schemas",
    3: "routes",
    4: "services",
    5: "configuration",
    6: "UI",
    7: "tests",
}


class Example(NamedValue):
    """Code a rule must match (`invalid`) or leave alone (`valid`); `fixed` is the mended form."""

    kind: str
    code: str
    fixed: str | None = None


class Rule(NamedValue):
    """One rule as loaded from a file.

    `body` is the rule's own YAML mapping, unchanged, so that it can be handed to Semgrep;
    `origin` is mined, shipped or hand-written; `path` is the file it came from.
    """

    id: str
    message: str
    severity: str
    stage: str
    layer: int | None
    languages: tuple[str, ...]
    body: Mapping[str, Any]
    origin: str = "hand-written"
    sources: tuple[Source, ...] = ()
    examples: tuple[Example, ...] = ()
    path: str = ""


def is_asked_about(stage: str, gate: str) -> bool:
    """Whether a finding is a warning, and a warning does not fail the check by itself."""
    return stage == WARN and rank_stage(gate) > STAGES.index(WARN)


def is_hushed(stage: str, gate: str) -> bool:
    """Whether a hook keeps a finding to itself: below a warning, and below what fails the check."""
    own, least = rank_stage(stage), rank_stage(gate)
    return own < STAGES.index(WARN) and not 0 <= least <= own


def rank_stage(stage: str) -> int:
    """Return the position on the ladder; a retired rule stands below every stage."""
    return STAGES.index(stage) if stage in STAGES else -1
