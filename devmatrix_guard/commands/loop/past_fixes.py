"""Repairs an application with what repaired a similar error before, where that helps.

Each past fix is tried in a copy and kept if the check that failed does better and nothing else does
worse. What no past fix repairs is left to the repair on the syntax tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.application import Application
from devmatrix_guard.commands.application.bank_sources import (
    open_application_bank,
    read_pinned_repairs,
)
from devmatrix_guard.commands.application.context import read_context
from devmatrix_guard.commands.application.regeneration.trial import copy_with, try_check
from devmatrix_guard.commands.loop.errors import make_errors
from devmatrix_guard.commands.loop.failures import read_failure
from devmatrix_guard.commands.loop.learned_edits import find_edits
from devmatrix_guard.commands.loop.use import make_repair
from devmatrix_guard.generator.entity_names import EntityNames, list_entity_names
from devmatrix_guard.generator.manifest import BASE, PATH, list_base_files, update_manifest
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.repairs import apply_edits
from devmatrix_guard.generator.strata import GeneratedFile, generate_files
from devmatrix_guard.model.knowledge.learning import CheckOutcome, ErrorPattern
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.words import split_words
from devmatrix_guard.verify.compliance import Compliance, compare_files

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory
    from devmatrix_guard.verify.repair import Repair

_MOST_KNOWN = 500
_MOST_TRIED = 12  # in one repair
_ALIKE = 0.6  # share of the words of two signatures, below which they speak of something else
_SHOWN = 90
_GENERATED = ("pattern", "emitter")


class PastFix(NamedValue):
    """A past fix that was tried.

    Attributes:
        error: that it repaired before.
        met: the error it was tried for.
        helped: whether it was kept.
        rounds: which trial it was.
    """

    error: ErrorPattern
    met: ErrorPattern
    helped: bool
    rounds: int


class PastRepair(NamedValue):
    """What past fixes did.

    Attributes:
        tried: in order.
        application: as it is with those that were kept.
        contents: path -> text of everything that is to be written.
    """

    tried: tuple[PastFix, ...]
    application: Application
    contents: Mapping[str, str]

    @property
    def kept(self) -> tuple[PastFix, ...]:
        """Those that helped."""
        return tuple(one for one in self.tried if one.helped)


class _Candidate(NamedValue):
    """What a fix would write, and the reference as it would be then where that changes."""

    contents: Mapping[str, str] = {}
    reference: Mapping[str, str] = {}


def apply_past_fixes(
    memory: Memory, application: Application, base: str, python: Path | None
) -> PastRepair:
    """Try what repaired errors like those of an application, the likeliest first.

    Args:
        memory: that knows them.
        application: as it is.
        base: its folder, as the memory calls it.
        python: interpreter of its environment; without one only the comparison with the spec can
            say that a fix helps.
    """
    current, contents = application, dict[str, str]()
    tried: list[PastFix] = []
    known = memory.choose(everything=True).experience.list_errors(fixed=True, limit=_MOST_KNOWN)
    for met in _list_open_errors(memory, application, base) if known else ():
        if met.check != "compliance" and python is None:
            continue
        for error in _rank_fixes(met, known):
            if len(tried) >= _MOST_TRIED:
                break
            candidate = _make_candidate(current, error)
            if not candidate.contents:
                continue
            changed = _change(current, candidate)
            wanted = {**contents, **candidate.contents}
            helped = _is_better(current, changed, wanted, met, python)
            tried.append(PastFix(error, met, helped, len(tried) + 1))
            if helped:
                current, contents = changed, wanted
                break
    return PastRepair(tuple(tried), current, contents)


def judge_past_fixes(repair: PastRepair, at: str) -> list[ErrorPattern]:
    """Return what the memory should add to what it knows of the fixes that were tried."""
    return [
        one.error._replace(
            occurrences=0, tried=1, helped=int(one.helped), last_seen=max(at, one.error.last_seen)
        )
        for one in repair.tried
    ]


def describe_past_fix(one: PastFix) -> str:
    """Return a sentence about a past fix that was tried."""
    whose = "a person's fix" if one.error.fix_origin == "person" else "a fix"
    record = f", which helped {one.error.helped} of {one.error.tried} times" * bool(one.error.tried)
    end = "repaired it" if one.helped else "did not help and was dropped"
    where = one.error.application or "another application"
    error = f"{one.met.check}: {one.met.signature[:_SHOWN]}"
    return f"{error}: {whose} in {where}{record}, {end}"


def learn_repair(memory: Memory, application: Application, repair: Repair, at: str) -> None:
    """Remember what the repair on the syntax tree did, as the fix of what it repaired."""
    gone = [d for d in repair.repaired if d.problem != "extra"]
    files = {**application.files, **list_texts(repair)}
    names = list_entity_names(make_plan(application.ir))
    before = {p: t for p, t in application.files.items() if files.get(p) != t}
    edits = find_edits(before, files, names) if gone else ()
    if not edits:
        return
    places = tuple(f"{d.path}:{d.line or 1}: {d.kind} {d.key} {d.problem}" for d in gone)
    check = CheckOutcome("compliance", passed=False, findings=places)
    causes = {d.path: "person" for d in gone}
    memory.experience.record_errors(
        error._replace(
            fix=edits,
            fix_origin="repair",
            failed_code="\n".join(edit.before for edit in edits),
            compliance_before=repair.before.overall.recall,
            compliance_after=repair.after.overall.recall,
            iterations=repair.rounds,
        )
        for error in make_errors(application, check, causes, {}, at)
    )


def list_texts(repair: Repair) -> dict[str, str]:
    """Return {path: text} of the application's own files that a repair writes."""
    return {p: text for p, text in repair.files.items() if p != PATH and not p.startswith(BASE)}


