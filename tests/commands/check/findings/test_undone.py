"""Undone fixes as a hook and a check name them: merges, moves, large commits, damaged clones."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.check.arguments.request import RANGE, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.check.findings.undone import SHALLOW
from tests.helpers import commit, git, make_repo
from tests.matrix.world import World, run
from tests.mining.undo.test_index import FIXED, GUARDED, LOAD, OTHER
from tests.test_import_cost import loaded


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository that has learned from one fix."""
    world = World.make(tmp_path / "world")
    world.commit({"load.py": OTHER + LOAD, "other.py": OTHER}, "Start")
    world.commit({"load.py": OTHER + FIXED}, "Fix crash of unknown hosts (#12)")
    assert run("guard", world.root, "learn").code == 0
    return world


def named(world: World, *options: str) -> list[tuple[str, str]]:
    """Return path and stage of what is undone."""
    found = world.json(*options).report["findings"]
    return [(f["path"], f["stage"]) for f in found if f["rule_id"] == "undo-of-fix"]


def test_a_hook_ends_early_where_a_file_with_fixes_changes_otherwise(world: World) -> None:
    assert world.hook("load.py").code == 0
    world.stage({"load.py": OTHER.replace("'w'", "'a'") + FIXED})
    whole = "devmatrix_guard.commands.check.examine"
    assert whole not in loaded(world.root, "devmatrix_guard.hook", "load.py")
    world.stage({"load.py": OTHER + LOAD})
    first = world.hook("load.py")
    assert (first.code, "undo-of-fix" in first.out) == (1, True)


def test_a_fix_is_found_lost_in_a_commit_of_many_files(world: World) -> None:
    others = {f"m{n}.py": f"x = {n}\n" for n in range(60)}
    world.stage({"load.py": OTHER + LOAD, **others})
    assert named(world, "--staged") == [("load.py", "warn")]
    world.git("commit", "-qm", "Tidy")
    assert named(world, "--range", "HEAD~1..HEAD") == [("load.py", "warn")]


def test_code_that_a_change_takes_away_is_not_shown_as_the_line_that_stands_there(
    world: World,
) -> None:
    guard = "    if not amounts:\n        return 0\n"
    mean = "def average(amounts):\n    return sum(amounts) / len(amounts)\n"
    head, rest = mean.split("\n", 1)
    world.commit({"mean.py": mean}, "Add mean")
    world.commit({"mean.py": f"{head}\n{guard}{rest}"}, "Fix a crash without amounts (#14)")
    assert run("guard", world.root, "learn").code == 0
    world.stage({"mean.py": mean})
    told = run("guard", world.root, "check").out
    assert "  - | if not amounts:\n" in told
    assert "^" not in told


def start_merge(world: World, ours: str, theirs: str, message: str) -> None:
    """Begin a merge of a side with one text into a branch with another; both from the start."""
    world.git("checkout", "-qb", "side", "HEAD~1")
    world.commit({"load.py": theirs}, message)
    world.git("checkout", "-q", "-")
    world.commit({"load.py": ours, "more.py": "x = 1\n"}, "Go on")
    world.git("merge", "--no-commit", "-q", "-s", "ours", "side")


def test_a_merge_that_takes_the_side_without_the_fix_is_named(world: World) -> None:
    start_merge(world, OTHER + FIXED, "# new\n" + OTHER + LOAD, "Go elsewhere")
    assert named(world, "--staged") == []
    world.stage({"load.py": "# new\n" + OTHER + LOAD})
    assert named(world, "--staged") == [("load.py", "warn")]
    assert world.hook("load.py").code == 1
    world.git("commit", "-qm", "Merge side")
    assert named(world, "--range", "HEAD~1..HEAD") == [("load.py", "warn")]


def test_a_merge_that_loses_the_fix_of_the_other_side_is_named(world: World) -> None:
    world.git("reset", "-q", "--hard", "HEAD~1")
    world.git("checkout", "-qb", "side")
    world.commit({"load.py": OTHER + GUARDED}, "Fix crash of private hosts (#13)")
    world.git("checkout", "-q", "-")
    world.commit({"load.py": "# ours\n" + OTHER + LOAD}, "Go on")
    world.git("merge", "--no-commit", "-q", "-s", "ours", "side")
    assert run("guard", world.root, "learn").code == 0
    assert named(world, "--staged") == [("load.py", "warn")]
    world.git("commit", "-qm", "Merge side")
    assert named(world, "--range", "HEAD~2..HEAD") == [("load.py", "warn")]


