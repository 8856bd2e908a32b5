"""What a finding says of a test that proves less, and how loud it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devmatrix_guard.mining.fixes.purpose import NO_PURPOSE, Purpose
from devmatrix_guard.mining.fixes.removed_proof import (
    GONE,
    TOUCHED,
    UNKNOWN,
    UNTOUCHED,
    Proved,
    drop_announced,
    find_states,
    make_findings,
)
from devmatrix_guard.mining.regression.change import Loss
from devmatrix_guard.mining.regression.taken import Taken
from devmatrix_guard.mining.reverts import Reverted
from devmatrix_guard.model.diff import FileChange, Hunk
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, RegressionTest

WROTE = FixUnit("1" * 40, "2024-01-02", "Fix the sum", issue="#7")
ADDED = FixUnit("2" * 40, "2024-02-03", "Fix the tax")
THIRD = FixUnit("3" * 40, "2024-03-04", "Fix the rest")
CHECK = Taken("removed", "assert a == 1", key=4)
PLACE = ("test_a.py", "test_sum")
BY_ONE = Proved(((WROTE, ()),))


def _lose(*taken: Taken, name: str = "test_sum", path: str = "test_a.py", line: int = 9) -> Loss:
    return Loss("test_a.py", path, name, line, taken)


def _tell(
    taken: Sequence[Taken],
    *,
    proved: Proved = BY_ONE,
    states: dict[str, str] | None = None,
) -> Finding:
    (finding,) = make_findings([_lose(*taken)], {PLACE: proved}, states or {})
    return finding


@pytest.mark.parametrize(
    ("taken", "fixes", "kept"),
    [
        pytest.param([Taken("deleted")], [WROTE, ADDED], [Taken("deleted")], id="all of the test"),
        pytest.param([CHECK], [WROTE, ADDED], [CHECK], id="a check that a fix added"),
        pytest.param(
            [Taken("removed", "b", key=5)], [WROTE], [Taken("removed", "b", key=5)], id="another"
        ),
        pytest.param([], [], [], id="nothing"),
    ],
)
def test_a_fix_loses_the_proof_that_is_its_own(
    taken: list[Taken], fixes: list[FixUnit], kept: list[Taken]
) -> None:
    proved = Proved(((WROTE, ()), (ADDED, (4,))))
    assert proved.select(_lose(*taken)) == (tuple(fixes), tuple(kept))
    assert proved.extended == (ADDED,)


@pytest.mark.parametrize("kind", ["deleted", "uncollected", "skipped", "emptied"])
def test_what_leaves_nothing_of_a_test_takes_the_proof_of_all(kind: str) -> None:
    fixes, _ = Proved(((ADDED, (4,)),)).select(_lose(Taken(kind, key=0)))
    assert fixes == (ADDED,)


SAYS = [
    (Taken("deleted"), "deletes a regression test"),
    (
        Taken("uncollected", "", "helper"),
        "leaves a regression test where no runner finds it, as `helper`",
    ),
    (Taken("skipped", "", "skipif(x)"), "no longer runs a regression test: skipif(x)"),
    (Taken("emptied", "", "return"), "leaves nothing of a regression test: return"),
    (Taken("emptied"), "leaves nothing of a regression test"),
    (CHECK, "removes `assert a == 1` from a regression test"),
    (Taken("weakened", "a", "b"), "asks for less in a regression test: `a` became `b`"),
    (Taken("different", "a", "b"), "asks for something else in a regression test: `a` became `b`"),
    (
        Taken("different", "assert a == 1", "assert a == 1"),
        "asks for something else in a regression test: what `assert a == 1` looks at",
    ),
    (Taken("case", "1"), "drops the case `1` of a regression test"),
    (Taken("bounded", "a", "if x"), "lets a regression test pass over `a`: if x"),
]


@pytest.mark.parametrize(("taken", "said"), SAYS, ids=[taken.kind for taken, _ in SAYS])
def test_a_finding_says_what_is_taken_of_which_fix(taken: Taken, said: str) -> None:
    finding = _tell([taken])
    whole = taken.kind in ("deleted", "uncollected", "skipped", "emptied")
    assert finding.message == (
        f"This change {said}. The test `test_sum` of test_a.py "
        f"{'proves' if whole else 'helps to prove'} the fix 1111111111 of 2024-01-02 (#7), "
        "“Fix the sum”. Keep what it asks for, or say why it may go."
    )
    assert (finding.rule_id, finding.kind) == ("removed-proof", "proof")
    assert (finding.path, finding.start_line, finding.end_line) == ("test_a.py", 9, 9)
    assert (finding.start_col, finding.end_col) == (1, 1)
    assert [source.commit for source in finding.sources] == [WROTE.commit]


@pytest.mark.parametrize(("length", "shown"), [(90, 90), (91, 90), (200, 90)])
def test_long_code_is_cut_short(length: int, shown: int) -> None:
    message = _tell([Taken("removed", "x" * length)]).message
    code = message.split("`")[1]
    assert len(code) == shown
    assert code.endswith("…") is (length > 90)


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (3, ""), (4, "; and 1 more"), (5, "; and 2 more")]
)
def test_of_much_that_is_taken_the_first_is_told(count: int, more: str) -> None:
    taken = [Taken("removed", f"assert {n}") for n in range(count)]
    said = _tell([*taken, taken[0]]).message.partition(". The test")[0]
    assert said.count("removes") == min(count, 3)
    assert said.endswith(more)
    assert ("more" in said) is bool(more)


@pytest.mark.parametrize(
    ("fixes", "said"),
    [
        ([WROTE, ADDED], "“Fix the sum” and 2222222222 of 2024-02-03, “Fix the tax”. Keep"),
        ([WROTE, ADDED, THIRD], "“Fix the tax” and 1 more. Keep"),
    ],
)
def test_of_many_fixes_two_are_named(fixes: list[FixUnit], said: str) -> None:
    finding = _tell([Taken("deleted")], proved=Proved(tuple((fix, ()) for fix in fixes)))
    assert said in finding.message
    assert len(finding.sources) == len(fixes)


@pytest.mark.parametrize(
    ("taken", "state", "stage"),
    [
        pytest.param(CHECK, None, "warn", id="not known is untouched"),
        pytest.param(CHECK, UNTOUCHED, "warn", id="untouched"),
        pytest.param(CHECK, TOUCHED, "warn", id="touched"),
        pytest.param(CHECK, GONE, "advise", id="gone with what it tests"),
        pytest.param(Taken("different", "a", "b"), TOUCHED, "advise", id="restated and touched"),
        pytest.param(Taken("different", "a", "b"), UNTOUCHED, "warn", id="restated alone"),
    ],
)
def test_a_finding_is_quiet_where_the_change_means_it(
    taken: Taken, state: str | None, stage: str
) -> None:
    finding = _tell([taken], states={WROTE.commit: state} if state else {})
    assert finding.stage == stage
    assert finding.severity == ("WARNING" if stage == "warn" else "INFO")


def test_one_fix_that_still_stands_makes_it_loud() -> None:
    proved = Proved(((WROTE, ()), (ADDED, ())))
    states = {WROTE.commit: GONE, ADDED.commit: TOUCHED}
    assert _tell([CHECK], proved=proved, states=states).stage == "warn"
    restated = [Taken("different", "a", "b"), CHECK]
    assert _tell(restated, states={WROTE.commit: TOUCHED}).stage == "warn"


def test_what_others_wrote_of_the_test_is_only_advised() -> None:
    finding = _tell([Taken("removed", "b", key=5)], proved=Proved(((ADDED, (4,)),)))
    assert finding.stage == "advise"
    assert "Fix the tax" in finding.message


@pytest.mark.parametrize(("count", "stage"), [(20, "warn"), (21, "advise")])
def test_a_rebuilding_of_the_tests_is_only_advised(count: int, stage: str) -> None:
    losses = [_lose(CHECK, name=str(number)) for number in range(count)]
    proved = {("test_a.py", str(number)): Proved(((WROTE, ()),)) for number in range(count)}
    assert {finding.stage for finding in make_findings(losses, proved, {})} == {stage}


def test_fingerprints_tell_what_is_taken_and_not_where() -> None:
    first, again = _tell([CHECK]), _tell([CHECK._replace(line=33)])
    assert first.fingerprint == again.fingerprint
    assert first.fingerprint != _tell([CHECK._replace(old="assert a == 2")]).fingerprint


@pytest.mark.parametrize(
    ("path", "reverted", "left"),
    [
        pytest.param("test_a.py", Reverted(("1111",)), [ADDED], id="a commit"),
        pytest.param("test_a.py", Reverted((), "Fix the tax"), [WROTE], id="a subject"),
        pytest.param("test_a.py", Reverted(), [], id="anything"),
        pytest.param("moved.py", Reverted(("1111",)), [ADDED], id="by its new name"),
        pytest.param("other.py", Reverted(("1111",)), [WROTE, ADDED], id="elsewhere"),
        pytest.param("test_a.py", Reverted(("9999",)), [WROTE, ADDED], id="another commit"),
    ],
)
def test_what_a_message_takes_back_is_not_told(
    path: str, reverted: Reverted, left: list[FixUnit]
) -> None:
    loss = _lose(CHECK, path="moved.py")
    proved = {PLACE: Proved(((WROTE, ()), (ADDED, ())))}
    losses, others = drop_announced([loss], proved, {path: [reverted]})
    assert [fix for fix, _ in others[PLACE].fixes] == left
    assert losses == ([loss] if left else [])
    assert len(proved[PLACE].fixes) == 2


CODE = b"def one():\n    a\n    b\n\ndef two():\n    c\n"


def _change(start: int, count: int = 1, status: str = "M") -> FileChange:
    hunk = Hunk(start, 1, start, count, (b"x\n",), (b"y\n",) * count)
    return FileChange("a.py", "a.py", status, "100644", "100644", "1", "2", (hunk,))


@pytest.mark.parametrize(
    ("names", "change", "code", "state"),
    [
        pytest.param(["one"], _change(2), CODE, TOUCHED, id="in it"),
        pytest.param(["one"], _change(1), CODE, TOUCHED, id="its first line"),
        pytest.param(["one"], _change(3), CODE, TOUCHED, id="its last line"),
        pytest.param(["one"], _change(4), CODE, UNTOUCHED, id="below it"),
        pytest.param(["two"], _change(4), CODE, UNTOUCHED, id="above it"),
        pytest.param(["two"], _change(3, 3), CODE, TOUCHED, id="into it"),
        pytest.param(["two"], _change(3, 2), CODE, UNTOUCHED, id="up to it"),
        pytest.param(["one"], _change(2, 0), CODE, TOUCHED, id="lines taken from it"),
        pytest.param(["one"], _change(4, 0), CODE, UNTOUCHED, id="lines taken below it"),
        pytest.param(["three"], _change(2), CODE, GONE, id="no longer there"),
        pytest.param([""], _change(2), CODE, TOUCHED, id="outside of functions"),
        pytest.param(["one"], _change(2, status="D"), CODE, GONE, id="a deleted file"),
        pytest.param(["one"], _change(2), None, GONE, id="no content"),
        pytest.param(["one", "two"], _change(2), CODE, TOUCHED, id="one of two"),
        pytest.param(["three", "two"], _change(2), CODE, TOUCHED, id="one of two is gone"),
        pytest.param([], _change(2), CODE, UNTOUCHED, id="a fix of no function"),
    ],
)
def test_the_functions_of_a_fix_are_gone_touched_or_neither(
    names: list[str], change: FileChange, code: bytes | None, state: str
) -> None:
    fix = WROTE._replace(functions=tuple(FixedFunction("a.py", name) for name in names))
    contents = {} if code is None else {"a.py": code}
    assert find_states([fix], [change], contents) == {WROTE.commit: state}


def test_of_a_file_that_is_not_changed_or_a_function_long_gone_nothing_is_touched() -> None:
    elsewhere = WROTE._replace(functions=(FixedFunction("b.py", "one"),))
    gone = ADDED._replace(functions=(FixedFunction("a.py", "three", is_there=False),))
    assert find_states([elsewhere, gone], [_change(2)], {"a.py": CODE}) == {
        WROTE.commit: UNTOUCHED,
        ADDED.commit: UNKNOWN,
    }


MEANT = {
    "with the helper that used what is gone": (
        Taken("deleted"), {"beside": frozenset({"Adapter"})}, Purpose(frozenset({"Adapter"})),
    ),
    "another test that is nearly the same": (
        Taken("deleted"),
        {"words": frozenset({"alpha", "beta"}), "came": frozenset({"alpha", "beta"})},
        NO_PURPOSE,
    ),
    "one of ten rewritten tests": (CHECK, {"rewritten": 10}, NO_PURPOSE),
    "fed otherwise": (Taken("different", "f(a)", "f(a)"), {}, NO_PURPOSE),
    "what the product says no more": (
        Taken("removed", "ask('Last' not in a)"), {}, Purpose(unsaid=frozenset({"Last"})),
    ),
    "one of two answers": (
        Taken("different", "ask(a == 1 or a == 2)", "ask(a == 2)"), {}, NO_PURPOSE,
    ),
}  # fmt: skip
ASKED = {
    "a helper beside": (Taken("deleted"), {"beside": frozenset({"Adapter"})}, NO_PURPOSE),
    "another test": (
        Taken("deleted"),
        {"words": frozenset({"alpha", "beta", "gamma"}), "came": frozenset({"alpha"})},
        NO_PURPOSE,
    ),
    "what the product still says": (
        Taken("removed", "ask('Last' not in a)"), {}, Purpose(unsaid=frozenset({"First"})),
    ),
    "all of what the product says no more": (
        Taken("deleted", "ask('Last' not in a)"), {}, Purpose(unsaid=frozenset({"Last"})),
    ),
    "one of nine": (CHECK, {"rewritten": 9}, NO_PURPOSE),
    "one answer for two": (
        Taken("different", "ask(a == 1 and a == 2)", "ask(a == 2)"), {}, NO_PURPOSE,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "stage"),
    [(case, "advise") for case in MEANT.values()] + [(case, "warn") for case in ASKED.values()],
    ids=[*MEANT, *ASKED],
)
def test_what_goes_with_its_interface_or_a_rewriting_is_advised_about(
    case: tuple[Taken, dict[str, Any], Purpose], stage: str
) -> None:
    taken, beside, purpose = case
    loss = _lose(taken)._replace(**beside)
    (finding,) = make_findings([loss], {PLACE: BY_ONE}, {WROTE.commit: UNTOUCHED}, purpose)
    assert finding.stage == stage


@pytest.mark.parametrize(
    ("name", "state", "stage"),
    [
        ("Loop.make", TOUCHED, "advise"),
        ("Loop.close", TOUCHED, "warn"),
        ("Loop.make", UNTOUCHED, "warn"),
    ],
)
def test_a_test_goes_with_the_default_of_the_function_that_was_mended(
    name: str, state: str, stage: str
) -> None:
    fix = WROTE._replace(functions=(FixedFunction("a.py", name),))
    fix = fix._replace(tests=(RegressionTest(*PLACE, functions=("make",)),))
    purpose = Purpose(turned=frozenset({"make"}))
    (finding,) = make_findings(
        [_lose(Taken("deleted"))], {PLACE: Proved(((fix, ()),))}, {fix.commit: state}, purpose
    )
    assert finding.stage == stage
