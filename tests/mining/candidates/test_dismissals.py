from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.dismissals import Verdicts, count_verdicts, silence_pattern
from devmatrix_guard.model.knowledge.review import Dismissal
from tests.contract.build import fix_pattern


def test_verdicts_are_counted_by_rule_and_wont_fix_is_none() -> None:
    said = [("a", "false-positive"), ("a", "useful"), ("a", "wont-fix"), ("b", "false-positive")]
    found = count_verdicts(Dismissal(f"f{n}", r, v) for n, (r, v) in enumerate(said))
    assert found == {"a": Verdicts(1, 1), "b": Verdicts(1, 0)}


@pytest.mark.parametrize(
    ("stage", "verdicts", "left", "severity"),
    [
        pytest.param("block", Verdicts(1), "block", "ERROR", id="one opinion"),
        pytest.param("block", Verdicts(2), "warn", "WARNING", id="two lower it"),
        pytest.param("warn", Verdicts(3), "advise", "INFO", id="to advice"),
        pytest.param("block", Verdicts(4), "candidate", "INFO", id="four silence it"),
        pytest.param("block", Verdicts(4, 3), "block", "ERROR", id="others find it useful"),
        pytest.param("candidate", Verdicts(9), "candidate", "ERROR", id="silent already"),
        pytest.param("retired", Verdicts(9), "retired", "ERROR", id="retired"),
    ],
)
def test_a_rule_that_people_contradict_becomes_quieter(
    stage: str, verdicts: Verdicts, left: str, severity: str
) -> None:
    pattern = silence_pattern(fix_pattern(stage=stage, severity="ERROR"), verdicts)
    assert (pattern.stage, pattern.severity) == (left, severity)
    told = any("false positives" in reason for reason in pattern.evidence.reasons)
    assert told == (left != stage)