def test_a_merge_that_brings_an_announced_revert_is_silent(world: World) -> None:
    world.git("checkout", "-qb", "side")
    world.commit({"load.py": OTHER + LOAD}, "Revert the fix of unknown hosts")
    world.git("checkout", "-q", "-")
    world.commit({"more.py": "x = 1\n"}, "Go on")
    world.git("merge", "--no-commit", "-q", "side")
    assert named(world, "--staged") == []


@pytest.mark.parametrize("name", ["undo.bin", "fixes.bin"])
def test_an_index_of_another_version_is_spoken_of_until_it_is_learned_again(
    world: World, name: str
) -> None:
    (world.root / ".git" / "guard" / name).write_bytes(b"i\x01\x00\x00\x00")
    world.stage({"load.py": OTHER + LOAD, "more.py": "x = 1\n"})
    for _ in range(2):
        assert "run again" in " ".join("".join(world.hook("more.py")[1:]).split())
    assert run("guard", world.root, "learn").code == 0
    assert named(world, "--staged") == [("load.py", "warn")]
    assert "run again" not in "".join(world.hook("more.py")[1:])


@pytest.fixture
def twice(world: World) -> World:
    """A repository with two fixes of one file, and a change that takes both back."""
    world.commit({"other.py": OTHER.replace("'w'", "'a'")}, "Fix lost lines of the log (#13)")
    assert run("guard", world.root, "learn").code == 0
    world.stage({"load.py": OTHER + LOAD, "other.py": OTHER})
    return world


def test_a_revert_hides_the_fix_it_names_and_no_other(twice: World) -> None:
    fix = twice.git("rev-parse", "HEAD").strip()
    twice.git("commit", "-qm", "Revert “it”", "-m", f"This reverts commit {fix}.")
    assert named(twice, "--range", "HEAD~1..HEAD") == [("load.py", "warn")]


def test_a_revert_may_name_the_subject_alone(twice: World) -> None:
    twice.git("commit", "-qm", 'Revert "Fix lost lines of the log"')
    assert named(twice, "--range", "HEAD~1..HEAD") == [("load.py", "warn")]


def test_a_revert_that_names_nothing_hides_all_that_it_takes_back(twice: World) -> None:
    twice.git("commit", "-qm", "Undo the last two changes")
    assert named(twice, "--range", "HEAD~1..HEAD") == []


def test_a_revert_in_the_making_hides_its_own_fix(twice: World) -> None:
    twice.git("reset", "-q", "--hard")
    twice.git("revert", "--no-commit", "HEAD")
    assert named(twice, "--staged") == []
    twice.stage({"load.py": OTHER + LOAD})
    assert named(twice, "--staged") == [("load.py", "warn")]


def test_the_revert_of_a_merge_hides_all_that_the_merge_brought(world: World) -> None:
    world.git("checkout", "-qb", "side")
    world.commit({"other.py": OTHER.replace("'w'", "'a'")}, "Fix lost lines of the log (#13)")
    world.git("checkout", "-q", "-")
    world.commit({"more.py": "x = 1\n"}, "Go on")
    world.git("merge", "-q", "--no-edit", "side")
    world.git("revert", "--no-edit", "-m", "1", "HEAD")
    assert named(world, "--range", "HEAD~1..HEAD") == []


def test_a_fix_that_was_picked_onto_a_branch_is_named_once(world: World) -> None:
    fix = world.git("rev-parse", "HEAD").strip()
    world.git("checkout", "-qb", "release", "HEAD~1")
    world.commit({"more.py": "x = 1\n"}, "Prepare")
    world.git("cherry-pick", fix)
    world.git("merge", "-q", "-m", "Merge main", fix)
    world.commit({"load.py": OTHER + LOAD}, "Tidy")
    report = world.json("--range", "HEAD~1..HEAD").report
    (found,) = [f for f in report["findings"] if f["rule_id"] == "undo-of-fix"]
    assert len(found["sources"]) == 2


def test_a_range_of_a_shallow_clone_says_that_earlier_fixes_are_not_known(
    world: World, tmp_path: Path
) -> None:
    world.commit({"load.py": OTHER + LOAD}, "Tidy")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{world.root}", "clone")
    request = CheckRequest(scope=RANGE, range_text="HEAD~1..HEAD")
    report = examine_request(request, tmp_path / "clone")
    assert (report.findings, [note.text for note in report.notes]) == ((), [SHALLOW])


def test_a_fix_lost_inside_a_statement_that_changed_is_named_in_a_range_too(world: World) -> None:
    changed = LOAD.replace("verify=False", "verify=False, stream=True")
    world.stage({"load.py": OTHER + changed})
    assert named(world, "--staged") == [("load.py", "advise")]
    world.git("commit", "-qm", "Stream")
    assert named(world, "--range", "HEAD~1..HEAD") == [("load.py", "advise")]


