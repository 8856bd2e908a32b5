"""What a range leaves unjudged, and what it silences, is told in every format that tells things."""

from __future__ import annotations

import json

from devmatrix_guard.model.report import CheckReport, NewSuppression, Unjudged
from devmatrix_guard.reports.render import render
from tests.reports.samples import NAIVE_CLOCK, range_report


def test_text_tells_each_once_and_counts_them() -> None:
    assert render("text", range_report()) == (
        "new suppression b.py:3: `nosemgrep` silences every rule\n"
        "not judged b.py: rule odd was stopped: too slow\n"
        "not judged data/big.py: larger than 1024 KB\n"
        "not judged link.py: symbolic link\n"
        "3 changes not judged, 1 failing (on-unjudged = fail).\n"
        "1 new suppression.\n"
    )


def test_github_annotates_what_fails_as_an_error() -> None:
    assert render("github", range_report()).splitlines() == [
        "::error file=data/big.py,line=1,title=devmatrix-guard::Not judged: larger than 1024 KB",
        "::warning file=b.py,line=1,title=devmatrix-guard::"
        "Not judged: rule odd was stopped: too slow",
        "::warning file=link.py,line=1,title=devmatrix-guard::Not judged: symbolic link",
        "::warning file=b.py,line=3,title=devmatrix-guard::"
        "New suppression: `nosemgrep` silences every rule",
    ]


def test_github_counts_the_rest_and_leaves_room_for_findings() -> None:
    report = CheckReport(
        findings=tuple(NAIVE_CLOCK._replace(start_line=line) for line in range(1, 15)),
        unjudged=tuple(Unjudged(f"{n}.py", "too deep", fails=True) for n in range(9)),
        new_suppressions=tuple(NewSuppression("a.py", n, "x") for n in range(1, 9)),
    )
    lines = render("github", report).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert "6 more changes were not judged" in lines[3]
    assert "5 more new suppressions" in lines[7]
    assert "8 more findings" in lines[-1]


def test_json_says_which_of_them_fail() -> None:
    data = json.loads(render("json", range_report()))
    assert data["unjudged"] == [
        {
            "path": "b.py",
            "reason": "rule odd was stopped: too slow",
            "rule_id": "odd",
            "fails": False,
        },
        {"path": "data/big.py", "reason": "larger than 1024 KB", "rule_id": None, "fails": True},
        {"path": "link.py", "reason": "symbolic link", "rule_id": None, "fails": False},
    ]
    assert data["new_suppressions"] == [
        {"path": "b.py", "line": 3, "text": "`nosemgrep` silences every rule", "fails": False}
    ]


def test_sarif_notifies_once() -> None:
    run = json.loads(render("sarif", range_report()))["runs"][0]
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["message"]["text"]) for one in notifications] == [
        ("warning", "Not judged: rule odd was stopped: too slow"),
        ("error", "Not judged: larger than 1024 KB"),
        ("warning", "Not judged: symbolic link"),
        ("warning", "New suppression: `nosemgrep` silences every rule"),
    ]


def test_markdown_lists_them_below_the_counts() -> None:
    text = render("markdown", range_report())
    assert "3 changes not judged, 1 failing" in text
    assert "- **not judged**, fails: <code>data/big.py</code>" in text
    assert "- new suppression: <code>b.py:3</code>" in text
    assert "not checked" not in text
