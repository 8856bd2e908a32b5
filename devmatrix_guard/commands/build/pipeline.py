"""`guard build`: from a spec to a green application, phase by phase.

extract -> ir -> look-back -> generate -> write -> compliance -> repair -> environment
-> tests, smoke, checks, migrations (side by side) -> deploy -> learn

Each phase is a command that exists, called once. What it gave is recorded as it ends, in the memory
and in a journal beside the application; a build of the same inputs goes on after the last phase
that a kill left whole. What comes before `environment` is done again: it takes two seconds, and
what it wrote lies in the folder already.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from devmatrix_guard.commands.application.application import Application, read_generated
from devmatrix_guard.commands.application.context import ApplicationContext, read_context
from devmatrix_guard.commands.application.generation import Sources, read_sources_for
from devmatrix_guard.commands.application.origins.decisions import (
    Decision,
    find_decisions,
    is_complete,
)
from devmatrix_guard.commands.application.repair import run_repair
from devmatrix_guard.commands.application.runs import record_application_run
from devmatrix_guard.commands.application.verify import (
    Verification,
    check_texts,
    list_steps,
    open_environment,
    record_verification,
)
from devmatrix_guard.commands.build import deploy
from devmatrix_guard.commands.build import sources as origin
from devmatrix_guard.commands.build.environment import prepare_environment
from devmatrix_guard.commands.build.fill import run_fill
from devmatrix_guard.commands.build.journal import (
    Journal,
    hash_files,
    make_key,
    read_journal,
    write_journal,
)
from devmatrix_guard.commands.build.phases import (
    SIDE_BY_SIDE,
    Phase,
    Result,
    Silence,
    Watcher,
    is_wanted,
)
from devmatrix_guard.commands.build.quality import Quality, measure_quality
from devmatrix_guard.commands.build.trials import (
    Trial,
    describe_trial,
    read_trial,
    try_application,
    write_trial,
)
from devmatrix_guard.errors import GuardError
from devmatrix_guard.generator.holes.contract import list_holes
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.llm.choose import is_configured
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.verify.checks import AppEnvironment, Check
from devmatrix_guard.verify.compliance import Compliance, compare_files
from devmatrix_guard.verify.smoke import Outcome

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.run_recorder import RunRecorder
    from devmatrix_guard.memory.base import Memory

Value = TypeVar("Value")


class BuildOptions(NamedValue):
    """How to build.

    Attributes:
        overlay: additions to the spec.
        python: interpreter of an environment that is ready; else `DIR/.venv`, made where it is
            missing.
        postgres: URL of an empty PostgreSQL database to try the migrations on as well.
        until: the last phase to run, "" for all.
        deploy: `compose`, or "" for no deployment.
        workers: how many of the phases that need nothing of one another run at once; 0 for two
            where there are cores for it.
        accept_yours: whether what people decided against the spec does not fail.
    """

    overlay: Path | None = None
    python: Path | None = None
    postgres: str = ""
    until: str = ""
    deploy: str = ""
    workers: int = 0
    accept_yours: bool = False


class Build(NamedTuple):
    """What a build gave.

    Attributes:
        name: of the application, as its spec says.
        target: its folder.
        run: id of the recorded run.
        phases: in the order in which they ended.
        quality: what the gate looks at.
        verification: as `guard verify` would give it, None where it was not reached.
        deployed: what each operation answered through the published port.
        seconds: of the wall clock, all in all.
    """

    name: str
    target: Path
    run: str
    phases: tuple[Phase, ...]
    quality: Quality
    verification: Verification | None
    deployed: tuple[Outcome, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether no phase failed."""
        return not any(phase.state == "failed" for phase in self.phases)


def run_build(
    spec: Path, target: Path, options: BuildOptions, watcher: Watcher | None = None
) -> Build:
    """Build the application that `spec` describes in `target`, and prove that it works.

    A target that holds the application already is regenerated where the spec has changed, and
    people's edits stay; where it has not, it is verified as it is.

    Raises:
        SpecError: the spec or the overlay cannot be understood.
        UsageError: Docker was asked for and is not there.
        GenerationError: the target holds something else, or cannot be written.
    """
    if options.deploy:
        deploy.require_compose()
    origin.check_place(target)
    return _Pipeline(spec, target, options, watcher or Silence()).run()


