"""`guard fill`: has a language model write what no rule writes, and takes only what proves itself.

hole -> contract -> question -> answer -> allowed? -> typed, linted, tested in a copy -> written

At most three answers for a hole; what none of them fills goes on to answer 501. What was taken is
kept with the whole conversation: the same contract is answered from there, without a model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from devmatrix_guard.commands.application.application import Application, read_generated
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.regeneration.trial import verify_copy
from devmatrix_guard.commands.application.runs import record_application_run
from devmatrix_guard.commands.application.verify import open_environment
from devmatrix_guard.commands.build.fills import list_fills, locate_fill, read_fill, write_fill
from devmatrix_guard.commands.loop.fragments import search_functions
from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import read_if_present
from devmatrix_guard.generator.emit.services.workflows import Filling
from devmatrix_guard.generator.holes.allow import find_faults, parse_answer
from devmatrix_guard.generator.holes.contract import (
    Contract,
    fill_flow,
    fill_operation,
    list_attributes,
    list_holes,
    make_filling,
)
from devmatrix_guard.generator.holes.prompt import SYSTEM, write_question, write_refusal
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.regenerate.lock import lock
from devmatrix_guard.generator.regenerate.swap import swap
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.signature import find_construct
from devmatrix_guard.llm.base import (
    Conversation,
    Exchange,
    Message,
    Provider,
    Recording,
)
from devmatrix_guard.llm.choose import is_configured, open_provider
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.verify.checks import find_python, tidy_module

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.run_recorder import RunRecorder
    from devmatrix_guard.memory.base import Memory

Progress = Callable[[str], None]
TRIES = 3
_REFERENCES, _AVOIDED = 2, 5
_NEAR = 0.2  # below it, functions of other applications have little but common words with a hole


class Filled(NamedTuple):
    """What became of a hole.

    Attributes:
        hole: its contract.
        state: `filled` by a model now, `replayed` from what is kept, or `open`.
        tries: answers that were asked for.
        reasons: why the last answer was refused; empty where one was taken.
        tokens: in and out, all tries together.
        cost: in US dollars; None where the model's price is not known.
    """

    hole: Contract
    state: Literal["filled", "replayed", "open"]
    tries: int = 0
    reasons: tuple[str, ...] = ()
    tokens: tuple[int, int] = (0, 0)
    cost: float | None = None


def find_holes(root: Path) -> list[Contract]:
    """Return what stands open in the application in `root`."""
    return _list_holes(read_generated(root))


def _list_holes(application: Application) -> list[Contract]:
    return list_holes(make_plan(application.ir), application.files, application.reference)


def describe_holes(root: Path) -> list[str]:
    """Return of each open hole its key, its file, and the question that would be asked."""
    return [f"{h.key}  {h.path}\n\n{redact(write_question(h))}\n" for h in find_holes(root)]


def run_fill(
    root: Path,
    *,
    provider: Provider | None = None,
    python: Path | None = None,
    only: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> tuple[Filled, ...]:
    """Fill the holes of the application in `root`, one after the other.

    Args:
        provider: whom to ask; else the one that `GUARD_LLM` names.
        python: interpreter of the application's environment.
        only: keys of holes; empty for all.
        progress: told the name of each step as it begins.

    Raises:
        UsageError: there is no application, no such hole, or no environment to try answers in.
        ProviderError: the model does not answer; what was filled before stays.
    """
    application = read_generated(root)
    holes = _choose(_list_holes(application), only)
    if not holes:
        return ()
    interpreter = find_python(root, python)
    if interpreter is None:
        raise UsageError(
            f"an answer is only taken when it passes the checks, and there is no Python with the "
            f"application's dependencies at {python or root / '.venv'}; name one with --python."
        )
    with record_application_run("fill", read_context(root)) as (record, memory):
        filler = _Filler(application, provider, interpreter, memory, progress)
        results: list[Filled] = []
        try:
            for hole in holes:
                results.append(filler.fill(hole))
        finally:
            _record(record, results)
    return tuple(results)


def _choose(holes: Sequence[Contract], only: Sequence[str]) -> list[Contract]:
    known = {hole.key: hole for hole in holes}
    for key in only:
        if key not in known:
            there = "; ".join(known) or "none"
            raise UsageError(f"there is no open hole `{key}`; open: {there}.")
    return [known[key] for key in dict.fromkeys(only) or known]


class _Filler:
    """Fills holes of one application: what is asked, and of whom."""

    def __init__(
        self,
        application: Application,
        provider: Provider | None,
        python: Path,
        memory: Memory,
        progress: Progress,
    ) -> None:
        self.root, self.ir = application.root, application.ir
        self.python, self.progress = python, progress
        self.provider, self.memory = provider, memory
        self.files = dict(application.files)
        self.attributes = list_attributes(application.files)

    def fill(self, hole: Contract) -> Filled:
        kept = read_fill(self.root, hole)
        if kept is not None:
            self.progress(f"{hole.key}: as it was answered before")
            faults = find_faults(hole, kept.code, self.attributes)
            if not faults and not self._try(hole, kept.code, kept.exchanges):
                return Filled(hole, "replayed", cost=0.0)
        if self.provider is None and is_configured():
            self.provider = open_provider()
        if self.provider is None:
            reason = "no language model is set up: see GUARD_LLM"
            return Filled(hole, "open", reasons=(reason,))
        question = write_question(
            hole, references=self._list_references(hole), avoid=self._list_avoided(hole)
        )
        first = Conversation(SYSTEM, (Message("user", redact(question)),))
        return self._converse(hole, self.provider, first)

    def _converse(self, hole: Contract, provider: Provider, asked: Conversation) -> Filled:
        """Ask until an answer is taken, and put that one in place."""
        recording = Recording(provider)
        faults: Sequence[str] = ()
        for attempt in range(1, TRIES + 1):
            self.progress(f"{hole.key}: asking, try {attempt}")
            answer = recording.complete(asked)
            code = parse_answer(answer.text)
            faults = find_faults(hole, code, self.attributes)
            faults = faults or self._try(hole, code, recording.exchanges)
            if not faults:
                return _sum_up(hole, "filled", recording.exchanges)
            said = redact(write_refusal(faults))
            more = (Message("assistant", answer.text), Message("user", said))
            asked = asked._replace(messages=(*asked.messages, *more))
        return _sum_up(hole, "open", recording.exchanges, tuple(faults))

    def _try(self, hole: Contract, code: str, exchanges: Sequence[Exchange]) -> Sequence[str]:
        """Put code in place if a copy of the application is sound with it; else say why not.

        Raises:
            UsageError: people edited the file since it was looked at.
        """
        paths = (hole.path, locate_fill(hole))
        held = {path: read_if_present(self.root, path) for path in paths}
        application = read_generated(self.root)
        if application.files.get(hole.path) != self.files.get(hole.path):
            raise UsageError(f"{hole.path} was changed meanwhile; it is yours and stays as it is.")
        with open_environment(application.root, self.python.absolute()) as place:
            text = tidy_module(place, hole.path, _write_module(application, hole, code, self.root))
        contents: Mapping[str, bytes] = {
            hole.path: text.encode("utf-8", "surrogateescape"),
            locate_fill(hole): write_fill(hole, code, exchanges),
        }
        _, broken = verify_copy(
            self.root,
            application.reference,
            contents,
            python=self.python,
            progress=lambda step: self.progress(f"{hole.key}: {step}"),
            is_first_enough=True,
        )
        if broken:
            return broken
        with lock(self.root):
            swap(self.root, contents, held)
        self.files[hole.path] = text
        return ()

    def _list_references(self, hole: Contract) -> list[str]:
        """Return code that filled other holes of this application, or did the like in another."""
        others = [fill.code for fill in list_fills(self.root) if fill.key != hole.key]
        near = search_functions(
            self.memory.choose(everything=True),
            f"{hole.key} {hole.text}",
            limit=_REFERENCES,
            only_by_hand=True,
        )
        proven = [m.fragment.code for m in near if m.passed and m.similarity >= _NEAR]
        return [*others, *proven][:_REFERENCES]

    def _list_avoided(self, hole: Contract) -> list[str]:
        """Return what answers for this hole were refused for, and what failed in places like it."""
        start = f"{hole.key}: "
        trends = [t for t in self.memory.runs.count_errors() if t.error_type == "hole"]
        found = [t.signature.removeprefix(start) for t in trends if t.signature.startswith(start)]
        construct = find_hole_construct(self.ir, hole)
        if construct:
            everywhere = self.memory.choose(everything=True).experience
            errors = everywhere.list_errors(constructs=[construct], limit=_AVOIDED)
            found += [f"{one.check}: {one.signature}" for one in errors]
        return list(dict.fromkeys(found))[:_AVOIDED]


def find_hole_construct(ir: ApplicationIR, hole: Contract) -> str:
    """Return the feature of the IR that a hole belongs to, as errors are remembered by it."""
    name = hole.key.split(" ", 1)[1]
    if hole.kind == "flow":
        return f"flow:{name.rpartition('#')[0]}"
    return find_construct(ir, f"api/{name}")


def _write_module(application: Application, hole: Contract, code: str, root: Path) -> str:
    if hole.kind == "operation":
        return fill_operation(hole, application.files[hole.path], code)
    plan = make_plan(application.ir)
    fillings: dict[str, Filling] = {hole.pointer: make_filling(hole, code)}
    holes = list_holes(plan, application.reference, application.reference)
    for other in holes:  # of the same flow, which were filled before this one
        kept = read_fill(root, other) if other.path == hole.path else None
        if kept is not None and other.key < hole.key:
            fillings[other.pointer] = make_filling(other, kept.code)
    return fill_flow(plan, hole, fillings)


def _sum_up(
    hole: Contract,
    state: Literal["filled", "open"],
    exchanges: Sequence[Exchange],
    reasons: tuple[str, ...] = (),
) -> Filled:
    answers = [exchange.completion for exchange in exchanges]
    tokens = sum(a.input_tokens for a in answers), sum(a.output_tokens for a in answers)
    costs = [a.cost for a in answers]
    cost = None if None in costs else sum(c for c in costs if c is not None)
    return Filled(hole, state, len(answers), reasons, tokens, cost)


def _record(record: RunRecorder, results: Sequence[Filled]) -> None:
    for result in results:
        for reason in result.reasons if result.state == "open" and result.tries else ():
            record.record_error("hole", f"{result.hole.key}: {reason}"[:200], path=result.hole.path)
    record.record_measurements(
        tokens_used=sum(sum(result.tokens) for result in results),
        cost=sum(result.cost or 0.0 for result in results),
        holes={
            r.hole.key: {"state": r.state, "tries": r.tries, "tokens": list(r.tokens)}
            for r in results
        },
    )
