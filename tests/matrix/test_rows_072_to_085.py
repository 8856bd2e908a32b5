"""Ranges, continuous integration, and what goes into reports."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.helpers import commit, git, make_repo
from tests.matrix.world import BAD, GOOD, RULE, SETTINGS, World, run

UNFIXABLE = RULE.partition("    fix:")[0]


@pytest.fixture
def shallow(tmp_path: Path) -> tuple[Path, Path, str]:
    """A remote whose side branch adds a finding, a clone of depth 1 of it, and the base's id."""
    files = {".guard/rules/old.yml": RULE, "guard.toml": SETTINGS, "a.py": GOOD}
    remote = make_repo(tmp_path / "remote", files)
    for number in range(6):
        commit(remote, {"n.py": f"n = {number}\n"}, f"c{number}", day=number)
    base = git(remote, "rev-parse", "HEAD").strip()
    git(remote, "checkout", "-q", "-b", "side")
    for number in range(6):
        commit(remote, {"s.py": f"s = {number}\n{BAD}"}, f"s{number}", day=9 + number)
    git(remote, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=side", remote.as_uri(), "clone")
    return remote, tmp_path / "clone", base


def test_row_072_a_shallow_clone_is_told_or_deepened(shallow: tuple[Path, Path, str]) -> None:
    _, clone, base = shallow
    refused = run("guard", clone, "check", "--range", f"{base}...HEAD")
    assert refused.code == 2
    assert "fetch-depth: 0" in refused.err
    deepened = run(
        "guard", clone, "check", "--format", "json", "--fetch", "--range", f"{base}...HEAD"
    )
    assert deepened.places == [("s.py", 2)]


def test_row_073_an_absent_base_is_fetched_once_if_allowed_else_refused(
    shallow: tuple[Path, Path, str],
) -> None:
    remote, clone, _ = shallow
    other = commit(remote, {"z.py": "z = 1\n"}, "Later", day=20)
    assert run("guard", clone, "check", "--range", f"{other}..HEAD").code == 2
    found = run("guard", clone, "check", "--format", "json", "--fetch", "--range", f"{other}..HEAD")
    assert found.code == 0
    gone = run("guard", clone, "check", "--fetch", "--range", f"{'1' * 40}...HEAD")
    assert gone.code == 2
    assert "names no commit" in gone.err


def test_row_074_without_a_merge_base_the_trees_are_compared_with_a_warning(
    world: World,
) -> None:
    world.git("checkout", "-q", "--orphan", "other")
    world.commit({"b.py": BAD}, "Unrelated")
    found = world.check("--range", "main...other")
    assert found.code == 1
    assert "b.py:1" in found.out
    assert "common ancestor" in found.out + found.err


def test_row_075_of_several_merge_bases_one_is_picked_with_a_warning(world: World) -> None:
    world.git("checkout", "-q", "-b", "left")
    left = world.commit({"l.py": GOOD}, "Left")
    world.git("checkout", "-q", "-b", "right", "main")
    right = world.commit({"r.py": GOOD}, "Right")
    world.git("merge", "-q", "-m", "Take left", left)
    world.commit({"b.py": BAD}, "Bad")
    world.git("checkout", "-q", "left")
    world.git("merge", "-q", "-m", "Take right", right)
    runs = [world.check("--range", "left...right") for _ in range(2)]
    assert runs[0] == runs[1]
    assert "b.py:1" in runs[0].out
    assert "merge bases" in runs[0].out + runs[0].err


def test_row_079_without_variables_of_a_forge_the_command_line_is_local(world: World) -> None:
    world.stage({"a.py": BAD})
    bare = {name: None for name in os.environ if name.startswith(("GITHUB_", "CI"))}
    found = world.hook(env=bare)
    assert found.code == 1
    assert "::error" not in found.out


def test_row_081_of_many_findings_ten_are_annotated_and_the_rest_counted(world: World) -> None:
    world.stage({"b.py": BAD * 15})
    out = world.check("--format", "github").out
    assert out.count("::error ") == 10
    assert "5 more" in out


def test_row_082_a_long_summary_is_cut_with_a_count(world: World) -> None:
    world.write({".guard/rules/old.yml": UNFIXABLE})
    world.stage({f"b{n}.py": BAD * 400 for n in range(15)})
    out = world.check("--format", "markdown").out
    assert len(out.encode()) <= 900 * 1024
    assert "more" in out


@pytest.mark.slow
def test_row_083_too_many_results_are_cut_by_severity_with_a_notification(world: World) -> None:
    world.write({".guard/rules/old.yml": UNFIXABLE})
    world.write({".guard/rules/more.yml": UNFIXABLE.replace("ERROR", "INFO").replace("no-", "a-")})
    world.stage({f"b{n}.py": BAD * 520 for n in range(10)})
    (run_,) = json.loads(world.check("--format", "sarif").out)["runs"]
    levels = [result["level"] for result in run_["results"]]
    assert len(levels) == 5000
    assert set(levels) == {"error"}
    notifications = run_["invocations"][0]["toolExecutionNotifications"]
    assert any(
        "5400" in n["message"]["text"] or "more" in n["message"]["text"] for n in notifications
    )


def test_row_084_hostile_text_from_the_source_is_escaped_in_each_format(world: World) -> None:
    literal = "'100% ::error::owned | `x` <script>alert(1)</script> \x1b[31mred'"
    world.write({
        ".guard/rules/old.yml": RULE.replace(
            "old_call is gone; abs takes the same arguments.", "\"old_call($X) is gone\""
        )
    })  # fmt: skip
    world.stage({"b.py": f"x = old_call({literal})\n"})
    for name in ("text", "concise", "github", "markdown"):
        out = world.check("--format", name).out
        assert out, name
        assert "\x1b" not in out, name
    for line in world.check("--format", "github").out.splitlines():
        assert line.startswith(("::error file=b.py", "::notice"))
    outside_code = world.check("--format", "markdown").out.split("```")[::2]
    assert not any("<script>" in text for text in outside_code)
    ElementTree.fromstring(world.check("--format", "junit").out)  # noqa: S314  # our own output
    for name in ("json", "sarif", "gitlab", "rdjson"):
        json.loads(world.check("--format", name).out)


def test_row_085_what_looks_like_a_secret_is_redacted_in_reports(world: World) -> None:
    secret = "ghp_" + "a1B2" * 9
    world.stage({"b.py": f"x = old_call('{secret}')\n"})
    for name in ("text", "json", "sarif", "markdown", "github", "gitlab", "rdjson", "junit"):
        assert secret not in world.check("--format", name).out, name