class _Pipeline:
    """One build: what its phases have given so far."""

    def __init__(self, spec: Path, target: Path, options: BuildOptions, watcher: Watcher) -> None:
        self.spec, self.target, self.options, self.watcher = spec, target, options, watcher
        self.began = time.monotonic()
        self.phases: list[Phase] = []
        self.trials: dict[str, Trial] = {}
        self.compliance: Compliance | None = None
        self.accepted: tuple[Decision, ...] = ()  # of what people decided
        self.texts: tuple[Check, ...] = ()
        self.deployed: tuple[Outcome, ...] = ()
        self.log: _Log | None = None

    def run(self) -> Build:
        sources = self._do("extract", self._extract)
        context = read_context(self.target)
        python = str(self.options.python or "")
        key = make_key(sources.spec_sha, sources.overlay_sha, python, self.options.postgres)
        with record_application_run("build", context) as (record, memory):
            record.record_spec(sources.spec_sha, sources.ir.name)
            record.record_ir(sources.ir_sha)
            self.log = _Log(self.target, record, memory, key)
            self.log.note(self.phases)
            self._run_phases(sources, context, self.log)
            self.log.close()
            if any(phase.state == "failed" for phase in self.phases):
                record.end("failed")
        return self._summarise(sources, record.run.id)

    def _run_phases(self, sources: Sources, context: ApplicationContext, log: _Log) -> None:
        self._do_plain("ir", lambda: origin.keep_sources(log.memory, sources))
        if not self._wants("look-back"):
            return
        with ExitStack() as stack:
            bank, looked = self._do("look-back", lambda: origin.look_back(sources, context, stack))
            if not self._wants("generate"):
                return
            place = origin.classify_place(self.target, sources)
            generation = self._do(
                "generate", lambda: origin.make_generation(sources, bank, looked, place)
            )
        if not self._wants("write"):
            return
        given = (self.spec, self.options.overlay)
        application = self._do(
            "write",
            lambda: origin.write_generation(
                sources, context, generation, place, given=given, record=log.record
            ),
        )
        if self._wants("compliance"):
            self._do_plain("compliance", lambda: self._comply(application))
        if self._wants("repair"):
            application = self._do("repair", lambda: self._repair(application))
        log.files = hash_files(application.files)
        if self._wants("environment"):
            self._try(application, log)
        self._do_plain("learn", lambda: self._learn(application, log.record))

    # what every phase goes through

    def _wants(self, name: str) -> bool:
        return is_wanted(name, self.options.until)

    def _do(self, name: str, work: Callable[[], tuple[Result, Value]]) -> Value:
        """Run one phase, show it, record it, and return what it gives beside its result."""
        self.watcher.begin(name)
        began = time.monotonic()
        try:
            result, value = work()
        except GuardError as error:
            self._end(Phase(name, "failed", time.monotonic() - began, str(error)))
            raise
        self._end(Phase(name, result.state, time.monotonic() - began, result.text, result.facts))
        return value

    def _do_plain(self, name: str, work: Callable[[], Result]) -> None:
        """Run one phase that is wanted and that later ones need nothing of."""
        if self._wants(name):
            self._do(name, lambda: (work(), None))

    def _end(self, phase: Phase) -> None:
        self.phases.append(phase)
        if self.log is not None:
            self.log.note(self.phases)
        self.watcher.end(phase)  # what is shown as done is on the disk

    # the phases

    def _extract(self) -> tuple[Result, Sources]:
        context = read_context(self.target)
        sources = read_sources_for(context, self.spec, self.options.overlay)
        ir = sources.ir
        counts = {
            "entities": len(ir.domain.entities),
            "operations": len(ir.api.operations),
            "flows": len(ir.behavior.flows),
            "notices": len(ir.notices),
        }
        one = {
            "entities": "entity",
            "operations": "operation",
            "flows": "flow",
            "notices": "notice",
        }
        text = ", ".join(
            f"{count} {one[name] if count == 1 else name}"
            for name, count in counts.items()
            if count
        )
        return Result("done", text, counts), sources

    def _comply(self, application: Application) -> Result:
        self.compliance = compare_files(application.files, application.reference)
        if self.options.accept_yours:
            self.accepted = find_decisions(application, self.compliance)
        self.texts = check_texts(application, self.accepted)
        overall = self.compliance.overall
        text = f"precision {overall.precision:.3f}, recall {overall.recall:.3f}"
        facts = {"precision": overall.precision, "recall": overall.recall, "f1": overall.f1}
        # What deviates is the next phase's task; a build that ends here fails for it.
        ends_here = not self._wants("repair")
        return Result("failed" if ends_here and not self._complies() else "done", text, facts)

    def _complies(self) -> bool:
        whole = self.compliance is None or is_complete(self.compliance, self.accepted)
        return whole and all(check.status == "pass" for check in self.texts)

    def _repair(self, application: Application) -> tuple[Result, Application]:
        if self._complies():
            return Result("done", "nothing to repair", {"rounds": 0}), application
        result = run_repair(self.target)
        application = read_generated(self.target)
        self._comply(application)
        left = sum(deviation.problem != "extra" for deviation, _ in result.left)
        text = f"{len(result.repaired)} repaired in {result.rounds} rounds, {left} left"
        if result.yours:
            text += f", {len(result.yours)} yours"
        facts = {"rounds": result.rounds, "repaired": len(result.repaired), "left": left}
        return Result("done" if self._complies() else "failed", text, facts), application

    def _try(self, application: Application, log: _Log) -> None:
        """Run the application in its environment: everything that only shows when it runs."""
        names = [name for name in SIDE_BY_SIDE if self._wants(name)]
        for name in names:
            earlier = log.take_earlier(name)
            if earlier is not None:
                self.trials[name] = read_trial(earlier.facts)
                self._end(earlier._replace(state="kept"))
        with ExitStack() as stack:
            place = self._do("environment", lambda: self._prepare(application, stack))
            waiting = [name for name in names if name not in self.trials]
            if place is not None and self._wants("fill"):
                application = self._do("fill", lambda: self._fill(application, place.python))
                log.files = hash_files(application.files)
            if place is not None:
                self._run_side_by_side(application, place, waiting)
            else:
                for name in waiting:
                    self._end(Phase(name, "skipped", 0.0, "there is no environment to run it in"))
        if self.options.deploy and place is not None:
            self._do_plain("deploy", lambda: self._deploy(application))

    def _prepare(
        self, application: Application, stack: ExitStack
    ) -> tuple[Result, AppEnvironment | None]:
        def tell(step: str) -> None:
            self.watcher.tell("environment", step)

        try:
            python, made = prepare_environment(self.target, self.options.python, tell=tell)
        except GuardError as error:
            return Result("failed", str(error)), None
        place = stack.enter_context(open_environment(application.root, python))
        name, check = next(list_steps(place, ""))
        tell(name)
        trial = Trial((check(),))
        self.trials["environment"] = trial
        if trial.checks[0].status != "pass":
            return describe_trial(trial), None
        text = "made .venv; the application can be imported" if made else "ready"
        return Result("done", text, write_trial(trial)), place

    def _fill(self, application: Application, python: Path) -> tuple[Result, Application]:
        holes = list_holes(make_plan(application.ir), application.files, application.reference)
        if not holes or not is_configured():
            text = f"{len(holes)} open: they answer 501, see `guard fill`" if holes else "none open"
            return Result("done", text, {"holes": len(holes), "open": len(holes)}), application

        def tell(step: str) -> None:
            self.watcher.tell("fill", step)

        try:
            results = run_fill(self.target, python=python, progress=tell)
        except GuardError as error:
            return Result("failed", str(error)), read_generated(self.target)
        left = sum(result.state == "open" for result in results)
        tokens = sum(sum(result.tokens) for result in results)
        text = f"{len(results) - left} of {len(results)} filled, {tokens} tokens"
        facts = {"holes": len(results), "open": left, "tokens": tokens}
        return Result("done", text, facts), read_generated(self.target)

    def _run_side_by_side(
        self, application: Application, place: AppEnvironment, names: list[str]
    ) -> None:
        def work(name: str) -> tuple[Trial, float]:
            self.watcher.begin(name)
            began = time.monotonic()
            found = try_application(
                name,
                application,
                place,
                self.options.postgres,
                lambda step: self.watcher.tell(name, step),
                self.accepted,
            )
            return found, time.monotonic() - began

        with ThreadPoolExecutor(self.options.workers or min(2, os.cpu_count() or 1)) as pool:
            futures = {pool.submit(work, name): name for name in names}
            for future in as_completed(futures):
                name = futures[future]
                self.trials[name], seconds = future.result()
                result = describe_trial(self.trials[name])
                self._end(Phase(name, result.state, seconds, result.text, result.facts))

    def _deploy(self, application: Application) -> Result:
        def tell(step: str) -> None:
            self.watcher.tell("deploy", step)

        try:
            outcomes = deploy.deploy(self.target, application.ir, tell)
        except GuardError as error:
            return Result("failed", str(error))
        self.deployed = tuple(outcomes)
        called = [outcome for outcome in outcomes if outcome.status != "skip"]
        failed = [outcome for outcome in called if outcome.status == "fail"]
        text = f"{len(called) - len(failed)} of {len(called)} operations answered as declared"
        if failed:
            return Result("failed", f"{text}; {failed[0].operation}: {failed[0].detail}")
        return Result("done", text)

    def _learn(self, application: Application, record: RunRecorder) -> Result:
        verification = self._verification()
        if verification is None:
            return Result("skipped", "nothing was verified")
        record_verification(record, application, verification)
        facts = {"outcomes": len(record.outcomes), "errors": len(record.errors)}
        outcomes = f"{facts['outcomes']} outcome{'s' * (facts['outcomes'] != 1)} of InfraPatterns"
        text = f"{outcomes}, {facts['errors']} error{'s' * (facts['errors'] != 1)} recorded"
        return Result("done", text, facts)

    # the end

    def _verification(self) -> Verification | None:
        if self.compliance is None:
            return None
        order = ("environment", "checks", "migrations", "tests", "smoke")
        trials = [self.trials[name] for name in order if name in self.trials]
        checks = [check for trial in trials for check in trial.checks]
        return Verification(
            self.compliance,
            (*self.texts, *checks),
            tuple(found for trial in trials for found in trial.openapi),
            tuple(outcome for trial in trials for outcome in trial.outcomes),
        )

    def _summarise(self, sources: Sources, run: str) -> Build:
        verification = self._verification()
        tests = self.trials["tests"].tests if "tests" in self.trials else None
        quality = measure_quality(
            self.compliance,
            [c for c in (verification.checks if verification else ()) if c.name != "tests"],
            tests,
            (*(verification.outcomes if verification else ()), *self.deployed),
        )
        seconds = time.monotonic() - self.began
        phases = tuple(self.phases)
        return Build(
            sources.ir.name, self.target, run, phases, quality, verification, self.deployed, seconds
        )


