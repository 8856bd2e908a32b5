"""Rules that need semgrep are run by it once, or listed with the reason; never dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.engine.semgrep.prefilter import demand_of, may_match
from devmatrix_guard.engine.semgrep.process import SemgrepError, find_semgrep
from devmatrix_guard.engine.semgrep.tier import SemgrepTier, _strip_metadata
from devmatrix_guard.model.diff import Deferral, Target
from devmatrix_guard.model.report import CheckReport
from tests.engine.oracle import semgrep_path

TAINT = {
    "id": "demo.taint",
    "languages": ["python"],
    "severity": "ERROR",
    "message": "tainted",
    "mode": "taint",
    "pattern-sources": [{"pattern": "read_input()"}],
    "pattern-sinks": [{"pattern": "run_query(...)"}],
}
BAD = "é = '𝄞'; x = read_input(); y = '𝄞'; run_query(x)\n"


def _compiled(*bodies: dict[str, Any]) -> CompiledRules:
    loaded = parse_rules(json.dumps({"rules": bodies}).encode(), "rules.yml")
    assert not loaded.errors
    return compile_rules(loaded.rules)


def _check(compiled: CompiledRules, *targets: Target, **options: Any) -> CheckReport:
    with SemgrepTier(compiled, **options) as tier:
        return tier.added_to(check_targets(compiled, tier.watch(targets)))


@pytest.fixture
def semgrep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the semgrep of the development environment where guard looks for it."""
    found = semgrep_path()
    if found is None:
        pytest.skip("semgrep is not installed: run scripts/setup dev first")
    monkeypatch.setenv("GUARD_SEMGREP_PATH", found)


def _program(path: Path, lines: Iterable[str]) -> str:
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n", "utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.oracle
def test_tainted_call_is_found_where_it_stands(semgrep: None) -> None:
    compiled = _compiled(TAINT)
    report = _check(compiled, Target("tests/a b.py", BAD.encode(), None))
    (finding,) = report.findings
    assert (finding.rule_id, finding.path, finding.stage) == ("demo.taint", "tests/a b.py", "block")
    column = BAD.index("run_query") + 1
    assert finding[2:6] == (1, column, 1, column + len("run_query(x)"))
    assert finding.fingerprint
    assert not report.deferred


@pytest.mark.oracle
def test_semgrep_gets_a_rule_without_what_only_guard_reads() -> None:
    assert _strip_metadata({**TAINT, "metadata": {"guard": {"examples": []}}}) == TAINT


def test_lines_suppressions_and_paths_count_as_in_process(semgrep: None) -> None:
    rule = {**TAINT, "paths": {"exclude": ["old/"]}}
    code = b"x = read_input()\nrun_query(x)\n\nrun_query(x)  # guard: ignore[demo.taint]\n"
    report = _check(
        _compiled(rule),
        Target("a.py", code, ((1, 1), (4, 4))),
        Target("old/a.py", code, None),
        Target("b.py", b"# coding: latin-1\nz = '\xe9'; run_query(read_input())\n", None),
    )
    assert [(f.path, f.start_line, f.start_col) for f in report.findings] == [("b.py", 2, 10)]
    assert [s.finding.start_line for s in report.suppressed] == [4]


@pytest.mark.oracle
def test_rule_semgrep_refuses_is_deferred_alone(semgrep: None) -> None:
    broken = {**TAINT, "id": "demo.broken", "pattern-sinks": [{"pattern": "run_query(("}]}
    report = _check(_compiled(TAINT, broken), Target("a.py", BAD.encode(), None))
    assert [f.rule_id for f in report.findings] == ["demo.taint"]
    (deferred,) = report.deferred
    assert deferred.rule_id == "demo.broken"
    assert "semgrep refused it" in deferred.reason


def test_rule_is_deferred_with_the_reason_when_semgrep_is_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (deferred,) = _check(_compiled(TAINT), Target("a.py", BAD.encode(), None)).deferred
    assert deferred == Deferral("demo.taint", "semgrep is not installed")


