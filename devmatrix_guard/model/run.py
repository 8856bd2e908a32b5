"""Runs and what happened in them, as the RunLog keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One run of a command that generates, verifies, repairs or learns; times are ISO 8601 UTC."""

    id: str
    command: str
    started_at: str
    completed_at: str | None = None
    status: str = "running"
    spec_hash: str | None = None
    ir_hash: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GenerationEvent:
    """One thing that happened in a run, in order of `sequence`."""

    run_id: str
    sequence: int
    kind: str
    at: str
    path: str | None = None
    stratum: str | None = None
    infra_pattern: str | None = None
    success: bool | None = None
    duration_ms: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErrorTrend:
    """How often one kind of error, told apart by its signature, has been seen."""

    error_type: str
    signature: str
    count: int
    first_seen: str
    last_seen: str
    fixed_by: str | None = None
