"""`guard bank candidates`, `evaluate`, `promote` and `reject`.

draft -> measured on whole applications -> scored -> judged by two validators -> frozen

The first validator is deterministic: the thresholds of `generator/bank/score.py`. The second is a
language model, where the user has one, and it can only veto.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.application.bank_sources import open_pattern_bank
from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.promotion.trials import measure_candidate
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.generator import trial_specs
from devmatrix_guard.generator.bank.change import freeze
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.score import (
    LEAST_SPECS,
    MIN_SUCCESS,
    Measured,
    find_shortfalls,
)
from devmatrix_guard.llm.base import Conversation, Message, Provider
from devmatrix_guard.llm.choose import is_configured, open_provider
from devmatrix_guard.memory.base import Memory
from devmatrix_guard.model.knowledge.infra import InfraPattern, InfraRecord
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.shares import calculate_wilson_low
from devmatrix_guard.reports.redact import redact
from devmatrix_guard.verify.checks import find_python

Progress = Callable[[str], None]
_STATE = "promotion:"
_SECOND = (
    "You review a template that a generator of FastAPI applications fills in. Answer with one JSON "
    'object: {"veto": true or false, "reason": "one sentence"}. Veto only what is unsafe or wrong.'
)


class Evaluation(NamedTuple):
    """What is known of a candidate.

    Attributes:
        reference: its id and version.
        sha: of its text: an evaluation of another text is none of this one.
        measured: see `Measured`; None before it was evaluated.
        shortfalls: what the thresholds say against it.
        opinion: what a language model says, "" where none was asked.
        veto: whether that stands against it.
        state: `draft`, `evaluated`, `promoted` or `rejected`.
        reason: why it was rejected.
    """

    reference: str
    sha: str
    measured: Measured | None = None
    shortfalls: tuple[str, ...] = ()
    opinion: str = ""
    veto: bool = False
    state: str = "draft"
    reason: str = ""

    @property
    def may_be_promoted(self) -> bool:
        """Whether both validators let it pass."""
        return self.state == "evaluated" and not self.shortfalls and not self.veto


class Fallen(NamedTuple):
    """A frozen version whose recorded outcomes say that it does not do any more."""

    reference: str
    uses: int
    successes: int


def list_candidates(start: Path) -> tuple[tuple[Evaluation, ...], tuple[Fallen, ...]]:
    """Return the drafts with what is known of them, and frozen versions that outcomes demote.

    A version is demoted when even the upper 95 % bound of its success rate (Wilson) is below what a
    promotion asks for.
    """
    with _open(start) as (_bank, memory):
        drafts = tuple(_read(memory, draft) for draft in memory.infra.list_drafts())
        records = memory.infra.list_records()
    return drafts, tuple(Fallen(*_name(r)) for r in records if is_demoted(r))


def is_demoted(record: InfraRecord) -> bool:
    """Tell whether recorded outcomes say that a version falls short of a promotion's success."""
    failures = record.uses - record.successes
    return record.uses > 0 and 1 - calculate_wilson_low(failures, record.uses) < MIN_SUCCESS


def evaluate(
    start: Path,
    pattern_id: str,
    specs: Sequence[Path],
    *,
    python: Path | None = None,
    provider: Provider | None = None,
    progress: Progress = lambda _: None,
) -> Evaluation:
    """Measure the newest draft of a pattern on the applications of some specs, and judge it.

    Specs that come with the package make them three, where fewer are given.

    Raises:
        UsageError: there is no such draft, or no environment to run applications in.
    """
    root = find_project_root(start)
    interpreter = find_python(root, python)
    if interpreter is None:
        raise UsageError("applications are run to evaluate; name their interpreter with --python.")
    specs = choose_specs(specs)
    with _open(start) as (bank, memory):
        draft = _find_draft(memory, pattern_id)
        measured = measure_candidate(draft, bank, specs, interpreter.absolute(), progress)
        found = Evaluation(
            draft.reference,
            draft.sha,
            measured,
            tuple(find_shortfalls(measured)),
            state="evaluated",
        )
        if not found.shortfalls and (provider is not None or is_configured()):
            progress("second opinion")
            found = _ask(provider or open_provider(), draft, found)
        _write(memory, found)
    return found


def choose_specs(own: Sequence[Path]) -> list[Path]:
    """Return specs to try a draft on: a person's own, and guard's where those are too few."""
    folder = Path(trial_specs.__file__).parent
    packaged = [folder / f"{name}.yaml" for name in trial_specs.NAMES]
    return [*own, *packaged[: max(LEAST_SPECS - len(own), 0)]]


