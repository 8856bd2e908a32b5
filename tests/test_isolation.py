"""A failure of ours costs the file, commit or rule it concerns, is told, and is never a green."""

from __future__ import annotations

import marshal
import zlib
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.commands.learn.history import read_history
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.matching.match import match_rule, match_rules
from devmatrix_guard.engine.rules.cache import _MAGIC
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.rules.compiled import CompiledRules, unpack
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.errors import DEFECT, UsageError, describe_defect
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule
from devmatrix_guard.reports.render import render
from devmatrix_guard.reports.terminal import RenderOptions
from tests.helpers import commit, make_repo
from tests.matrix.world import BAD, World, run

_SOURCE = b"eval(1)\nexec(2)\n"


def _compiled() -> CompiledRules:
    bodies: dict[str, dict[str, Any]] = {
        "no-eval": {"pattern": "eval($X)", "fix": "abs($X)"},
        "no-exec": {"pattern": "exec($X)"},
    }
    return compile_rules(
        Rule(name, "", "ERROR", "block", None, ("python",), {"id": name, **body})
        for name, body in bodies.items()
    )


def _damaged(compiled: CompiledRules, **values: Any) -> CompiledRules:
    """Return the rules with something in the first that nothing can be done with."""
    for name, value in values.items():
        setattr(compiled.rule(0), name, value)
    return compiled


def _found(report: CheckReport) -> list[str]:
    return [finding.rule_id for finding in report.findings]


@pytest.mark.parametrize("lines", [None, ((1, 2),)], ids=["whole", "near"])
@pytest.mark.parametrize(
    "values",
    [
        {"leaves": [("E", ("no-such-kind", 1), False)]},
        {"leaves": [("E", ("no-such-kind", 1), False, (), (), None)]},
        {"formula": ("leaf", 7)},
        {"message": 7},
        {"sources": [7]},
    ],
    ids=["short pattern", "pattern", "formula", "message", "sources"],
)
def test_a_rule_that_fails_is_told_and_hides_no_other(values: dict[str, Any], lines: Any) -> None:
    report = check_targets(_damaged(_compiled(), **values), [Target("x.py", _SOURCE, lines)])
    assert _found(report) == ["no-exec"]
    assert report.has_defect
    (skip,) = report.skipped
    assert skip.path == "x.py"
    assert "no-eval" in skip.reason
    assert "Error" in skip.reason


def test_a_fix_that_fails_leaves_the_finding_and_the_other_fixes() -> None:
    bodies: dict[str, dict[str, Any]] = {
        name: {"id": name, "pattern": f"{name}($X)", "fix": "abs($X)"} for name in ("hex", "oct")
    }
    rules = compile_rules(
        Rule(name, "", "ERROR", "block", None, ("python",), body) for name, body in bodies.items()
    )
    rules.rule(0).body = {**bodies["hex"], "metadata": {"guard": {"examples": 7}}}
    rules.rule(0).has_fix = rules.rule(1).has_fix = True
    report = check_targets(rules, [Target("x.py", b"hex(1)\noct(2)\n", None)])
    assert _found(report) == ["hex", "oct"]
    assert [f.fix is not None for f in report.findings] == [False, True]
    assert "the fix of the rule hex" in report.skipped[0].reason


def test_a_file_that_fails_hides_no_other() -> None:
    odd: Any = "eval(1)"  # text where bytes are expected
    report = check_targets(
        _compiled(), [Target("odd.py", odd, None), Target("x.py", _SOURCE, None)]
    )
    assert _found(report) == ["no-eval", "no-exec"]
    assert [skip.path for skip in report.skipped] == ["odd.py"]
    assert DEFECT in report.skipped[0].reason
    assert DEFECT in render("text", report, RenderOptions())


def test_a_rule_that_cannot_be_compiled_is_switched_off_alone() -> None:
    odd: Any = {"pattern": "eval(...)", "paths": {"include": ["a"]}, "options": 7}
    good = Rule("good", "", "ERROR", "block", None, ("python",), {"pattern": "exec(...)"})
    rules = compile_rules([Rule("odd", "", "ERROR", "block", None, ("python",), odd), good])
    assert rules.in_process == ("good",)
    report = check_targets(rules, [Target("x.py", _SOURCE, None)])
    assert _found(report) == ["good"]


def test_a_single_rule_fails_where_only_it_was_asked_for() -> None:
    with pytest.raises(KeyError):
        leaf = ("E", ("no-such-kind",), False, (), (), None)
        match_rule(Source(_SOURCE), ([leaf], ("leaf", 0)), {})