def test_rule_that_no_file_could_match_needs_no_semgrep(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = _check(_compiled(TAINT), Target("a.py", b"x = read_input()\n", None))
    assert not report.deferred
    assert not report.findings


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["echo 9.9.9"], "not one of the versions tested"),
        (["echo what"], "not one of the versions tested"),
        (["exit 3"], "does not start"),
        (['[ "$2" = --version ] && echo 1.182.0 && exit', "echo bad >&2; exit 2"], "failed: bad"),
        (['[ "$2" = --version ] && echo 1.182.0 && exit', "echo '[]'"], "a form this version"),
        (['[ "$2" = --version ] && echo 1.182.0 && exit', "sleep 60 & wait"], "longer than 1 s"),
    ],
)
def test_failing_semgrep_defers_its_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str], reason: str
) -> None:
    monkeypatch.setenv("GUARD_SEMGREP_PATH", _program(tmp_path / "semgrep", lines))
    report = _check(_compiled(TAINT), Target("a.py", BAD.encode(), None), seconds=1.0)
    (deferred,) = report.deferred
    assert deferred.rule_id == "demo.taint"
    assert reason in deferred.reason
    assert not report.findings


def test_named_semgrep_that_is_no_program_is_said(tmp_path: Path) -> None:
    with pytest.raises(SemgrepError, match="GUARD_SEMGREP_PATH="):
        find_semgrep({"GUARD_SEMGREP_PATH": str(tmp_path), "PATH": str(tmp_path)})


def test_version_is_asked_for_once_and_damage_to_its_cache_is_mended(tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = _program(tmp_path / "semgrep", [f"echo x >> {count}", "echo 1.150.0"])
    environ = {"GUARD_SEMGREP_PATH": program, "PATH": "/usr/bin:/bin"}
    cache = tmp_path / "cache"
    assert find_semgrep(environ, cache).version == "1.150.0"
    assert find_semgrep(environ, cache).version == "1.150.0"
    assert count.read_text() == "x\n"
    (cache / "semgrep.json").write_bytes(b"\xff{")
    Path(program).write_text(Path(program).read_text() + "# changed\n")
    assert find_semgrep(environ, cache).version == "1.150.0"
    assert json.loads((cache / "semgrep.json").read_bytes())["version"] == "1.150.0"


@pytest.mark.parametrize("path", ["../out.py", "/abs.py", "a/../../out.py", "x" * 300 + ".py"])
def test_file_that_would_leave_the_folder_is_not_copied(path: str, tmp_path: Path) -> None:
    with SemgrepTier(_compiled(TAINT)) as tier:
        assert list(tier.watch([Target(path, BAD.encode(), None)]))
        assert not list((tier._folder / "files").rglob("*.py"))


def test_file_that_is_not_utf_8_is_told() -> None:
    body = {**TAINT, "languages": ["javascript"], "mode": "search", "pattern": "f(...)"}
    body = {key: value for key, value in body.items() if not key.startswith("pattern-s")}
    with SemgrepTier(_compiled(body)) as tier:
        tier.add(Target("a.js", b"f('\xe9')", None))
        report = tier.added_to(CheckReport())
    assert [(skip.path, "UTF-8" in skip.reason) for skip in report.skipped] == [("a.js", True)]


@pytest.mark.parametrize(
    ("body", "source", "expected"),
    [
        (TAINT, b"read_input run_query", True),
        (TAINT, b"read_input", False),
        ({"pattern": "a.b($X, key=1)"}, b"from a import b; b(2, key=1)", True),
        ({"pattern": "a.b($X)"}, b"a", False),
        ({"pattern": "f('name')"}, b"f(x)", True),
        ({"pattern": "f(($X: Kind))"}, b"f(x)", True),
        ({"patterns": [{"pattern": "f()"}, {"pattern-not": "g()"}]}, b"f", True),
        ({"patterns": [{"pattern-inside": "class A: ..."}, {"pattern": "f()"}]}, b"f", False),
        ({"pattern-either": [{"pattern": "f()"}, {"pattern": "g()"}]}, b"g", True),
        ({"pattern-either": [{"pattern": "f()"}, {"pattern-regex": "x"}]}, b"", True),
        ({"pattern-regex": "x"}, b"", True),
        ({"mode": "join", "join": {}}, b"", True),
        ({"patterns": "nonsense"}, b"", True),
    ],
)
def test_only_files_with_the_demanded_words_are_scanned(
    body: dict[str, Any], source: bytes, expected: bool
) -> None:
    assert may_match(demand_of(body), source) is expected


def _answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **answer: Any) -> None:
    """Put a program in semgrep's place that says this of what it is given."""
    said = tmp_path / "said.json"
    said.write_text(json.dumps({"results": [], **answer}), "utf-8")
    version = '[ "$2" = --version ] && echo 1.182.0 && exit'
    program = _program(tmp_path / "semgrep", [version, f"cat {said}"])
    monkeypatch.setenv("GUARD_SEMGREP_PATH", program)


