"""The metrics of a build as JSON, and the gate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from devmatrix_guard.commands.application.verify import render_verification_json
from devmatrix_guard.commands.build.pipeline import Build
from devmatrix_guard.reports.escape import write_json

_VERIFICATION = ("checks", "openapi", "operations", "tests")


def reaches_gate(build: Build, gate: float | None) -> bool:
    """Tell whether a build is good enough.

    Args:
        gate: the least share that each part of the quality must reach; None wants every phase to
            pass.
    """
    return build.passed if gate is None else build.quality.least >= gate


def render_report(builds: Sequence[Build], gate: float | None) -> str:
    """Return the metrics of one build, or of several, as JSON; it holds no absolute path."""
    reports = [_make_report(build, gate) for build in builds]
    data = {
        "schema_version": 1,
        "passed": all(report["passed"] for report in reports),
        "gate": gate,
        "builds": reports,
    }
    return write_json(data)


def _make_report(build: Build, gate: float | None) -> dict[str, Any]:
    verification = build.verification
    kept = json.loads(render_verification_json(verification)) if verification else None
    strata = next((p.facts for p in build.phases if p.name == "generate"), {})
    return {
        "name": build.name,
        "folder": build.target.name,
        "run": build.run,
        "passed": reaches_gate(build, gate),
        "quality": {
            **{name: _round(share) for name, share in build.quality._asdict().items()},
            "least": _round(build.quality.least),
        },
        "seconds": round(build.seconds, 3),
        "phases": [
            {
                "name": phase.name,
                "state": phase.state,
                "seconds": round(phase.seconds, 3),
                "text": phase.text,
                "facts": {k: v for k, v in phase.facts.items() if k not in _VERIFICATION},
            }
            for phase in build.phases
        ],
        "strata": dict(strata),
        "verification": kept,
        "deployed": [outcome._asdict() for outcome in build.deployed],
    }


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
