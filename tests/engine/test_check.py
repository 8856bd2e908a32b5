"""Compiled rules over targets: which findings, on which lines, with what said about the rest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.prefilter.scan import prefilter
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule

ROOT = Path(__file__).parent.parent.parent


def _compiled(**body: Any) -> CompiledRules:
    whole = {"id": "r", "languages": ["python"], "severity": "ERROR", "message": "m", **body}
    rule = Rule("r", whole["message"], "ERROR", "block", 3, ("python",), whole)
    return compile_rules([rule])


def _check(source: str, lines: Any = None, path: str = "a.py", **body: Any) -> CheckReport:
    return check_targets(_compiled(**body), [Target(path, source.encode(), lines)])


def test_message_is_interpolated_and_the_same_message_is_said_once() -> None:
    report = _check("f(a)\n", pattern="f($X)", message="do not f $X")
    assert [f.message for f in report.findings] == ["do not f a"]
    assert report.findings[0].fingerprint


@pytest.mark.parametrize(
    ("lines", "found"),
    [(None, [1, 4]), (((1, 1),), [1]), (((2, 3),), []), (((5, 9),), [4])],
)
def test_findings_are_those_that_touch_the_lines(lines: Any, found: list[int]) -> None:
    source = "f(1)\n\nx = 1\nf(\n    2,\n)\n"
    report = _check(source, lines, pattern="f(...)")
    assert [finding.start_line for finding in report.findings] == found


@pytest.mark.parametrize(
    ("path", "count"),
    [("src/a.py", 1), ("tests/a.py", 0), ("src/tests/a.py", 0), ("lib/a.py", 0)],
)
def test_paths_of_a_rule_limit_where_it_runs(path: str, count: int) -> None:
    paths = {"include": ["src/**"], "exclude": ["tests/"]}
    assert len(_check("f()", path=path, pattern="f()", paths=paths).findings) == count


def test_suppression_silences_and_is_kept() -> None:
    report = _check("f()  # guard: ignore[r] reason=known\n", pattern="f()")
    assert not report.findings
    assert report.suppressed[0].reason == "known"


def test_rule_for_semgrep_is_deferred_with_its_reason() -> None:
    report = _check("f()", mode="taint")
    assert "taint" in report.deferred[0].reason


def test_file_that_does_not_parse_is_skipped_with_its_reason() -> None:
    report = _check("f(\n", pattern="f()")
    assert "line 1" in report.skipped[0].reason
    assert report.files_checked == 0


def test_time_budget_skips_what_is_left() -> None:
    target = Target("a.py", b"f()", None)
    report = check_targets(_compiled(pattern="f()"), [target], out_of_time=lambda: True)
    assert "budget" in report.skipped[0].reason


@pytest.mark.parametrize(
    ("source", "lines", "survives"),
    [
        ("g()\n", None, False),
        ("import m\nm.get()\n", None, True),
        ("import m\nm.get()\n\ndef f():\n    pass\n", ((4, 5),), False),
        ("import m\n\ndef f():\n    x = 1\n    m.get()\n", ((4, 4),), True),
        ("from m import get as g\n\n\ndef f():\n    g()\n", ((5, 5),), True),
        ("m.get(\na,\nb,\n)\n", ((3, 3),), True),
        ('m.get("""\ndef x\n""", 1)\n', ((3, 3),), True),
    ],
)
def test_prefilter_keeps_what_could_match_near_the_change(
    source: str, lines: Any, survives: bool
) -> None:
    compiled = _compiled(pattern="m.get(...)")
    assert bool(prefilter(compiled, source.encode(), lines).rules) is survives


def test_shipped_rules_walk_the_standard_library_without_a_crash() -> None:
    compiled = compile_rules(load_rules(ROOT / "rules").rules)
    library = Path(sys.modules["os"].__file__ or "").parent
    files = sorted(library.glob("*.py"))[::6] + sorted((library / "asyncio").glob("*.py"))
    targets = [Target(file.name, file.read_bytes(), None) for file in files]
    report = check_targets(compiled, targets, fixes=False)
    assert report.files_checked + len(report.skipped) == len(targets)


def test_a_rule_that_takes_too_long_in_a_file_is_listed_as_skipped_there() -> None:
    rules = [
        {"id": "slow", "pattern": "...\n$X = 1\n...\nfoo($X)\n..."},
        {"id": "quick", "pattern": "bar()"},
    ]
    compiled = compile_rules(
        Rule(
            rule["id"], "m", "ERROR", "block", 3, ("python",),
            {"languages": ["python"], "severity": "ERROR", "message": "m", **rule},
        )
        for rule in rules
    )  # fmt: skip
    source = "a = 1\nfoo(a)\n" * 1_000 + "bar()\n"
    report = check_targets(compiled, [Target("a.py", source.encode(), None)])
    assert [(f.rule_id, f.start_line) for f in report.findings] == [("quick", 2_001)]
    (skip,) = report.skipped
    assert skip.path == "a.py"
    assert skip.reason.startswith("rule slow was stopped: there are too many ways")
