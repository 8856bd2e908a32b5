"""Tables fit a terminal of 80 columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.model.answers.rule_test import ListedRule, RuleList
from devmatrix_guard.model.diff import Deferral, Skip
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern
from devmatrix_guard.model.report import CheckReport, NewSuppression, Note, Unjudged
from devmatrix_guard.reports.formats.text import render
from devmatrix_guard.reports.layout import Piece, wrap_line
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.views.patterns import write_list_lines
from devmatrix_guard.reports.views.rule_list import write_rule_lines
from tests.helpers import make_repo
from tests.helpers_fork import run_guard


@pytest.mark.parametrize(
    "args", [("bank", "list"), ("rules", "list"), ("layers", "4")], ids=" ".join
)
def test_a_list_fits_eighty_columns(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = run_guard(make_repo(tmp_path, {"a.py": "x = 1\n"}), *args)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if len(line) > 80] == []


def test_a_rule_of_a_long_name_fits_eighty_columns() -> None:
    rule = ListedRule(
        rule_id="learned-" + "long-" * 12,
        stage="candidate",
        severity="WARNING",
        layer=5,
        origin="learned",
        path=".guard/rules/a.yml",
        has_fix=True,
        needs_semgrep="",
    )
    short = rule._replace(rule_id="short", origin="shipped")
    lines = [
        "".join(p.text for p in line) for line in write_rule_lines(RuleList((rule, short), ()))
    ]
    assert [line for line in lines if len(line) > 80] == []
    assert len({line.index("layer 5") for line in lines if "layer" in line}) == 1
    assert "    .guard/rules/a.yml" in lines


def test_rules_of_the_project_begin_the_list_and_are_named_where_a_terminal_stops() -> None:
    own = ListedRule("own", "warn", "WARNING", 0, "mined", ".guard/rules/own.yml", True, "")
    shipped = own._replace(rule_id="shipped", origin="shipped")
    lines = [
        "".join(piece.text for piece in line)
        for line in write_rule_lines(RuleList((own, shipped), ()))
    ]
    assert [line.split()[0] for line in lines] == ["own", ".guard/rules/own.yml", "shipped", "2"]
    assert lines[-1] == "2 rules, 1 of this repository: own"


def test_patterns_fit_eighty_columns() -> None:
    evidence = Evidence(commits=100, files=100, sites_fixed=12_345, left_alone=12_345)
    pattern = FixPattern(
        id="0" * 64,
        title="before → after " * 9,
        before="a",
        after="b",
        anchors=(),
        pairs=(),
        evidence=evidence,
        stage="candidate",
        layer=None,
        severity="INFO",
        constraints={},
    )
    lines = ["".join(p.text for p in line) for line in write_list_lines([pattern])]
    assert [line for line in lines if len(line) > 80] == []
    assert lines[1].startswith("  before → after ") and lines[1].endswith("…")


def test_what_is_told_beside_findings_fits_eighty_columns() -> None:
    long = "what is said of it takes more words than are left on the line of its place, so " * 2
    report = CheckReport(
        notes=(Note("", 0, long), Note("a/b.py", 3, long), Note("a/b.py", 3, "short")),
        skipped=(Skip("c/d.py", long),),
        deferred=(Deferral("rule", long),),
        unjudged=(Unjudged("e.py", long),),
        new_suppressions=(NewSuppression("f.py", 7, long),),
    )
    lines = render(report, RenderOptions()).splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert "note a/b.py:3 short" in lines
    heads = [line for line in lines if not line.startswith("  ")]
    assert [head[:30].rstrip() for head in heads[:6]] == [
        "note what is said of it takes",
        "note a/b.py:3",
        "note a/b.py:3 short",
        "new suppression f.py:7:",
        "not judged e.py:",
        "skipped c/d.py:",
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("short", ["short"]),
        ("  one two three four five six", ["  one two three four", "    five six"]),
        (
            "  │  ├─ one two three four five",
            ["  │  ├─ one two", "  │  │    three four", "  │  │    five"],
        ),
        ("  └─ one two three four five", ["  └─ one two three", "       four five"]),
        ("one-word-that-is-longer-than-all", ["one-word-that-is-longer-than-all"]),
        ("a word-that-is-longer-than-all b", ["a", "  word-that-is-longer-than-all", "  b"]),
    ],
)
def test_a_line_goes_on_below_itself(text: str, rows: list[str]) -> None:
    head, mark, rest = text.partition(" t")
    for line in ((Piece(text),), (Piece(head), Piece(mark + rest, "dim"))):
        found = ["".join(piece.text for piece in row) for row in wrap_line(line, 20)]
        assert found == rows
