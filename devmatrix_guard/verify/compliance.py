"""Expected against implemented: deviations, and precision, recall and F1 told apart.

`precision` is the share of what is implemented that was expected, `recall` the share of what was
expected that is implemented, F1 their harmonic mean. Statements and imports that people added are
no deviation: only what the specification asks for can be missing or different. Entities,
attributes, relations, endpoints and views that nobody asked for lower the precision and are
reported as `extra`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from devmatrix_guard.verify.facts import Fact, read_facts
from devmatrix_guard.verify.names import is_declared, read_uses

# What may be added freely: it says nothing about the interface or the data.
_FREE = {
    "step", "import", "function", "class", "file", "hole", "setting", "validator", "parameter",
}  # fmt: skip

# What stands for itself; every other kind of fact is a detail of one of these.
_THINGS = {
    "entity",
    "attribute",
    "relation",
    "endpoint",
    "view",
    "field",
    "flow",
    "state",
    "syntax",
}
_DETAIL = re.compile(r"[:(#@\[]|->|=$")


class Deviation(NamedTuple):
    """One difference; `problem` is missing, differs or extra; `line` is of the present code."""

    kind: str
    key: str
    problem: str
    expected: str
    found: str
    path: str
    line: int


class Score(NamedTuple):
    """Counts of one kind of fact."""

    kind: str
    expected: int
    implemented: int
    matched: int

    @property
    def precision(self) -> float:
        """Share of what is implemented that was expected; 1.0 when nothing is implemented."""
        return self.matched / self.implemented if self.implemented else 1.0

    @property
    def recall(self) -> float:
        """Share of what was expected that is implemented; 1.0 when nothing was expected."""
        return self.matched / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class Compliance(NamedTuple):
    """The comparison.

    Attributes:
        deviations: sorted by path, line and key.
        scores: one for each kind.
        by_hand: keys of functions that the specification leaves open and people have written.
    """

    deviations: tuple[Deviation, ...]
    scores: tuple[Score, ...]
    by_hand: tuple[str, ...] = ()

    @property
    def overall(self) -> Score:
        """All kinds together."""
        return Score(
            "all",
            sum(score.expected for score in self.scores),
            sum(score.implemented for score in self.scores),
            sum(score.matched for score in self.scores),
        )


def compare(expected: Iterable[Fact], implemented: Iterable[Fact]) -> Compliance:
    """Compare what should be written with what is written.

    Facts are matched by kind and key; where a fact is in a place that moved (another file), it
    still matches, so that people may move code about. What a function does that the specification
    leaves open is for people to say.
    """
    wanted = {(fact.kind, fact.key): fact for fact in expected}
    present = {(fact.kind, fact.key): fact for fact in implemented}
    by_hand = _find_written_holes(wanted, present)
    wanted, present = (
        {(fact.kind, fact.key): fact for fact in _list_without_holes(facts, by_hand)}
        for facts in (wanted, present)
    )
    deviations = [*_find_missing_or_different(wanted, present), *_find_extra(wanted, present)]
    kinds = sorted({kind for kind, _ in wanted} | {d.kind for d in deviations})
    scores = _compute_scores(wanted, present)
    return Compliance(
        tuple(sorted(deviations, key=lambda d: (d.path, d.line, d.kind, d.key))),
        tuple(scores[kind] for kind in kinds),
        tuple(sorted(by_hand)),
    )


def compare_files(files: Mapping[str, str], reference: Mapping[str, str]) -> Compliance:
    """Compare an application with its reference.

    An import that nothing needs is not missed, and one may come from where people moved its name.
    Of a file that does not parse this is said, and not that all in it is missing.
    """
    present = read_facts(files)
    known = {(fact.kind, fact.key): fact.value for fact in present}

    def is_needed(fact: Fact) -> bool:
        if fact.kind != "import" or fact.path not in files:
            return True
        found = known.get((fact.kind, fact.key))
        if found is not None:  # people move what a module imports, too
            return found == fact.value or not is_declared(files, found)
        uses = read_uses(files[fact.path])
        name = fact.key.rpartition(":")[2].partition(".")[0]
        return name in uses.loads or not (uses.loads or uses.imports)

    compliance = compare(filter(is_needed, read_facts(reference)), present)
    broken = {fact.path for fact in present if fact.kind == "syntax"}
    told = [d for d in compliance.deviations if d.path not in broken or d.kind == "syntax"]
    return compliance._replace(deviations=tuple(told))


def _find_written_holes(
    wanted: dict[tuple[str, str], Fact], present: dict[tuple[str, str], Fact]
) -> set[str]:
    """Return the keys of functions that were generated as a hole and are none any more."""
    holes = {key for kind, key in wanted if kind == "hole" and ("hole", key) not in present}
    return holes & {key for _, key in present}


def _list_without_holes(facts: dict[tuple[str, str], Fact], holes: set[str]) -> list[Fact]:
    """Return the facts that are not about what a function does that people have written."""
    keys = {fact.key for fact in facts.values() if fact.kind != "step"}
    below = {hole: tuple(f"{k}/" for k in keys if k.startswith(f"{hole}/")) for hole in holes}
    return [
        fact
        for fact in facts.values()
        if fact.kind != "hole"
        and not (
            fact.kind == "step"
            and any(
                fact.key.startswith(f"{hole}/") and not fact.key.startswith(others)
                for hole, others in below.items()
            )
        )
    ]


def _find_missing_or_different(
    wanted: dict[tuple[str, str], Fact], present: dict[tuple[str, str], Fact]
) -> list[Deviation]:
    deviations = []
    for identity, fact in wanted.items():
        found = present.get(identity)
        if found is None:
            deviations.append(
                Deviation(fact.kind, fact.key, "missing", fact.value, "", fact.path, 0)
            )
        elif found.value != fact.value:
            deviations.append(
                Deviation(
                    fact.kind, fact.key, "differs", fact.value, found.value, found.path, found.line
                )
            )
    return deviations


def _find_extra(
    wanted: dict[tuple[str, str], Fact], present: dict[tuple[str, str], Fact]
) -> list[Deviation]:
    """What nobody asked for; the details of an unasked-for thing are not listed with it."""
    known = {key for _, key in wanted}
    return [
        Deviation(fact.kind, fact.key, "extra", "", fact.value, fact.path, fact.line)
        for identity, fact in present.items()
        if identity not in wanted
        and fact.kind not in _FREE
        and (fact.kind in _THINGS or _find_owner(fact.key) in known)
    ]


def _find_owner(key: str) -> str:
    """The thing a detail belongs to: `Product.price` of `Product.price:Field(ge)`."""
    return _DETAIL.split(key, maxsplit=1)[0]


def _compute_scores(
    wanted: dict[tuple[str, str], Fact], present: dict[tuple[str, str], Fact]
) -> dict[str, Score]:
    """Return the score of each kind, in one pass over all facts."""
    expected, matched = Counter[str](), Counter[str]()
    for identity, fact in wanted.items():
        expected[identity[0]] += 1
        found = present.get(identity)
        matched[identity[0]] += found is not None and found.value == fact.value
    implemented = Counter(kind for kind, _ in present)
    return {
        kind: Score(
            kind,
            expected[kind],
            matched[kind] if kind in _FREE else implemented[kind],
            matched[kind],
        )
        for kind in (*expected, *implemented)
    }