def both_ways(world: World) -> list[tuple[str, str]]:
    """Return what is undone by what stands in the work tree, the same staged and as a range."""
    world.git("add", "-A")
    staged = named(world, "--staged")
    world.git("commit", "-qm", "Tidy")
    assert named(world, "--range", "HEAD~1..HEAD") == staged
    return staged


def test_a_file_that_becomes_a_link_or_a_submodule_hides_nothing(world: World) -> None:
    """Its code moves to another file, without the fix."""
    world.write({"load.py": None, "moved.py": OTHER + LOAD})
    commit(make_repo(world.root / "load.py"), {"x": "y"}, "Start")
    assert both_ways(world) == [("moved.py", "warn")]
    world.git("reset", "-q", "--hard", "HEAD~1")
    world.write({"load.py": None, "moved.py": OTHER + LOAD})
    (world.root / "load.py").symlink_to("other.py")
    assert both_ways(world) == [("moved.py", "warn")]


@pytest.mark.parametrize("name", ["lo\nad.py", "lo\\ad.py", "load\r", "1:load.py", "lo\tad\x85.py"])
def test_no_name_of_a_file_hides_an_undone_fix(tmp_path: Path, name: str) -> None:
    world = World.make(tmp_path / "world")
    script = "#!/usr/bin/python\n"
    world.commit({name: script + OTHER + LOAD, "other.py": OTHER}, "Start")
    world.commit({name: script + OTHER + FIXED}, "Fix crash of unknown hosts (#12)")
    assert run("guard", world.root, "learn").code == 0
    world.write({name: script + OTHER + LOAD})
    assert [path for path, _ in both_ways(world)] == [name]


def test_a_fix_is_found_lost_among_more_files_than_are_compared(world: World) -> None:
    world.write({f"a{n}.py": "x = 1\n" for n in range(1100)})
    world.write({"load.py": OTHER + LOAD})
    assert both_ways(world) == [("load.py", "warn")]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("#" + "x" * 1_000_000 + "\n", "larger than 1,000,000 bytes"),
        ("\n" * 60_000, "longer than 60,000 lines"),
        ("# \0\n", "NUL"),
    ],
)
def test_a_file_with_a_fix_that_cannot_be_compared_is_told(
    world: World, more: str, reason: str
) -> None:
    """It fails where an undone fix would."""
    world.stage({"load.py": OTHER + LOAD + more})
    told = [skip["reason"] for skip in world.json("--staged").report["skipped"]]
    assert any("undoes a fix cannot be told" in why and reason in why for why in told)
    world.git("commit", "-qm", "Tidy")
    for gate in ("block", "warn"):
        found = world.json("--range", "HEAD~1..HEAD", "--fail-on", gate)
        own = [one for one in found.report["unjudged"] if one["rule_id"] == "undo-of-fix"]
        assert [(one["path"], reason in one["reason"]) for one in own] == [("load.py", True)]
        assert own[0]["fails"] is (gate == "warn")
    assert found.code == 1


CALL = """\
import requests


def fetch_{0}(url):
    reply = requests.get({1})
    return reply.json()
"""


@pytest.fixture
def taught(tmp_path: Path) -> World:
    """A repository that has learned a rule from fixes."""
    world = World.make(tmp_path / "world")
    names = "abcd"
    world.commit({f"{name}.py": CALL.format(name, "url") for name in names}, "Start")
    for name in names:
        fixed = CALL.format(name, "url, timeout=10")
        world.commit({f"{name}.py": fixed}, f"Fix hanging {name}")
    assert run("guard", world.root, "learn").code == 0
    world.git("add", "-A")
    world.git("commit", "-qm", "Learn")
    return world


def test_a_rule_that_finds_what_undoes_its_fix_is_told_in_one_finding(taught: World) -> None:
    taught.stage({"a.py": CALL.format("a", "url")})
    (found,) = taught.json("--staged").report["findings"]
    assert found["rule_id"] == "undo-of-fix"
    assert "Fix hanging a" in found["message"]
    assert "`learned-requests-get-timeout" in found["message"]
    assert found["fix"]


def test_what_a_fix_mended_is_not_reported_as_undone(taught: World) -> None:
    taught.stage({"a.py": CALL.format("a", "url")})
    done = run("guard", taught.root, "check", "--staged", "--fix", "--unsafe-fixes")
    assert "timeout=10" in (taught.root / "a.py").read_text("utf-8")
    assert done.out.splitlines() == [
        "fixed a.py:5  undo-of-fix",
        "1 fixed in the work tree: review, then git add.",
    ]
