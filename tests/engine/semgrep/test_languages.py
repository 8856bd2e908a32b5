"""Rules for several languages: Python runs in process, what is left is named or semgrep's."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.engine.semgrep.languages import covers_path
from devmatrix_guard.engine.semgrep.tier import SemgrepTier, list_not_run
from devmatrix_guard.model.diff import Target


def _compile(languages: str, pattern: str = "pattern: eval(...)") -> CompiledRules:
    text = f"rules: [{{id: r, message: m, severity: ERROR, languages: [{languages}], {pattern}}}]"
    return compile_rules(parse_rules(text.encode(), "r.yml").rules)


def test_a_rule_for_python_and_others_runs_in_process_on_python() -> None:
    compiled = _compile("python, javascript")
    report = check_targets(compiled, [Target("a.py", b"eval(1)\n", None)])
    assert [finding.rule_id for finding in report.findings] == ["r"]
    assert not list_not_run(compiled, ["a.py"])


def test_it_is_told_where_a_file_of_the_others_is_there() -> None:
    compiled = _compile("python, javascript")
    deferred = list_not_run(compiled, ["a.py", "web/a.js"])
    assert [(d.rule_id, d.reason) for d in deferred] == [
        ("r", "needs semgrep: a rule for javascript")
    ]


@pytest.mark.parametrize("language", ["regex", "generic"])
def test_a_rule_of_regular_expressions_runs_in_process_on_python(language: str) -> None:
    compiled = _compile(language, "pattern-regex: secret")
    assert compiled.in_process == ("r",)
    assert list_not_run(compiled, ["notes.txt"])
    assert not list_not_run(compiled, ["a.py"])


def test_a_generic_pattern_needs_semgrep() -> None:
    compiled = _compile("generic", "pattern: secret")
    assert list(compiled.refused) == ["r"]
    assert list_not_run(compiled, ["a.py"])


def test_semgrep_is_handed_the_files_of_the_other_languages_alone() -> None:
    with SemgrepTier(_compile("python, javascript")) as tier:
        assert tier.concerns("a.js")
        assert tier.concerns("b.jsx")
        assert not tier.concerns("a.py")
        assert not tier.concerns("a.go")


@pytest.mark.parametrize(
    ("language", "path", "is_meant"),
    [
        ("js", "a/b.mjs", True),
        ("typescript", "a.tsx", True),
        ("typescript", "a.js", False),
        ("dockerfile", "build/Dockerfile.dev", True),
        ("yaml", ".github/w.yml", True),
        ("regex", "LICENSE", True),
        ("bash", "bin/run", True),
        ("some-new-one", "a.new", True),
    ],
)
def test_files_are_told_by_their_names(language: str, path: str, is_meant: bool) -> None:
    assert covers_path([language], path) is is_meant