class _Log:
    """Where the phases are written down as they end: the recorded run, and the journal.

    Attributes:
        files: hash of the application's files; "" before they are known.
    """

    def __init__(self, target: Path, record: RunRecorder, memory: Memory, key: str) -> None:
        self.target, self.record, self.memory = target, record, memory
        self.files = ""
        last = read_journal(target)
        self.earlier = last if last and last.key == key and not last.ended else None
        self.journal = Journal(key, run=record.run.id)
        if self.earlier is not None:
            self._close_interrupted(self.earlier.run)

    def note(self, phases: list[Phase]) -> None:
        """Write down what has been done so far."""
        seconds = {p.name: {"state": p.state, "seconds": round(p.seconds, 3)} for p in phases}
        self.record.record_measurements(phases=seconds)
        self.memory.runs.save(self.record.run)
        earlier = self.earlier if self.earlier and self.files in ("", self.earlier.files) else None
        known = {**(earlier.phases if earlier else {}), **{phase.name: phase for phase in phases}}
        files = self.files or (earlier.files if earlier else "")
        self.journal = self.journal._replace(files=files, phases=known)
        write_journal(self.target, self.journal)

    def take_earlier(self, name: str) -> Phase | None:
        """Return what an interrupted build has of a phase, if the files are those it looked at."""
        if self.earlier is None or self.earlier.files != self.files:
            return None
        phase = self.earlier.phases.get(name)
        if phase is None or phase.state not in ("done", "kept"):
            return None
        with suppress(KeyError, TypeError):
            read_trial(phase.facts)
            return phase
        return None

    def close(self) -> None:
        """Say that the build came to its end: the next one begins from the start."""
        self.journal = self.journal._replace(ended=True)
        write_journal(self.target, self.journal)

    def _close_interrupted(self, run_id: str) -> None:
        run = self.memory.runs.get(run_id)
        if run is not None and run.status == "running":
            at = max(run.started_at, self.record.run.started_at)
            self.memory.runs.save(run._replace(status="interrupted", completed_at=at))
        self.record.record_measurements(resumes=run_id)
