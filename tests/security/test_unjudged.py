"""Nothing that a range changes passes unjudged: it is judged, or told with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import git
from tests.matrix.world import BAD, GOOD, RULE, SETTINGS, Result, World

Files = Mapping[str, str | bytes | None]
SLOW_RULE = """\
rules:
  - id: slow
    languages: [python]
    severity: ERROR
    message: slow
    patterns:
      - pattern: f("...")
      - pattern-regex: '(a|a)*b'
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule that blocks."""
    return World.make(tmp_path / "world")


def _change(world: World, before: Files, after: Files) -> None:
    """Commit `before`, mark it as the base, and commit `after`."""
    world.commit(before, "Before")
    world.git("tag", "base")
    world.commit(after, "After")


def _range(world: World, *args: str, **more: Any) -> Result:
    return world.json("--range", "base...HEAD", *args, **more)


def _unjudged(result: Result) -> list[tuple[str, bool]]:
    return [(one["path"], one["fails"]) for one in result.report["unjudged"]]


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        pytest.param({"b.py": BAD + "# " + "x" * 2**21}, "over max-file-kb", id="large"),
        pytest.param({"b.py": BAD.encode("utf-16")}, "UTF-16", id="utf-16"),
        pytest.param({"b.py": BAD.encode() + b"\0"}, "NUL", id="binary"),
        pytest.param({"b.py": BAD.encode() + b"\xff\n"}, "not Python", id="invalid utf-8"),
        pytest.param(
            {"b.py": b"# coding: ascii\n# \xe9\n" + BAD.encode()}, "not Python", id="cookie"
        ),
        pytest.param({"b.py": "# coding: utf-7\n+AG8AbABkXw-call(1)\n"}, "utf-7", id="utf-7"),
        pytest.param(
            {"b.py": "# coding: unicode_escape\n\\x6f(1)\n"}, "unicode_escape", id="escape"
        ),
        pytest.param({"b.py": "# coding: pyxl\n# " + BAD}, "pyxl", id="an unknown encoding"),
        pytest.param({"b.py": "# coding: rot13\nx = 1\n"}, "rot13", id="no text encoding"),
        pytest.param(
            {"b.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": f"x\n{BAD}"}]})},
            "one row",
            id="a notebook on one row",
        ),
        pytest.param({"b.py": BAD + "y = " + "-" * 60_000 + "1\n"}, "too deeply", id="deep"),
        pytest.param({"b.py": BAD + "def\n"}, "not Python", id="no Python"),
        pytest.param({"b\\c.py": BAD}, "backslash", id="backslash"),
        pytest.param({"b.py": "version https://git-lfs.github.com/spec/v1\n"}, "LFS", id="pointer"),
        pytest.param({"tool": b"#!/usr/bin/python\n\0" + BAD.encode()}, "NUL", id="script"),
    ],
)
def test_what_cannot_be_judged_fails_with_its_reason(
    world: World, after: Files, reason: str
) -> None:
    _change(world, {}, after)
    found = _range(world)
    assert found.code == 1
    assert _unjudged(found) == [(next(iter(after)), True)]
    assert reason in found.report["unjudged"][0]["reason"]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param({}, {"b.py": "# @generated\n" + BAD}, 2, id="marker in a new file"),
        pytest.param(
            {"b.py": GOOD}, {"b.py": "# @generated\n" + GOOD + BAD}, 3, id="marker newly added"
        ),
        pytest.param({"b.py": "# @generated\n" + BAD}, {"b.py": BAD}, 1, id="marker taken away"),
        pytest.param({"b.txt": BAD * 9}, {"b.txt": None, "b.py": BAD * 9}, 1, id="into .py"),
        pytest.param(
            {"gen/b.py": BAD * 9}, {"gen/b.py": None, "b.py": BAD * 9}, 1, id="out of excluded"
        ),
        pytest.param(
            {"pb/b.py": BAD * 9}, {"pb/b.py": None, "b.py": BAD * 9}, 1, id="out of generated"
        ),
        pytest.param(
            {"c.py": "# @generated\n" + BAD * 9},
            {"c.py": None, "b.py": "# see below\n" + BAD * 9},
            2,
            id="out of a marked file",
        ),
        pytest.param(
            {"b.py": BAD + "# " + "x" * 2**21}, {"b.py": BAD}, 1, id="out of a large file"
        ),
        pytest.param(
            {"tool": "#!/usr/bin/python\n" + GOOD}, {"tool": GOOD + BAD}, 2, id="shebang removed"
        ),
        pytest.param({}, {".gitattributes": "b.py linguist-generated\n", "b.py": BAD}, 1, id="own"),
        pytest.param({}, {"b.py": "y = " + "+".join(["x"] * 900) + "\n" + BAD}, 2, id="a sum"),
        pytest.param({}, {"b.py": BAD.replace("old", "ｏld")}, 1, id="look-alike letters"),
        pytest.param({}, {"b.PY": BAD}, 1, id="a suffix in capitals"),
    ],
)
def test_what_was_never_checked_is_judged_as_a_whole(
    world: World, before: Files, after: Files, line: int
) -> None:
    world.commit(
        {
            "guard.toml": SETTINGS + 'exclude = ["gen"]\n',
            ".gitattributes": "pb/* linguist-generated\n",
        },
        "Leave out",
    )
    _change(world, before, after)
    found = _range(world)
    assert found.code == 1
    path = next(name for name in after if name.lower() in ("b.py", "tool"))
    assert found.places[0] == (path, line)


def test_a_rename_of_a_checked_file_is_no_news(world: World) -> None:
    _change(world, {"b.py": BAD * 9}, {"b.py": None, "c.py": BAD * 9})
    found = _range(world)
    assert (found.code, found.places, _unjudged(found)) == (0, [], [])


def test_a_file_that_is_renamed_away_from_python_is_told(world: World) -> None:
    _change(world, {"b.py": GOOD * 9}, {"b.py": None, "b.inc": GOOD * 9 + BAD})
    found = _range(world)
    assert (found.code, _unjudged(found)) == (1, [("b.inc", True)])


@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"gen/b.py": BAD}, id="excluded by the base"),
        pytest.param({"pb/b.py": BAD}, id="generated by the base's attributes"),
        pytest.param({"old.py": "# @generated\n" + BAD + GOOD}, id="marked in the base"),
    ],
)
def test_what_the_base_leaves_out_is_told_and_does_not_fail(world: World, after: Files) -> None:
    before: Files = {
        "guard.toml": SETTINGS + 'exclude = ["gen"]\n',
        ".gitattributes": "pb/* linguist-generated\n",
        "old.py": "# @generated\n" + BAD,
    }
    _change(world, before, after)
    found = _range(world)
    assert (found.code, _unjudged(found)) == (0, [(next(iter(after)), False)])


def test_a_link_is_told_and_does_not_fail(world: World) -> None:
    world.git("tag", "base")
    (world.root / "link.py").symlink_to("a.py")
    world.commit({}, "Link")
    found = _range(world)
    assert (found.code, _unjudged(found)) == (0, [("link.py", False)])


@pytest.mark.parametrize("target", ["notes.txt", "/etc/hosts", "../a.py", "sub/../../a.py"])
def test_a_link_that_hides_what_python_would_run_fails(world: World, target: str) -> None:
    world.git("tag", "base")
    (world.root / "link.py").symlink_to(target)
    world.commit({"notes.txt": BAD}, "Link")
    found = _range(world)
    assert (found.code, _unjudged(found)) == (1, [("link.py", True)])


@pytest.mark.parametrize("name", ["tool", "tool.cgi", "my.tool", ".hook", "tool.sh"])
@pytest.mark.parametrize("program", ["/usr/bin/env python3", "/usr/bin/pypy3", "/bin/uv run -s"])
def test_a_script_is_python_by_its_first_line(world: World, name: str, program: str) -> None:
    world.git("tag", "base")
    world.write({name: f"#!{program}\n{BAD}"})
    (world.root / name).chmod(0o755)
    world.git("add", name)
    assert [f["path"] for f in world.json().report["findings"]] == [name]
    world.git("commit", "-qm", "Script")
    assert [f["path"] for f in _range(world).report["findings"]] == [name]


def test_a_program_in_another_language_is_no_news(world: World) -> None:
    world.git("tag", "base")
    world.write({"tool.bin": b"\x7fELF\0" * 400_000, "run.sh": "#!/bin/sh\nold_call(1)\n"})
    for name in ("tool.bin", "run.sh"):
        (world.root / name).chmod(0o755)
    world.git("add", "tool.bin", "run.sh")
    world.git("commit", "-qm", "Programs")
    found = _range(world)
    assert (found.code, _unjudged(found)) == (0, [])


def test_a_file_without_the_words_of_a_rule_does_not_fail(world: World) -> None:
    _change(world, {}, {"b.py": "x = 1  # " + "x" * 2**21 + "\n"})
    found = _range(world)
    assert (found.code, _unjudged(found)) == (0, [("b.py", False)])


def test_a_rule_that_cannot_fail_the_check_fails_nothing(world: World) -> None:
    world.commit({".guard/rules/old.yml": RULE.replace("ERROR", "WARNING")}, "Warn only")
    _change(world, {}, {"b.py": BAD + "\0"})
    found = _range(world)
    assert (found.code, _unjudged(found)) == (0, [("b.py", False)])
    assert _unjudged(_range(world, "--fail-on", "warn")) == [("b.py", True)]
    assert _range(world, "--fail-on", "never").code == 0


def test_the_base_decides_whether_what_is_not_judged_fails(world: World) -> None:
    _change(world, {}, {"b.py": BAD + "\0", "guard.toml": SETTINGS + 'on-unjudged = "note"\n'})
    assert _range(world).code == 1
    git(world.root, "tag", "-f", "base")
    world.commit({"c.py": BAD + "\0"}, "Another")
    found = _range(world)
    assert (found.code, _unjudged(found)) == (0, [("c.py", False)])


def test_a_rule_that_was_stopped_in_a_file_fails_for_that_file(world: World) -> None:
    world.commit({".guard/rules/slow.yml": SLOW_RULE}, "Slow")
    _change(world, {}, {"b.py": 'f("x")  # ' + "a" * 5000 + "\n" + GOOD})
    found = _range(world)
    assert [(one["path"], one["rule_id"]) for one in found.report["unjudged"]] == [("b.py", "slow")]
    assert found.code == 1


def test_a_staged_check_tells_and_does_not_fail(world: World) -> None:
    world.stage({"b.py": BAD + "\0", "c.py": "# coding: utf-7\n+AGUAdgBhAGw-(x)\n"})
    found = world.hook()
    assert found.code == 0
    assert found.out.count("\n") == 2
    assert "b.py" in found.out
    assert "utf-7" in found.out


SILENCED = BAD.rstrip("\n") + "  # nosemgrep\n"


def test_a_staged_check_names_a_few_files_and_counts_the_others(world: World) -> None:
    world.stage({f"b{number}.py": "x = 1 \0\n" for number in range(9)})
    lines = world.hook().out.splitlines()
    assert [line.split()[0] for line in lines] == ["skipped"] * 3 + ["6"]
    assert lines[-1] == "6 more files skipped (--verbose names them)"
    assert len(world.json().skipped) == 9
    assert world.hook("--verbose").out.count("skipped b") == 9


def test_rules_that_need_semgrep_are_told_once_to_a_hook_with_nothing_to_say(world: World) -> None:
    sinks = "mode: taint\n    pattern-sinks: [{pattern: f()}]\n"
    taint = f"{sinks}    pattern-sources: [{{pattern: g()}}]"
    rule = RULE.replace("pattern: old_call($X)", taint).replace("no-old", "no-new")
    world.commit({".guard/rules/taint.yml": rule})
    said = []
    for number in range(3):
        world.stage({f"b{number}.py": GOOD})
        said.append(world.hook().out)
    assert said == ["1 rule did not run: needs semgrep (--verbose names them)\n", "", ""]


def test_a_notebook_in_capitals_is_judged_by_a_hook_that_knows_its_rules(world: World) -> None:
    cell = {"cell_type": "code", "source": [BAD.strip()], "metadata": {}, "outputs": []}
    text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}, indent=1)
    for name, code in (("a.py", 0), ("b.py", 0), ("c.IPYNB", 1), ("d.ipynb", 1)):
        world.stage({name: text if code else GOOD})
        assert world.hook(name).code == code


@pytest.mark.parametrize(
    ("after", "text"),
    [
        pytest.param({"b.py": SILENCED}, "silences every rule", id="nosemgrep"),
        pytest.param({"b.py": BAD.rstrip() + "  # nosem\n"}, "silences every rule", id="nosem"),
        pytest.param(
            {"b.py": BAD.rstrip() + "  # guard: ignore[no-old-call] reason=why\n"},
            "silences no-old-call (why)",
            id="guard",
        ),
        pytest.param({"b.py": "# @generated\n"}, "says that the file is generated", id="marker"),
        pytest.param(
            {".guard/baseline.txt": "0123456789ab-0123456789abcdef0123  # no-old-call b.py\n"},
            "a finding is accepted: no-old-call b.py",
            id="baseline",
        ),
        pytest.param({".guard/rules/old.yml": None}, "no-old-call would be gone", id="rule gone"),
        pytest.param(
            {".guard/rules/old.yml": RULE.replace("ERROR", "INFO")},
            "would be advise and no longer block",
            id="rule weakened",
        ),
        pytest.param(
            {".guard/rules/old.yml": RULE.replace("old_call($X)", "old_call(1, $X)")},
            "no-old-call would be another",
            id="rule rewritten",
        ),
        pytest.param(
            {"guard.toml": SETTINGS + 'exclude = ["b"]\n'}, "`exclude` would change", id="settings"
        ),
        pytest.param({"sub/guard.toml": 'fail-on = "never"\n'}, "`fail-on`", id="nested settings"),
        pytest.param(
            {".gitattributes": "*.py linguist-generated\n"},
            "would leave files out",
            id="attributes",
        ),
    ],
)
def test_what_a_change_silences_is_listed_and_can_be_made_to_fail(
    world: World, after: Files, text: str
) -> None:
    _change(world, {}, after)
    found = _range(world)
    assert found.code == 0
    assert any(text in one["text"] for one in found.report["new_suppressions"])
    assert _range(world, env={"GUARD_ON_NEW_SUPPRESSION": "fail"}).code == 1


@pytest.mark.parametrize(
    ("path", "comment"),
    [
        ("web/a.js", "// guard: ignore[undo-of-fix] reason=no"),
        ("setup.cfg", "# guard: ignore[removed-proof] reason=no"),
    ],
)
def test_a_suppression_in_a_file_that_is_no_python_is_listed(
    world: World, path: str, comment: str
) -> None:
    """It silences an undone fix, or settings that leave a regression test out."""
    _change(world, {path: "x = 1\n"}, {path: f"x = 1\n{comment}\ny = 2\n"})
    (listed,) = _range(world).report["new_suppressions"]
    assert (listed["path"], listed["line"]) == (path, 2)
    assert _range(world, env={"GUARD_ON_NEW_SUPPRESSION": "fail"}).code == 1


def test_a_suppression_that_was_there_is_not_new(world: World) -> None:
    _change(world, {"b.py": SILENCED}, {"b.py": GOOD + SILENCED})
    assert _range(world).report["new_suppressions"] == []


def test_a_suppression_that_moves_to_other_code_is_new(world: World) -> None:
    after = BAD + GOOD + "old_call(2)  # nosemgrep\n"
    _change(world, {"b.py": SILENCED}, {"b.py": after})
    assert [one["line"] for one in _range(world).report["new_suppressions"]] == [3]


def test_a_new_rule_is_no_suppression(world: World) -> None:
    _change(world, {}, {".guard/rules/new.yml": RULE.replace("no-old-call", "another")})
    assert _range(world).report["new_suppressions"] == []


@pytest.mark.parametrize(
    "name", ["text", "concise", "jsonl", "sarif", "github", "gitlab", "rdjson", "junit", "markdown"]
)
def test_a_name_that_is_not_utf_8_is_told_in_every_format(world: World, name: str) -> None:
    odd = "caf\udce9.py"
    _change(world, {}, {odd: BAD + "# nosemgrep\n", "b\udcff.py": BAD + "\0"})
    assert world.check("--range", "base...HEAD", "--format", name).code == 1


@pytest.mark.parametrize(
    "code",
    [
        "match x:\n    case 1 if old_call(1):\n        pass\n",
        "match x:\n    case {'a': 1} if y or old_call(2):\n        pass\n",
    ],
)
def test_the_condition_of_a_case_is_looked_at(world: World, code: str) -> None:
    _change(world, {}, {"b.py": code})
    assert _range(world).places == [("b.py", 2)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({}, {"sub/guard.toml": "rules = []\n"}, id="nested settings without rules"),
        pytest.param({}, {"sub/pyproject.toml": '[tool.guard]\nexclude = ["*"]\n'}, id="exclude"),
        pytest.param({}, {"guard.toml": SETTINGS + 'exclude = ["sub"]\n'}, id="exclude at the top"),
        pytest.param({}, {"guard.toml": SETTINGS + 'fail-on = "never"\n'}, id="gate"),
        pytest.param({}, {"guard.toml": SETTINGS + "max-file-kb = 1\n"}, id="no file is small"),
        pytest.param(
            {}, {"guard.toml": SETTINGS + 'exclude = ["sub"]\non-warn = "show"\n'}, id="on-warn"
        ),
        pytest.param({}, {".guard/rules/old.yml": None}, id="rule deleted"),
        pytest.param(
            {}, {".guard/rules/old.yml": RULE.replace("ERROR", "INFO")}, id="rule weakened"
        ),
        pytest.param(
            {"lint/old.yml": RULE, "guard.toml": SETTINGS + 'rules = ["lint"]\n'},
            {"lint/old.yml": None},
            id="rule elsewhere deleted",
        ),
        pytest.param({}, {".gitattributes": "sub/* linguist-generated\n"}, id="attributes"),
    ],
)
def test_a_commit_that_switches_its_rules_off_tells_what_it_hides(
    world: World, before: Files, after: Files
) -> None:
    world.commit(before, "Before")
    world.stage({"c.py": GOOD})
    assert world.hook().code == 0  # so that its first look knows the rules
    filler = "# " + "x" * 2000 + "\n" if "guard.toml" in after else ""
    world.stage({"sub/b.py": BAD + filler, **after})
    found = world.hook("sub/b.py")
    assert found.code == 0
    assert "staged with sub/b.py:1, where it hides a finding of no-old-call" in " ".join(
        (found.out + found.err).split()
    )


def test_a_commit_that_changes_settings_and_hides_nothing_tells_nothing(world: World) -> None:
    world.stage(
        {"pyproject.toml": '[project]\nname = "x"\n', "guard.toml": SETTINGS + "jobs = 1\n"}
    )
    world.stage({"b.py": GOOD, ".guard/baseline.txt": "# none\n"})
    found = world.hook()
    assert (found.code, found.out) == (0, "")
