"""What a generation says of the memory: the gravest first, and no more than a few lines."""

from __future__ import annotations

from devmatrix_guard.commands.loop.use import describe_look_back
from devmatrix_guard.generator.repairs import REPAIRS, render_repairs
from devmatrix_guard.generator.strata import GeneratedFile
from devmatrix_guard.model.knowledge.learning import (
    ErrorPattern,
    FixEdit,
    KnownRepair,
    LookBack,
    SimilarSpec,
    SpecHistory,
    VersionChoice,
)

EDIT = FixEdit("guard-overlay.yaml", "minimum: 1", "minimum: 0")
ERROR = ErrorPattern(
    "e1", "smoke", "POST /orders answers 422", "action:create", cause="spec", fix=(EDIT,),
    fix_origin="person",
)  # fmt: skip


def test_nothing_known_says_nothing() -> None:
    assert describe_look_back(LookBack(), ()) == ()


def test_an_error_is_told_with_where_it_was_repaired() -> None:
    (line,) = describe_look_back(LookBack(errors=(ERROR,)), ())
    assert line == (
        "met in action:create: smoke: POST /orders answers 422; repaired by a person in the spec "
        "or overlay (guard-overlay.yaml)"
    )
    ours = ERROR._replace(cause="emitter", fix_origin="repair")
    (line,) = describe_look_back(LookBack(errors=(ours,)), ())
    assert "repaired by guard repair in what is generated" in line


def test_an_error_whose_repair_is_applied_is_told_once() -> None:
    repair = KnownRepair("e1", "smoke: POST /orders answers 422", "", (EDIT,))
    pinned = GeneratedFile(REPAIRS, render_repairs([repair]), "ast", ())
    (line,) = describe_look_back(LookBack(errors=(ERROR,)), [pinned])
    assert line == "repaired at once: smoke: POST /orders answers 422"


def test_the_gravest_comes_first_and_the_rest_is_left_out() -> None:
    looked = LookBack(
        errors=tuple(ERROR._replace(error_id=f"e{n}") for n in range(9)),
        choices=(VersionChoice("errors", 1, "s", 2, "failed 3 of 3"),),
        history=SpecHistory(runs=3, verified=2, passed=1, last_passed=False),
        similar=(SimilarSpec("s", "shop", 0.5, 2, 2),),
        anomaly="2 of 2 specs like this one never passed (a, b)",
        note="the memory was not used: it is away.",
    )
    lines = describe_look_back(looked, ())
    assert [line.split()[0] for line in lines] == [
        "the", "errors@1", "caution:", "this", "specs", "met",
    ]  # fmt: skip
