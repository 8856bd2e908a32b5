"""The shipped rules find each place once, and nothing in what `guard generate` makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devmatrix_guard.engine.matching.match import Match, find_matches
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.engine.tree.source import SourceError
from devmatrix_guard.model.rule import Rule
from tests.helpers import commit, make_repo
from tests.helpers_fork import run_guard

_ROOT = Path(__file__).parents[3]
_RULES = load_rules(_ROOT / "rules").rules
_CALL = re.compile(r"(?m)^(\s*|.*?[=(] ?)(?!await\b|def\b|class\b)([a-z]\w*(?:\.\w+)+\()")


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_each_place_once(rule: Rule) -> None:
    for example in rule.examples:
        # as it is written, and awaited, where two forms of one pattern would both find it
        for code in (example.code, _CALL.sub(r"\1await \2", example.code)):
            try:
                spans = {_read_span(match) for match in find_matches(rule.body, code)}
            except SourceError:
                continue
            doubles = [(a, b) for a in spans for b in spans if a != b and a[0] <= b[0] < a[1]]
            assert not doubles, code


def _read_span(match: Match) -> tuple[tuple[int, int], tuple[int, int]]:
    return (match.start_line, match.start_col), (match.end_line, match.end_col)


def test_a_generated_application_has_no_findings(tmp_path: Path) -> None:
    spec = (_ROOT / "examples/shop/shop.yaml").read_text()
    repo = make_repo(tmp_path / "repo", {"shop.yaml": spec})
    assert run_guard(repo, "generate", "shop.yaml", "-o", "app").returncode == 0
    commit(repo, {}, "Generate", day=2)
    done = run_guard(repo, "check", "--all", "--rules", str(_ROOT / "rules"))
    assert (done.returncode, done.stdout) == (0, "")