def promote(start: Path, pattern_id: str) -> InfraPattern:
    """Freeze the newest draft of a pattern, which was evaluated and passed, with its evidence.

    Raises:
        UsageError: there is no such draft, or something stands against it.
    """
    with _open(start) as (bank, memory):
        draft = _find_draft(memory, pattern_id)
        known = _read(memory, draft)
        if not known.may_be_promoted:
            against = "; ".join(known.shortfalls) or known.opinion or known.reason
            raise UsageError(
                f"{draft.reference} is not promoted: {against or 'it was not evaluated'}; "
                f"see `guard bank evaluate {pattern_id}`."
            )
        before = _find_earlier(bank, pattern_id)
        with memory.transaction():
            frozen = freeze(memory.infra, bank, pattern_id, datetime.now(UTC).date().isoformat())
            _write(memory, known._replace(state="promoted"))
            _relate(memory, before, frozen)
    return frozen


def reject(start: Path, pattern_id: str, reason: str) -> Evaluation:
    """Write down why the newest draft of a pattern is not to be promoted."""
    with _open(start) as (_bank, memory):
        draft = _find_draft(memory, pattern_id)
        known = _read(memory, draft)._replace(state="rejected", reason=reason)
        _write(memory, known)
    return known


def write_evaluation(known: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON takes it, each part beside how it was measured."""
    record = known._asdict()
    measured = known.measured
    record["measured"] = measured._asdict() if measured else None
    if measured:
        record["quality"], record["score"] = round(measured.quality, 4), round(measured.score, 4)
    return record


def _name(record: InfraRecord) -> tuple[str, int, int]:
    return f"{record.pattern_id}@{record.version}", record.uses, record.successes


@contextmanager
def _open(start: Path) -> Iterator[tuple[PatternBank, Memory]]:
    root, settings = find_project_root(start), load_settings(start)
    with open_project_memory(settings, root) as memory:
        yield open_pattern_bank(root, memory), memory


def _find_draft(memory: Memory, pattern_id: str) -> InfraPattern:
    drafts = [draft for draft in memory.infra.list_drafts() if draft.pattern_id == pattern_id]
    if not drafts:
        raise UsageError(
            f"there is no draft of `{pattern_id}`; bring one in with `guard bank import FILE`, "
            "`frozen_at` left out."
        )
    return drafts[-1]


def _find_earlier(bank: PatternBank, pattern_id: str) -> InfraPattern | None:
    try:
        return bank.get(pattern_id)
    except GenerationError:
        return None


def _relate(memory: Memory, before: InfraPattern | None, frozen: InfraPattern) -> None:
    """Put a version into the family tree: it evolved from the one that was in force."""
    made = LineageNode("infra-pattern", frozen.reference, {"sha": frozen.sha})
    nodes, edges = [made], []
    if before is not None:
        origin = LineageNode("infra-pattern", before.reference, {"sha": before.sha})
        nodes.append(origin)
        ends = ((origin.kind, origin.key), (made.kind, made.key))
        edges.append(LineageEdge("evolved-into", *ends))
    memory.lineage.add(nodes, edges)


def _ask(provider: Provider, draft: InfraPattern, found: Evaluation) -> Evaluation:
    """Ask for a second opinion; what is no clear veto is none."""
    text = f"Purpose: {draft.signature.purpose}\n\n{draft.body}"
    answer = provider.complete(Conversation(_SECOND, (Message("user", redact(text)),), 300)).text
    try:
        said = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
        return found._replace(veto=said["veto"] is True, opinion=str(said.get("reason", "")))
    except (KeyError, TypeError, ValueError):
        return found._replace(opinion="the second validator gave no opinion that can be read")


def _write(memory: Memory, known: Evaluation) -> None:
    record = known._asdict() | {"measured": known.measured._asdict() if known.measured else None}
    memory.state.set(f"{_STATE}{known.reference}", json.dumps(record))


def _read(memory: Memory, draft: InfraPattern) -> Evaluation:
    """Return what is known of a draft; nothing of it where its text is another now."""
    fresh = Evaluation(draft.reference, draft.sha)
    try:
        record = json.loads(memory.state.get(f"{_STATE}{draft.reference}") or "{}")
        if record.get("sha") != draft.sha:
            return fresh
        measured = record.pop("measured")
        if measured is not None:
            for name in ("specs", "regressions"):
                measured[name] = tuple(measured[name])
        record["shortfalls"] = tuple(record["shortfalls"])
        return Evaluation(**record, measured=Measured(**measured) if measured else None)
    except (AttributeError, KeyError, TypeError, ValueError):
        return fresh
