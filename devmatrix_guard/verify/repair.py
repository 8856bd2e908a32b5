"""Mend what deviates: only the broken nodes, in at most three rounds, never making things worse."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple

import libcst as cst

from devmatrix_guard.verify.compliance import Compliance, Deviation, compare
from devmatrix_guard.verify.facts import read_facts
from devmatrix_guard.verify.merge import merge

ROUNDS = 3


class Repair(NamedTuple):
    """What a repair did.

    Attributes:
        files: path -> new text of every file that changed or came back.
        before, after: the comparison with the reference before and after.
        repaired: deviations that are gone.
        left: deviations that remain, with the reason in words.
        rounds: how many rounds were needed.
    """

    files: dict[str, str]
    before: Compliance
    after: Compliance
    repaired: tuple[Deviation, ...]
    left: tuple[tuple[Deviation, str], ...]
    rounds: int


def repair(files: Mapping[str, str], reference: Mapping[str, str]) -> Repair:
    """Mend `files` towards `reference`, the files a fresh generation gives.

    A round merges every file with a deviation; a merge that does not leave fewer deviations is
    dropped. Running it on its own result changes nothing.
    """
    expected = read_facts(reference)
    before = compare(expected, read_facts(files))
    current, state, rounds = dict(files), before, 0
    while rounds < ROUNDS and _list_repairable(state):
        candidate = _run_round(current, reference, state)
        rounds += 1
        after = compare(expected, read_facts(candidate))
        if len(_list_repairable(after)) >= len(_list_repairable(state)):
            break
        current, state = candidate, after
    remaining = {(d.kind, d.key): d for d in state.deviations}
    broken = {d.path for d in state.deviations if d.kind == "syntax"}
    changed = {path: text for path, text in current.items() if files.get(path) != text}
    return Repair(
        changed,
        before,
        state,
        tuple(d for d in before.deviations if (d.kind, d.key) not in remaining),
        tuple((d, _explain(d, reference, broken)) for d in state.deviations),
        rounds,
    )


def _list_repairable(state: Compliance) -> list[Deviation]:
    return [d for d in state.deviations if d.problem != "extra"]


def _run_round(
    files: Mapping[str, str], reference: Mapping[str, str], state: Compliance
) -> dict[str, str]:
    mended = dict(files)
    for path in sorted({d.path for d in _list_repairable(state)} & reference.keys()):
        if path not in files:
            mended[path] = reference[path]
        elif path.endswith(".py"):
            mended[path] = _merge_text(files[path], reference[path])
    return mended


def _merge_text(text: str, reference: str) -> str:
    try:
        return merge(text, reference)
    except (cst.ParserSyntaxError, UnicodeEncodeError):
        # What is no Python, or not in UTF-8, is not touched; the deviation stays and says so.
        return text


def _explain(deviation: Deviation, reference: Mapping[str, str], broken: Container[str]) -> str:
    if deviation.path in broken:
        return "the file does not parse; correct the syntax first"
    if deviation.problem == "extra":
        return "the specification does not ask for it; remove it or add it there"
    if deviation.path not in reference:
        return "it is in a file that was not generated; move it back or repair it by hand"
    return "it could not be merged; repair it by hand"
