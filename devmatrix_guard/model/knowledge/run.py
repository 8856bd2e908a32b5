"""Runs and what happened in them, as the RunLog keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.model.named_value import NamedValue

RUN_STATUSES = ("running", "succeeded", "failed", "interrupted")


class PipelineRun(NamedValue):
    """One run of a command that generates, verifies, repairs or learns; times are ISO 8601 UTC.

    `status` is one of `RUN_STATUSES`; a run that is not running has `completed_at`.
    `details` holds the run's metrics, `phases` what each phase took or gave.
    """

    id: str
    command: str
    started_at: str
    completed_at: str | None = None
    status: str = "running"
    spec_hash: str | None = None
    ir_hash: str | None = None
    details: Mapping[str, Any] = {}
    phases: Mapping[str, Any] = {}
    compliance_score: float | None = None
    tokens_used: int | None = None
    duration_ms: float | None = None
    files_generated: int | None = None
    errors_count: int | None = None


class GenerationEvent(NamedValue):
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
    details: Mapping[str, Any] = {}
    phase: str | None = None


class ErrorSighting(NamedValue):
    """One error as it was met; `signature` tells errors of one type apart.

    `fixed_by` names the fix (a commit, a repair) where there is one, `fix_ms` the time it took,
    and `auto_fixed` whether guard made it.
    """

    error_type: str
    signature: str
    at: str
    fixed_by: str | None = None
    fix_ms: float | None = None
    auto_fixed: bool = False


class ErrorTrend(NamedValue):
    """How often one kind of error, told apart by its signature, has been seen."""

    error_type: str
    signature: str
    occurrences: int
    first_seen: str
    last_seen: str
    fixed_by: str | None = None
    auto_fixed_count: int = 0
    avg_fix_ms: float | None = None