@pytest.mark.parametrize(
    "damaged",
    [
        ([("E", ("no-such-kind", 1), False)], ("leaf", 0)),
        ([("E", ("no-such-kind", 1), False, (), (), None)], ("leaf", 0)),
        ([], ("leaf", 7)),
    ],
    ids=["short pattern", "pattern", "formula"],
)
def test_of_rules_that_are_proven_together_only_the_one_that_fails_is_lost(damaged: Any) -> None:
    bodies = ({"pattern": "eval($X)"}, {"pattern": "exec($X)"})
    rules: list[Any] = [compile_body(body) for body in bodies]
    found = match_rules(Source(_SOURCE), [rules[0], (damaged, {}), rules[1]], None)
    assert [each and [match.text for match in each] for each in found] == [
        ["eval(1)"],
        None,
        ["exec(2)"],
    ]


def test_what_the_user_can_mend_is_no_defect() -> None:
    with pytest.raises(UsageError):
        describe_defect(UsageError("correct the path"))
    with pytest.raises(OSError, match="full"):
        describe_defect(OSError("the disk is full"))


@pytest.mark.parametrize("args", [(), ("--exit-zero",), ("--format=json",), ("--staged",)])
def test_a_defect_alone_ends_with_3_and_with_findings_with_1(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    world = World.make(tmp_path / "world")
    world.stage({"guard.toml": "shipped = false\n", ".guard/rules/b.yml": _SECOND})
    world.commit({"guard.toml": "shipped = false\n"})
    world.stage({"a.py": BAD})
    assert world.hook("a.py").code == 1
    _damage(world.root)
    done = _hook(world.root, *args)
    assert done.code == 3
    assert DEFECT in done.out + done.err
    world.stage({"c.py": "third(1)\n"})
    if "--exit-zero" not in args:
        assert _hook(world.root, *args).code == 1


_SECOND = """\
rules:
  - id: no-third
    languages: [python]
    severity: ERROR
    message: third is gone.
    pattern: third($X)
"""


def _hook(root: Path, *args: str) -> Any:
    from subprocess import run as start
    from sys import executable

    done = start(
        [Path(executable).parent / "guard-hook", *args],
        cwd=root,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert "Traceback" not in done.stderr
    from tests.matrix.world import Result

    return Result(done.returncode, done.stdout, done.stderr)


def _damage(root: Path) -> None:
    """Put a rule into the cache that no matcher understands, as a defect would."""
    (cache,) = (root / ".git/guard").glob("rules-*.bin")
    head = len(_MAGIC) + 4
    stored = list(marshal.loads(cache.read_bytes()[head:]))  # noqa: S302  # made by our own run
    fields = list(stored[4])
    rules = [unpack(packed) for packed in fields[1]]
    for rule in rules:
        if rule.id == "no-old-call":
            rule.leaves = [("E", ("no-such-kind", 1), False)]
    fields[1] = [rule.packed() for rule in rules]
    stored[4] = tuple(fields)
    data = marshal.dumps(tuple(stored))
    cache.write_bytes(_MAGIC + zlib.crc32(data).to_bytes(4, "big") + data)


def test_a_commit_that_fails_teaches_nothing_and_stops_no_other(tmp_path: Path) -> None:
    make_repo(tmp_path / "r", {"a.py": "x = old(1)\n", "b.py": "y = old(2)\n"})
    commit(tmp_path / "r", {"a.py": "x = new(1)\n"}, "Fix a")
    commit(tmp_path / "r", {"b.py": "y = new(2)\n"}, "Fix the odd one")
    repo = find_repository(tmp_path / "r")

    def redact(text: str) -> str:
        if "odd" in text:
            raise ZeroDivisionError("a defect")
        return text

    with BlobReader(repo) as blobs:
        history = read_history(repo, blobs, redact=redact)
    assert len(history.fixes) == 1
    (told,) = history.defects
    assert "ZeroDivisionError" in told
    assert "reading commit" in told


def test_a_file_of_comments_alone_does_not_end_learning(tmp_path: Path) -> None:
    root = make_repo(
        tmp_path / "r", {"a.py": "x = old(1)\n", "n.py": "# old(1)\n", "guard.toml": ""}
    )
    for name in "abc":
        commit(root, {f"{name}.py": f"{name} = old(1)\nkeep({name})\n"}, f"Add {name}")
    for name in "abc":
        commit(root, {f"{name}.py": f"{name} = new(1)\nkeep({name})\n"}, f"Fix {name} crash")
    commit(root, {"n.py": "# old(1)\n# old(2)\n", "m.py": "    # old(3)\n"}, "Note")
    commit(root, {"d.py": "d = old(4)\n"}, "Add d")
    for command in (("try",), ("learn",), ("check", "--all"), ("check", "--range=HEAD~3")):
        done = run("guard", root, *command)
        assert done.code in (0, 1), (command, done)
        assert DEFECT not in done.out + done.err