def _list_open_errors(memory: Memory, application: Application, base: str) -> list[ErrorPattern]:
    """Return the errors that the application has now, or had when it was checked last."""
    compliance = compare_files(application.files, application.reference)
    deviations = [d for d in compliance.deviations if d.problem != "extra"]
    places = tuple(f"{d.path}:{d.line or 1}: {d.kind} {d.key} {d.problem}" for d in deviations)
    failure = read_failure(memory, base)
    left = [e for e in failure.errors if e.check != "compliance"] if failure else []
    if not places:
        return left
    check = CheckOutcome("compliance", passed=False, findings=places)
    return [*left, *make_errors(application, check, {}, {}, "")]


def _rank_fixes(met: ErrorPattern, known: Iterable[ErrorPattern]) -> Iterator[ErrorPattern]:
    """Yield fixes of the same error, then of the same text, of the same node, of a like text."""
    words = set(split_words(met.signature))

    def measure(error: ErrorPattern) -> tuple[float, ...]:
        theirs = set(split_words(error.signature))
        union = words | theirs
        alike = len(words & theirs) / len(union) if union else 1.0
        return (
            float(error.error_id == met.error_id),
            float(error.signature == met.signature),
            float(bool(met.construct) and error.construct == met.construct),
            alike,
            float(error.helped - error.tried),
        )

    fitting = [
        (measure(error), error)
        for error in known
        if error.check == met.check and error.is_proven and error.cause != "spec"
    ]
    fitting = [(rank, error) for rank, error in fitting if rank[0] or rank[1] or rank[3] >= _ALIKE]
    fitting.sort(key=lambda pair: pair[0], reverse=True)
    return (error for _, error in fitting)


def _make_candidate(application: Application, error: ErrorPattern) -> _Candidate:
    """Return what a fix writes: generated code is generated again with it, other code is edited."""
    if error.cause in _GENERATED:
        return _generate_with(application, error)
    for one in (*list_entity_names(make_plan(application.ir)), None):
        new = apply_edits(application.files, error.fix, one)
        if new:
            return _Candidate(new)
    return _Candidate()


def _generate_with(application: Application, error: ErrorPattern) -> _Candidate:
    if any(repair.edits == error.fix for repair in read_pinned_repairs(application.root)):
        return _Candidate()
    plan = make_plan(application.ir)
    with open_application_bank(read_context(application.root)) as bank:
        bank = bank._replace(repairs=(*bank.repairs, make_repair(error)))
        files = generate_files(plan, bank)
    changed = [file for file in files if file.text != application.reference.get(file.path)]
    names = list_entity_names(plan)
    contents: dict[str, str] = {}
    for file in changed:
        held = application.files.get(file.path)
        if held in (None, application.reference.get(file.path)):
            contents[file.path] = file.text
            continue
        new = _edit_by_hand(application, error, names, file.path)
        if new is None:
            return _Candidate()  # what people made of it leaves no place for the fix
        contents[file.path] = new
    if not contents:
        return _Candidate()
    reference = {file.path: file.text for file in changed}
    return _Candidate({**contents, **_render_manifest(application, changed)}, reference)


def _edit_by_hand(
    application: Application, error: ErrorPattern, names: Sequence[EntityNames], path: str
) -> str | None:
    own = [edit for edit in error.fix if any(one.expand(edit.path) == path for one in names)]
    own = own or [edit for edit in error.fix if edit.path == path]
    for one in (*names, None):
        new = apply_edits(application.files, own, one)
        if path in new:
            return new[path]
    return None


def _render_manifest(application: Application, changed: Sequence[GeneratedFile]) -> dict[str, str]:
    """Return the manifest with the files as they are generated now, and their base texts."""
    if not (application.root / PATH).is_file():
        return {}
    return {**list_base_files(changed), PATH: update_manifest(application.root, changed)}


def _change(application: Application, candidate: _Candidate) -> Application:
    texts = {p: text for p, text in candidate.contents.items() if not p.startswith(BASE)}
    texts.pop(PATH, None)
    return application._replace(
        files={**application.files, **texts},
        reference={**application.reference, **candidate.reference},
    )


def _is_better(
    before: Application,
    after: Application,
    contents: Mapping[str, str],
    met: ErrorPattern,
    python: Path | None,
) -> bool:
    """Tell whether the check of an error does better in a copy, and the spec is kept as well."""
    was = compare_files(before.files, before.reference)
    now = compare_files(after.files, after.reference)
    worse = _list_deviations(now) - _list_deviations(was)
    if worse:
        return False
    if met.check == "compliance":
        return len(_list_deviations(now)) < len(_list_deviations(was))
    if python is None:
        return False
    encoded = {path: text.encode("utf-8", "surrogateescape") for path, text in contents.items()}
    with copy_with(before.root, encoded) as trial:
        return try_check(trial, met.check, python)


def _list_deviations(compliance: Compliance) -> set[tuple[str, str]]:
    return {(d.kind, d.key) for d in compliance.deviations if d.problem != "extra"}
