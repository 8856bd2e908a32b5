"""The phases of a build that run the application: each gives checks, and can be kept as JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from devmatrix_guard.commands.application.application import Application
from devmatrix_guard.commands.application.origins.decisions import Decision
from devmatrix_guard.commands.application.verify import check_served, list_steps
from devmatrix_guard.commands.build.phases import Result
from devmatrix_guard.commands.build.quality import Tests, read_tests
from devmatrix_guard.verify.checks import AppEnvironment, Check
from devmatrix_guard.verify.openapi import Difference
from devmatrix_guard.verify.smoke import Outcome

_SHOWN = 200  # characters of what failed, in a phase's line


class Trial(NamedTuple):
    """What a phase found when it ran the application."""

    checks: tuple[Check, ...] = ()
    openapi: tuple[Difference, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    tests: Tests | None = None


def try_application(
    name: str,
    application: Application,
    place: AppEnvironment,
    postgres: str,
    tell: Callable[[str], None],
    decisions: Collection[Decision] = (),
) -> Trial:
    """Run what one of the phases `tests`, `smoke`, `checks` or `migrations` runs.

    Args:
        name: of the phase.
        application, place: what is tried, and in which environment.
        postgres: URL of a database to try the migrations on as well.
        tell: told the name of each step as it begins.
        decisions: what people decided; operations that they removed are not called.
    """
    if name == "smoke":
        openapi, outcomes, checks = check_served(application, place, tell, decisions)
        return Trial(checks, openapi, outcomes)
    checks = ()
    for step, run in list_steps(place, postgres):
        if _choose_phase(step) == name:
            tell(step)
            checks += (run(),)
    return Trial(checks, tests=read_tests(place.scratch) if name == "tests" else None)


def describe_trial(trial: Trial) -> Result:
    """Return how a trial went, in a line, with everything it found."""
    failed = [check for check in trial.checks if check.status == "fail"]
    facts = write_trial(trial)
    if failed:
        said = "; ".join(f"{check.name}: {_find_cause(check)}" for check in failed)
        return Result("failed", said[:_SHOWN], facts)
    parts = []
    if trial.tests is not None:
        parts.append(f"{trial.tests.passed} of {trial.tests.total} passed")
    if trial.outcomes:
        called = [outcome for outcome in trial.outcomes if outcome.status != "skip"]
        passed = sum(outcome.status == "pass" for outcome in called)
        parts.append(f"{passed} of {len(called)} operations answered as declared")
    if not parts:
        parts = [check.name for check in trial.checks if check.status == "pass"]
    parts += [f"{c.name} skipped: {c.detail}" for c in trial.checks if c.status == "skip"]
    return Result("done", ", ".join(parts), facts)


def write_trial(trial: Trial) -> dict[str, Any]:
    """Return a trial as JSON takes it."""
    return {
        "checks": [check._asdict() for check in trial.checks],
        "openapi": [difference._asdict() for difference in trial.openapi],
        "operations": [outcome._asdict() for outcome in trial.outcomes],
        "tests": trial.tests._asdict() if trial.tests else None,
    }


def read_trial(facts: Mapping[str, Any]) -> Trial:
    """Return the trial that `write_trial` wrote.

    Raises:
        KeyError, TypeError: it is not of that form.
    """
    return Trial(
        tuple(Check(**{**c, "findings": tuple(c["findings"])}) for c in facts["checks"]),
        tuple(Difference(**difference) for difference in facts["openapi"]),
        tuple(Outcome(**outcome) for outcome in facts["operations"]),
        Tests(**facts["tests"]) if facts["tests"] else None,
    )


def _choose_phase(step: str) -> str:
    """Return the phase that a check of `guard verify` belongs to."""
    if step.startswith("migrations"):
        return "migrations"
    return {"tests": "tests", "imports": "environment"}.get(step, "checks")


def _find_cause(check: Check) -> str:
    lines = check.findings or tuple(check.detail.strip().splitlines()[-1:])
    return lines[0] if lines else "it says nothing"
