"""Mend what deviates: only the broken nodes, in at most three rounds, never making things worse.

What people did is theirs. A function that the specification leaves open is never touched. What they
changed or deleted is listed and left, but for two kinds that leave the application broken: what it
promises to its callers and does not keep, and what is gone though something still names it.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import libcst as cst

from devmatrix_guard.verify.compliance import Compliance, Deviation, compare_files
from devmatrix_guard.verify.facts import Fact, read_facts
from devmatrix_guard.verify.merge import merge
from devmatrix_guard.verify.names import is_used, list_declarations

ROUNDS = 3

# What callers of the application are promised; where it differs, the promise is broken.
_PROMISES = {"endpoint", "status", "auth", "response", "view", "field", "parameter", "state"}
_CODE = {"function", "parameter", "step"}  # what is said of a function
_SCHEMAS = "src/models/schemas/"


class Repair(NamedTuple):
    """What a repair did.

    Attributes:
        files: path -> new text of every file that changed or came back.
        before, after: the comparison with the reference before and after.
        repaired: deviations that are gone.
        left: deviations that remain, with the reason in words.
        yours: deviations that people made and that were not touched.
        rounds: how many rounds were needed.
        past: what repaired similar errors before and was tried, a sentence each.
    """

    files: dict[str, str]
    before: Compliance
    after: Compliance
    repaired: tuple[Deviation, ...]
    left: tuple[tuple[Deviation, str], ...]
    yours: tuple[Deviation, ...]
    rounds: int
    past: tuple[str, ...] = ()


def repair(
    files: Mapping[str, str],
    reference: Mapping[str, str],
    *,
    base: Mapping[str, str] | None = None,
    restored: Collection[str] = (),
) -> Repair:
    """Mend `files` towards `reference`, the files a fresh generation gives.

    A round merges every file with a deviation; a merge that does not leave fewer deviations is
    dropped. Running it on its own result changes nothing.

    Args:
        files: path -> text of the application as it is.
        base: path -> text as it was generated last, by which it is known what people did; without
            it every deviation is mended.
        restored: globs of files that are to be mended whatever people did in them.
    """
    chooser = _Chooser(reference, base, restored)
    before = compare_files(files, reference)
    current, state, rounds = dict(files), before, 0
    chosen = chooser.choose(before, files)
    while rounds < ROUNDS and chosen:
        candidate = _run_round(current, reference, chooser.locate(chosen))
        rounds += 1
        after = compare_files(candidate, reference)
        rest = chooser.choose(after, candidate)
        if len(rest) >= len(chosen):
            break
        current, state, chosen = candidate, after, rest
    return _summarise(files, reference, current, (before, state), chosen, rounds)


def find_broken(files: Mapping[str, str], reference: Mapping[str, str]) -> list[Deviation]:
    """Return what a repair would mend, where nothing but people changed the generated files.

    Args:
        files: path -> text of the application as it is.
        reference: path -> text as it was generated.
    """
    chooser = _Chooser(reference, reference, ())
    return chooser.choose(compare_files(files, reference), files)


def find_yours(
    state: Compliance,
    files: Mapping[str, str],
    reference: Mapping[str, str],
    base: Mapping[str, str],
) -> list[Deviation]:
    """Return what people decided: the deviations that a repair would list as theirs and leave.

    Args:
        state: the comparison of `files` with `reference`.
        files: path -> text of the application as it is.
        reference: path -> text of what a fresh generation gives.
        base: path -> text as it was generated last.
    """
    broken = set(_Chooser(reference, base, ()).choose(state, files))
    return [d for d in state.deviations if d.problem != "extra" and d not in broken]


def _summarise(
    files: Mapping[str, str],
    reference: Mapping[str, str],
    current: Mapping[str, str],
    states: tuple[Compliance, Compliance],
    failed: Collection[Deviation],
    rounds: int,
) -> Repair:
    before, after = states
    remaining = {(d.kind, d.key) for d in after.deviations}
    broken = {d.path for d in after.deviations if d.kind == "syntax"}
    left = [d for d in after.deviations if d in failed or d.problem == "extra" or d.path in broken]
    return Repair(
        {path: text for path, text in current.items() if files.get(path) != text},
        before,
        after,
        tuple(d for d in before.deviations if (d.kind, d.key) not in remaining),
        tuple((d, _explain(d, reference, broken)) for d in left),
        tuple(d for d in after.deviations if d not in left),
        rounds,
    )


class _Chooser:
    """Says which deviations are to be mended, and what of the reference mends them."""

    def __init__(
        self,
        reference: Mapping[str, str],
        base: Mapping[str, str] | None,
        restored: Collection[str],
    ) -> None:
        self._reference = reference
        self._expected = _index(read_facts(reference))
        self._base = None if base is None else _index(read_facts(base))
        self._restored = restored

    def choose(self, state: Compliance, files: Mapping[str, str]) -> list[Deviation]:
        """Return the deviations to mend."""
        found = [d for d in state.deviations if d.problem != "extra"]
        return [d for d in found if self._is_to_be_mended(d, files)]

    def locate(self, deviations: Iterable[Deviation]) -> dict[str, set[str]]:
        """Return the declarations that mend deviations, by the file in which to mend them.

        The body of a function is named `function()`, an import `import name`, a whole file "".
        """
        found: dict[str, set[str]] = {}
        for deviation in deviations:
            fact = self._expected.get((deviation.kind, deviation.key))
            if fact is not None:
                place = deviation.path if deviation.path in self._reference else fact.path
                names = found.setdefault(place, set())
                names.add(self._name(fact))
                if fact.kind == "entity":
                    names.add(f"{self._name(fact)}.__tablename__")
        return found

    def _is_to_be_mended(self, deviation: Deviation, files: Mapping[str, str]) -> bool:
        fact = self._expected.get((deviation.kind, deviation.key))
        if fact is None:
            return False
        if self._base is None or any(fnmatchcase(fact.path, wish) for wish in self._restored):
            return True
        was = self._base.get((deviation.kind, deviation.key))
        if was is None or was.value != fact.value:
            return True  # nobody changed it: it is generated otherwise now
        if fact.path not in files:
            return is_used(files, fact.path, "")
        if deviation.kind == "import":
            return True  # the module reads the name
        name = self._name(fact).removesuffix("()")
        if name not in list_declarations(files[fact.path]).values():
            return is_used(files, fact.path, name, is_code=fact.kind in _CODE)
        return deviation.kind in _PROMISES or (
            deviation.kind in ("constraint", "nullability") and _SCHEMAS in fact.path
        )

    def _name(self, fact: Fact) -> str:
        if fact.kind == "file":
            return ""
        if fact.kind == "import":
            return f"import {fact.key.rpartition(':')[2]}"
        name = list_declarations(self._reference[fact.path]).get(fact.line, "")
        return f"{name}()" if fact.kind == "step" else name


def _index(facts: Iterable[Fact]) -> dict[tuple[str, str], Fact]:
    return {(fact.kind, fact.key): fact for fact in facts}


def _run_round(
    files: Mapping[str, str], reference: Mapping[str, str], wanted: Mapping[str, Collection[str]]
) -> dict[str, str]:
    mended = dict(files)
    for path in sorted(wanted.keys() & reference.keys()):
        if path not in files:
            mended[path] = reference[path]
        elif path.endswith(".py"):
            mended[path] = _merge_text(files[path], reference[path], wanted[path])
    return mended


def _merge_text(text: str, reference: str, wanted: Collection[str]) -> str:
    try:
        return merge(text, reference, wanted)
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