@pytest.mark.parametrize(
    ("error", "deferred", "note"),
    [
        ({"rule_id": "guard-0", "message": "bad"}, "semgrep refused it: bad", None),
        ({"rule_id": "x.guard-0", "type": "Odd"}, "semgrep refused it: Odd", None),
        ({"rule_id": "guard-0"}, "semgrep refused it: unknown", None),
        ({"rule_id": "guard-0", "message": ""}, "semgrep refused it: it failed", None),
        (
            {"rule_id": "guard-0", "message": "one \n two\nthree"},
            "semgrep refused it: one two",
            None,
        ),
        (
            {"rule_id": "guard-0", "message": "a" * 300},
            f"semgrep refused it: {'a' * 200}",
            None,
        ),
        ({"rule_id": "guard-0", "path": "a.py", "message": "bad"}, None, "a.py 0 semgrep: bad"),
        ({"rule_id": "guard-1", "message": "bad"}, None, " 0 semgrep: bad"),
        ({"rule_id": "other", "message": "bad"}, None, " 0 semgrep: bad"),
        ({"message": "bad"}, None, " 0 semgrep: bad"),
    ],
)
def test_what_semgrep_could_not_do_is_a_deferred_rule_or_a_note(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: dict[str, str],
    deferred: str | None,
    note: str | None,
) -> None:
    _answer(tmp_path, monkeypatch, errors=[error])
    report = _check(_compiled(TAINT), Target("a.py", BAD.encode(), None))
    assert [one.reason for one in report.deferred] == ([deferred] if deferred else [])
    shown = [f"{one.path} {one.line} {one.text}" for one in report.notes]
    assert shown == ([note] if note else [])


def _result(row: int, start: int, end: int, **more: Any) -> dict[str, Any]:
    place = {"start": {"line": row, "col": start}, "end": {"line": row, "col": end}}
    return {"check_id": "guard-0", "path": "a.py", **place, **more}


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([], []),
        ([_result(1, 1, 3)], ["1 1-2 tainted"]),
        ([_result(1, 3, 4)], ["1 2-3 tainted"]),
        ([_result(2, 1, 2)], ["2 1-2 tainted"]),
        ([_result(3, 1, 2)], []),
        ([_result(1, 1, 3), _result(1, 1, 3)], ["1 1-2 tainted"]),
        ([_result(2, 1, 2), _result(1, 1, 3)], ["1 1-2 tainted", "2 1-2 tainted"]),
        ([_result(1, 1, 3, extra={"message": " said "})], ["1 1-2 said"]),
        ([_result(1, 1, 3, extra={"fix": "b"})], ["1 1-2 tainted b"]),
        ([_result(1, 1, 3, check_id="guard-1")], []),
        ([_result(1, 1, 3, check_id="other")], []),
        ([_result(1, 1, 3, path="b.py")], []),
    ],
)
def test_what_semgrep_found_is_shown_at_its_letters(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    results: list[dict[str, Any]],
    found: list[str],
) -> None:
    _answer(tmp_path, monkeypatch, results=results)
    code = "é = run_query(read_input())\na\nb\n".encode()
    report = _check(_compiled(TAINT), Target("a.py", code, ((1, 2),)))
    assert not report.deferred
    assert [
        f"{f.start_line} {f.start_col}-{f.end_col} {f.message}"
        + "".join(f" {edit.text}" for edit in (f.fix.edits if f.fix else ()))
        for f in report.findings
    ] == found
