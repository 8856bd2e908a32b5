"""Scores a candidate InfraPattern from what was measured, and says what it falls short of.

Weights and thresholds are those of the design notes: quality is 35 % success, 35 % coverage, 20 %
validation and 10 % performance; the score is 40 % quality, 30 % reusability, 20 % security and 10 %
code quality. What could not be measured counts for nothing: the other weights share its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.model.named_value import NamedValue

LEAST_SPECS = 3
MIN_SUCCESS, MIN_COVERAGE, MIN_QUALITY, MAX_REGRESSIONS = 0.95, 0.80, 0.75, 0
SECURITY = ("LOW", "MEDIUM", "HIGH")
_QUALITY = {"success": 0.35, "coverage": 0.35, "validation": 0.20, "performance": 0.10}
_SCORE = {"quality": 0.4, "reusability": 0.3, "security": 0.2, "code_quality": 0.1}


class Measured(NamedValue):
    """What was measured of a candidate; shares are from 0 to 1, None where nothing could be.

    Attributes:
        specs: names of the specs whose applications were made with it.
        success: of all checks of those applications, the share that passed.
        coverage: of the branches of its files, the share that their tests reach.
        validation: mean recall of compliance.
        performance: of the operations called, the share answered within 250 ms.
        reusability: of the specs it was tried on, the share it could be filled in for.
        code_quality: of lint and types, the share that passed.
        security: the level of ruff's S rules on its files.
        regressions: checks that fail with it and pass with the version in force.
        seconds: what all of it took.
    """

    specs: tuple[str, ...] = ()
    success: float | None = None
    coverage: float | None = None
    validation: float | None = None
    performance: float | None = None
    reusability: float | None = None
    code_quality: float | None = None
    security: str = "LOW"
    regressions: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def quality(self) -> float:
        """The weighted mean of success, coverage, validation and performance."""
        return _weigh(_QUALITY, self._asdict())

    @property
    def score(self) -> float:
        """The weighted mean of quality, reusability, security and code quality."""
        level = SECURITY.index(self.security) / (len(SECURITY) - 1)
        return _weigh(_SCORE, {**self._asdict(), "quality": self.quality, "security": level})


def find_shortfalls(measured: Measured) -> list[str]:
    """Return what stands against a promotion, a sentence each; none where nothing does.

    A pattern that is no Python has no coverage, which then stands against nothing.
    """
    found = []
    if len(measured.specs) < LEAST_SPECS:
        found.append(f"it was applied to {len(measured.specs)} specs; {LEAST_SPECS} are needed")
    for name, least in (("success", MIN_SUCCESS), ("coverage", MIN_COVERAGE)):
        share = getattr(measured, name)
        if share is not None and share < least:
            found.append(f"{name} is {share:.3f}; {least:.2f} is needed")
    if measured.success is None:
        found.append("no check ran, so nothing is known of its success")
    if measured.quality < MIN_QUALITY:
        found.append(f"quality is {measured.quality:.3f}; {MIN_QUALITY:.2f} is needed")
    if measured.security == "LOW":
        found.append("security is LOW; MEDIUM is needed")
    if len(measured.regressions) > MAX_REGRESSIONS:
        found.append(f"it breaks what works now: {', '.join(measured.regressions)}")
    return found


def _weigh(weights: Mapping[str, float], values: Mapping[str, Any]) -> float:
    known = {name: weight for name, weight in weights.items() if values[name] is not None}
    total = sum(known.values())
    return sum(weight * values[name] for name, weight in known.items()) / total if total else 0.0
