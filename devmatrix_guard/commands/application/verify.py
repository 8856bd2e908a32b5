"""Verify a generated application: what is written, whether it runs, and what it answers."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple

from devmatrix_guard.commands.application.application import Application, read_generated
from devmatrix_guard.commands.application.origins.decisions import (
    Decision,
    drop_decided,
    find_decisions,
    is_complete,
    is_decided,
)
from devmatrix_guard.commands.application.run_recorder import RunRecorder
from devmatrix_guard.commands.loop.outcome import learn_outcome
from devmatrix_guard.errors import GuardError, UsageError
from devmatrix_guard.generator.ledger import ledger
from devmatrix_guard.generator.ledger.ledger import find_broken, make_ledger
from devmatrix_guard.generator.ledger.promises import iter_promises
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.syntax import find_syntax_error
from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.model.knowledge.learning import CheckOutcome, RunOutcome
from devmatrix_guard.reports.escape import write_json
from devmatrix_guard.verify.checks import (
    AppEnvironment,
    Check,
    check_imports,
    check_lint,
    check_migrations,
    check_tests,
    check_types,
    find_python,
    lacks_dependency,
    serve,
    skip_for_imports,
)
from devmatrix_guard.verify.compliance import Compliance, Deviation, compare_files
from devmatrix_guard.verify.openapi import Difference, find_differences
from devmatrix_guard.verify.processes import Forks
from devmatrix_guard.verify.smoke import Outcome, smoke

__all__ = ["Deviation", "Verification", "render_verification_json", "run_verify"]

Progress = Callable[[str], None]
_SECRET = "verification-only-" + "0" * 32
API_KEY = "verification-key"
_SERVED = ("start", "openapi", "smoke")  # the checks of an application that runs
_SHOWN = 20


class Verification(NamedTuple):
    """Everything a verification found.

    Attributes:
        compliance: expected against implemented.
        checks: one for each tool, the OpenAPI comparison and the smoke calls, in order.
        openapi: where the served document differs from the spec.
        outcomes: what each operation answered.
        decisions: which of the deviations people made.
        accepted: whether those do not fail.
    """

    compliance: Compliance
    checks: tuple[Check, ...]
    openapi: tuple[Difference, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    decisions: tuple[Decision, ...] = ()
    accepted: bool = False

    @property
    def complies(self) -> bool:
        """Nothing the spec asks for is missing or different, but what is accepted."""
        return is_complete(self.compliance, self.decisions if self.accepted else ())

    @property
    def lacks_dependency(self) -> bool:
        """The environment lacks what the application imports, so that nothing could be tried."""
        return any(map(lacks_dependency, self.checks))

    @property
    def passed(self) -> bool:
        """The quality gate: the code complies, and no check failed."""
        return self.complies and not any(check.status == "fail" for check in self.checks)


def run_verify(
    root: Path,
    *,
    spec: Path | None = None,
    overlay: Path | None = None,
    python: Path | None = None,
    postgres: str = "",
    static: bool = False,
    accept_yours: bool = False,
    only: Container[str] | None = None,
    is_enough: Callable[[Check], bool] = lambda _: False,
    progress: Progress = lambda _: None,
) -> Verification:
    """Verify the application in `root`; nothing is written to it but the memory's record.

    Args:
        spec, overlay: instead of the copies kept at generation.
        python: interpreter of the application's environment.
        postgres: URL of an empty PostgreSQL database to try the migrations on as well.
        static: only compare the code with the IR.
        accept_yours: whether what people decided against the spec does not fail.
        only: of the checks that need an interpreter, run those of these names; the memory learns
            nothing of an application from some of its checks.
        is_enough: asked after each check whether to leave out those that follow.
        progress: told the name of each step as it begins.

    Raises:
        UsageError: there is no application, or no interpreter to run it with.
    """
    progress("compliance")
    application = read_generated(root, spec=spec, overlay=overlay)
    compliance = compare_files(application.files, application.reference)
    with _record_verification(root) as record:
        decisions = find_decisions(application, compliance)
        accepted = decisions if accept_yours else ()
        kept = check_texts(application, accepted)
        verification = Verification(compliance, kept, decisions=decisions, accepted=accept_yours)
        if not static:
            interpreter = find_python(root, python)
            if interpreter is None:
                raise UsageError(
                    f"there is no Python with the application's dependencies at "
                    f"{python or root / '.venv'}; make one with `python -m venv .venv && "
                    f".venv/bin/pip install '.[dev]'` in {root}, name it with --python, or "
                    "compare the code alone with --static."
                )
            with open_environment(application.root, interpreter.absolute()) as place:
                checks, openapi, outcomes = run_checks(
                    application, place, postgres, progress, only, accepted, is_enough
                )
            verification = verification._replace(
                checks=(*kept, *checks), openapi=openapi, outcomes=outcomes
            )
        if only is None:
            record_verification(record, application, verification)
    return verification


def check_texts(
    application: Application, decisions: Collection[Decision] = ()
) -> tuple[Check, ...]:
    """Return the checks that only read what is written, and run nothing."""
    return check_ledger(application, decisions), check_config(application)


def check_config(application: Application) -> Check:
    """What is no Python can be read: YAML, JSON, TOML, INI, settings, a Dockerfile, requirements.

    Nothing else tries these files before they are deployed.
    """
    started = time.monotonic()
    errors = {
        path: find_syntax_error(path, text)
        for path, text in sorted(application.files.items())
        if not path.endswith(".py")
    }
    problems = tuple(f"{path}: {error}" for path, error in errors.items() if error)
    status: Literal["pass", "fail"] = "fail" if problems else "pass"
    shown = "\n".join(problems[:_SHOWN])
    return Check("config", status, shown, time.monotonic() - started, problems)


def check_ledger(application: Application, decisions: Collection[Decision] = ()) -> Check:
    """Compare what the ledger says with the code: each promise that is kept has its code.

    What people decided, of `decisions`, is no fault of the ledger.
    """
    started = time.monotonic()
    plan = make_plan(application.ir)
    expected = make_ledger(plan, application.reference)
    said = application.files.get(ledger.PATH, "")
    broken = find_broken(expected, make_ledger(plan, application.files))
    if broken and decisions:
        promises = {promise[:3]: promise for promise in iter_promises(plan)}
        files = application.files
        broken = [b for b in broken if not is_decided(promises[b[:3]], files, decisions)]
    problems = [
        f"{line.subject}: {line.kind} {line.name} is promised, and its code is gone".strip()
        for line in broken
    ]
    if said != application.reference.get(ledger.PATH, ""):
        problems.insert(0, f"{ledger.PATH} is not what the spec makes of it")
    status: Literal["pass", "fail"] = "fail" if problems else "pass"
    return Check("ledger", status, "\n".join(problems[:_SHOWN]), time.monotonic() - started)


def run_checks(
    application: Application,
    place: AppEnvironment,
    postgres: str,
    progress: Progress,
    only: Container[str] | None = None,
    decisions: Collection[Decision] = (),
    is_enough: Callable[[Check], bool] = lambda _: False,
) -> tuple[tuple[Check, ...], tuple[Difference, ...], tuple[Outcome, ...]]:
    """Run the checks that need an interpreter, all of them or those of some names.

    Where the environment lacks what the application imports, that is the one thing to tell.
    """
    checks: list[Check] = []
    lacks = False
    for name, run in list_steps(place, postgres):
        if only is None or name in only:
            progress(name)
            checks.append(skip_for_imports(name) if lacks and name != "lint" else run())
            lacks = lacks or lacks_dependency(checks[-1])
            if is_enough(checks[-1]):
                return tuple(checks), (), ()
    if only is not None and not any(name in only for name in _SERVED):
        return tuple(checks), (), ()
    if lacks:
        return (*checks, skip_for_imports(_SERVED[0])), (), ()
    openapi, outcomes, served = check_served(application, place, progress, decisions)
    return (*checks, *served), openapi, outcomes


@contextmanager
def open_environment(
    root: Path, python: Path, shared: Forks | None = None
) -> Iterator[AppEnvironment]:
    """Give where the application in `root` is tried: keys of its own, and an empty folder.

    Args:
        shared: what the processes of other applications are forked from as well.
    """
    app = root.resolve()
    with (
        tempfile.TemporaryDirectory(prefix="guard-verify-") as scratch,
        nullcontext(shared) if shared else closing(Forks(python)) as forks,
    ):
        variables = {"SECRET_KEY": _SECRET, "API_KEYS": API_KEY}
        yield AppEnvironment(app, python, Path(scratch), variables, forks)


def list_steps(place: AppEnvironment, postgres: str) -> Iterator[tuple[str, Callable[[], Check]]]:
    """Yield the checks that need no running application, by name, in their order.

    The first of them compiles what the others import.
    """
    yield "imports", lambda: check_imports(place)
    yield "lint", lambda: check_lint(place)
    yield "types", lambda: check_types(place)
    url = place.make_sqlite_url("migrations")
    yield "migrations (SQLite)", lambda: check_migrations(place, "SQLite", url)
    if postgres:
        yield (
            "migrations (PostgreSQL)",
            lambda: check_migrations(place, "PostgreSQL", postgres),
        )
    yield "tests", lambda: check_tests(place)


def check_served(
    application: Application,
    place: AppEnvironment,
    progress: Progress,
    decisions: Collection[Decision] = (),
) -> tuple[tuple[Difference, ...], tuple[Outcome, ...], tuple[Check, ...]]:
    """Start the application; compare what it publishes, and call every operation."""
    started = time.monotonic()
    progress("start")
    try:
        with serve(place, place.make_sqlite_url("smoke"), seeded=True) as base:
            progress("openapi")
            found = tuple(
                find_differences(_read_document(application), _fetch_json(f"{base}/openapi.json"))
            )
            outcomes = tuple(
                smoke(application.ir, base, api_keys=(API_KEY,), secret=_SECRET, progress=progress)
            )
    except (GuardError, OSError, ValueError) as error:
        return (), (), (Check("start", "fail", str(error), time.monotonic() - started),)
    found, outcomes = drop_decided(found, outcomes, decisions)
    failed = [o for o in outcomes if o.status == "fail"]
    detail = "; ".join(f"{o.operation}: {o.detail}" for o in failed[:5])
    seconds = time.monotonic() - started
    checks = (
        Check(
            "openapi",
            "fail" if found else "pass",
            "; ".join(d.place for d in found[:5]),
            0.0,
            tuple(sorted(d.place for d in found)),
        ),
        Check(
            "smoke",
            "fail" if failed else "pass",
            detail,
            seconds,
            tuple(sorted(o.operation for o in failed)),
        ),
    )
    return found, outcomes, checks


def _read_document(application: Application) -> Mapping[str, Any]:
    document: Mapping[str, Any] = read_spec(application.spec, application.overlay).root
    return document


def _fetch_json(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 (our own address)
        document: dict[str, Any] = json.load(response)
        return document


@contextmanager
def _record_verification(root: Path) -> Iterator[RunRecorder]:
    from devmatrix_guard.commands.application.context import read_context
    from devmatrix_guard.commands.application.runs import record_application_run

    with record_application_run("verify", read_context(root)) as (record, _memory):
        yield record


def record_verification(
    record: RunRecorder, application: Application, verification: Verification
) -> None:
    """Note how every check went, what deviates, and how the InfraPatterns did."""
    outcome = describe_outcome(verification)
    learn_outcome(record, record.memory, application, outcome)
    decided = {decision.deviation for decision in verification.decisions}
    for deviation in verification.compliance.deviations:
        if deviation in decided:
            continue  # no error of anybody
        name = f"{deviation.kind} {deviation.key} {deviation.problem}"
        record.record_error("compliance", name[:200], path=deviation.path)
    overall = verification.compliance.overall
    record.record_measurements(
        precision=overall.precision, recall=overall.recall, f1=overall.f1, name=application.ir.name
    )


def describe_outcome(verification: Verification) -> RunOutcome:
    """Return a verification as the memory learns from it; what was skipped says nothing."""
    compliance = verification.compliance
    decided = {decision.deviation for decision in verification.decisions}
    asked = (d for d in compliance.deviations if d.problem != "extra")
    deviations = [d for d in asked if d not in decided]
    places = [f"{d.path}:{d.line or 1}: {d.kind} {d.key} {d.problem}" for d in deviations]
    comparison = CheckOutcome(
        "compliance",
        passed=verification.complies,
        findings=tuple(places),
        paths=tuple(dict.fromkeys(d.path for d in deviations)),
    )
    checks = [
        CheckOutcome(c.name, c.status == "pass", c.detail, c.findings, seconds=c.seconds)
        for c in verification.checks
        if c.status != "skip"
    ]
    return RunOutcome((comparison, *checks), compliance.overall.recall)


def render_verification_json(verification: Verification) -> str:
    """Return the report as JSON; it holds no absolute path."""
    compliance = verification.compliance
    data = {
        "schema_version": 1,
        "passed": verification.passed,
        "compliance": {
            "overall": _make_score_record(compliance.overall),
            "kinds": {score.kind: _make_score_record(score) for score in compliance.scores},
            "deviations": [d._asdict() for d in compliance.deviations],
            "by_hand": list(compliance.by_hand),
            "yours": [
                d.deviation._asdict() | {"spec": d.place, "pointer": d.pointer}
                for d in verification.decisions
            ],
        },
        "checks": [
            c._asdict() | {"seconds": round(c.seconds, 3), "findings": list(c.findings)}
            for c in verification.checks
        ],
        "openapi": [d._asdict() for d in verification.openapi],
        "operations": [
            o._asdict() | {"milliseconds": round(o.milliseconds, 1)} for o in verification.outcomes
        ],
    }
    return write_json(data)


def _make_score_record(score: Any) -> dict[str, Any]:
    return {
        "expected": score.expected,
        "implemented": score.implemented,
        "matched": score.matched,
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "f1": round(score.f1, 4),
    }
