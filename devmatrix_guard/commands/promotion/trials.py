"""Applies a candidate to whole applications, and measures what comes of it."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.application.application import Application, read_generated
from devmatrix_guard.commands.application.generation import (
    Generation,
    generate,
    read_sources,
    render_guard_files,
)
from devmatrix_guard.commands.application.verify import open_environment, run_checks
from devmatrix_guard.errors import GenerationError, GuardError
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.score import Measured
from devmatrix_guard.generator.write import write_application
from devmatrix_guard.model.knowledge.infra import InfraPattern
from devmatrix_guard.verify.checks import AppEnvironment, Check, find_tool
from devmatrix_guard.verify.compliance import compare_files
from devmatrix_guard.verify.processes import Forks
from devmatrix_guard.verify.smoke import Outcome

Progress = Callable[[str], None]
_SLOW_MILLISECONDS = 250.0
_SECONDS = 900
# Findings of ruff's S rules that say little by themselves: assertions, and wide exception handlers.
_MINOR = frozenset({"S101", "S110", "S112", "S311"})


class Candidate:
    """A source that has one pattern, and is asked before all others."""

    def __init__(self, pattern: InfraPattern) -> None:
        self._pattern = pattern

    def find_latest(self, pattern_id: str) -> InfraPattern | None:
        return self._pattern if pattern_id == self._pattern.pattern_id else None

    def find_exact(self, pattern_id: str, version: int) -> InfraPattern | None:
        found = self.find_latest(pattern_id)
        return found if found and found.version == version else None

    def list_all(self) -> tuple[InfraPattern, ...]:
        return (self._pattern,)


class Trial(NamedTuple):
    """What one application showed; `used` says whether the pattern is part of it."""

    spec: str
    used: bool
    recall: float
    checks: tuple[Check, ...]
    outcomes: tuple[Outcome, ...]
    branches: tuple[int, int]
    risks: tuple[str, ...]


def measure_candidate(
    pattern: InfraPattern,
    bank: PatternBank,
    specs: Sequence[Path],
    python: Path,
    progress: Progress = lambda _: None,
) -> Measured:
    """Return what the applications of `specs` show of a pattern.

    Where checks fail, they are run on the application with the version in force as well: what fails
    in both is no regression.
    """
    began = time.monotonic()
    trials, regressions = [], []
    preferred = bank._replace(cache=Candidate(pattern), pins={})
    with closing(Forks(python)) as forks:
        for spec in specs:
            try:
                trial = _try(spec, pattern, preferred, forks, progress)
            except GuardError as error:
                progress(f"{spec.name}: {error}")
                continue
            trials.append(trial)
            failed = {check.name for check in trial.checks if check.status == "fail"}
            if failed and trial.used:
                passed = _list_passed(spec, bank._replace(pins={}), forks, failed, progress)
                regressions += [f"{name} of {trial.spec}" for name in sorted(failed & passed)]
    used = [trial for trial in trials if trial.used]
    return _sum_up(used, len(specs), tuple(regressions), time.monotonic() - began)


def _sum_up(
    trials: Sequence[Trial], asked: int, regressions: tuple[str, ...], seconds: float
) -> Measured:
    checks = [check for trial in trials for check in trial.checks if check.status != "skip"]
    style = [check for check in checks if check.name in ("lint", "types")]
    outcomes = [o for trial in trials for o in trial.outcomes if o.status == "pass"]
    branches = [sum(column) for column in zip(*(t.branches for t in trials), strict=True)] or [0, 0]
    risks = {risk for trial in trials for risk in trial.risks}
    level = "HIGH" if not risks else "MEDIUM" if risks <= _MINOR else "LOW"
    return Measured(
        specs=tuple(trial.spec for trial in trials),
        success=_share([check.status == "pass" for check in checks]),
        coverage=branches[0] / branches[1] if branches[1] else None,
        validation=sum(t.recall for t in trials) / len(trials) if trials else None,
        performance=_share([o.milliseconds <= _SLOW_MILLISECONDS for o in outcomes]),
        reusability=len(trials) / asked if asked else None,
        code_quality=_share([check.status == "pass" for check in style]),
        security=level if trials else "LOW",
        regressions=regressions,
        seconds=seconds,
    )


def _share(results: Sequence[bool]) -> float | None:
    return sum(results) / len(results) if results else None


def _try(
    spec: Path, pattern: InfraPattern, bank: PatternBank, forks: Forks, progress: Progress
) -> Trial:
    with _open_trial(spec, bank, forks) as (generation, application, place):
        own = {f.path for f in generation.files if f.pattern and f.pattern[0] == pattern.pattern_id}
        recall = compare_files(application.files, application.reference).overall.recall
        checks, _, outcomes = run_checks(
            application, place, "", lambda step: progress(f"{spec.name}: {step}")
        )
        branches = _measure_branches(place, own)
        risks = _find_risks(place, own)
    return Trial(spec.stem, bool(own), recall, checks, outcomes, branches, tuple(risks))


def _list_passed(
    spec: Path, bank: PatternBank, forks: Forks, names: set[str], progress: Progress
) -> set[str]:
    """Return which of some checks the application that a bank makes of a spec passes."""
    with _open_trial(spec, bank, forks) as (_, application, place):
        checks, _, _ = run_checks(
            application, place, "", lambda step: progress(f"{spec.name} before: {step}"), names
        )
    return {check.name for check in checks if check.status == "pass"}


@contextmanager
def _open_trial(
    spec: Path, bank: PatternBank, forks: Forks
) -> Iterator[tuple[Generation, Application, AppEnvironment]]:
    """Give what a bank makes of a spec, in a folder that is thrown away."""
    sources = read_sources(spec)
    generation = generate(sources.ir, bank)
    with tempfile.TemporaryDirectory(prefix="guard-candidate-") as folder:
        root = Path(folder) / "application"
        texts = {file.path: file.text for file in generation.files}
        write_application(root, texts | render_guard_files(sources, generation))
        with open_environment(root, forks.python, forks) as place:
            yield generation, read_generated(root), place


def _measure_branches(place: AppEnvironment, own: set[str]) -> tuple[int, int]:
    """Return how many lines and branches of a pattern's files the tests reach, and of how many."""
    measured = {path for path in own if path.endswith(".py") and path.startswith("src/")}
    if not measured:
        return 0, 0
    report, data = place.scratch / "coverage.json", f"--data-file={place.scratch / 'coverage'}"
    coverage = [str(place.python), "-m", "coverage"]
    _run([*coverage, "run", data, "-m", "pytest", "-q", "-p", "no:cacheprovider"], place)
    _run([*coverage, "json", data, "-o", str(report)], place)
    try:
        files = json.loads(report.read_bytes())["files"]
        summaries = [files[path]["summary"] for path in sorted(measured) if path in files]
        reached = sum(s["covered_lines"] + s.get("covered_branches", 0) for s in summaries)
        return reached, sum(s["num_statements"] + s.get("num_branches", 0) for s in summaries)
    except (OSError, KeyError, TypeError, ValueError):
        return 0, 0


def _find_risks(place: AppEnvironment, own: set[str]) -> list[str]:
    """Return the codes of ruff's S rules (those of bandit) that a pattern's files break."""
    ruff, paths = find_tool(place, "ruff"), sorted(path for path in own if path.endswith(".py"))
    if ruff is None:
        raise GenerationError("security is judged by ruff's S rules, and ruff is not installed.")
    paths = [path for path in paths if path.startswith("src/")]
    if not paths:
        return []
    done = _run([ruff, "check", "--select", "S", "--output-format", "json", *paths], place)
    try:
        return sorted({str(finding["code"]) for finding in json.loads(done)})
    except (KeyError, TypeError, ValueError) as error:
        raise GenerationError(f"ruff cannot judge the security of {paths[0]}: {error}") from error


def _run(program: Sequence[str], place: AppEnvironment) -> bytes:
    environment: Mapping[str, str] = place.make_environment()
    try:
        done = subprocess.run(
            program,
            cwd=place.app,
            env=environment,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GenerationError(f"{program[0]} cannot be run: {error}") from error
    return done.stdout
