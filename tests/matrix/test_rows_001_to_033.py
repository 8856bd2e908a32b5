"""States a repository can be in: the index, links, modules, merges."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.helpers import git, write_tree
from tests.matrix.world import BAD, GOOD, RULE, SETTINGS, World, run


def test_row_001_nothing_staged_is_clean_and_silent(world: World) -> None:
    assert world.hook() == (0, "", "")
    verbose = world.check("--verbose")
    assert verbose.code == 0
    assert "0 files checked" in verbose.err


def test_row_002_the_first_commit_is_compared_with_the_empty_tree(tmp_path: Path) -> None:
    world = World(tmp_path / "new")
    world.root.mkdir()
    world.git("init", "-q")
    world.stage({".guard/rules/old.yml": RULE, "guard.toml": SETTINGS, "b.py": GOOD + BAD})
    assert world.hook("b.py").code == 1
    assert world.json().places == [("b.py", 2)]


def test_row_003_outside_a_repository_paths_are_checked_and_staged_is_refused(
    tmp_path: Path,
) -> None:
    write_tree(tmp_path, {"rules.yml": RULE, "sub/b.py": BAD})
    refused = run("guard", tmp_path, "check")
    assert refused.code == 2
    assert "not in a git repository" in refused.err
    checked = run(
        "guard", tmp_path, "check", "--rules", "rules.yml", "--format", "json", "sub", "sub/b.py"
    )
    assert (checked.code, checked.places) == (1, [("sub/b.py", 1)])


def test_row_004_a_bare_repository_takes_ranges_and_refuses_staged(
    world: World, tmp_path: Path
) -> None:
    world.commit({"a.py": BAD})
    git(tmp_path, "clone", "-q", "--bare", str(world.root), "bare.git")
    bare = tmp_path / "bare.git"
    refused = run("guard", bare, "check")
    assert refused.code == 2
    assert "--range" in refused.err
    ranged = run("guard", bare, "check", "--format", "json", "--range", "main~1...main")
    assert (ranged.code, ranged.places) == (1, [("a.py", 1)])


def test_row_005_inside_the_git_folder_is_refused_clearly(world: World) -> None:
    refused = world.check(cwd=world.root / ".git")
    assert refused.code == 2
    assert "inside a .git folder" in refused.err


def test_row_006_a_linked_work_tree_works(world: World, tmp_path: Path) -> None:
    world.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    linked = tmp_path / "linked"
    write_tree(linked, {"a.py": BAD})
    git(linked, "add", "a.py")
    found = run("guard", linked, "check", "--format", "json")
    assert (found.code, found.places) == (1, [("a.py", 1)])
    assert world.hook().code == 0


def _install(world: World) -> None:
    hook = world.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    script = Path(sys.executable).parent / "guard-hook"
    hook.write_text(f"#!/bin/sh\nexec '{script}'\n")
    hook.chmod(0o755)


@pytest.mark.parametrize("variables", [("GIT_DIR",), ("GIT_DIR", "GIT_COMMON_DIR")])
def test_row_006_git_dir_alone_in_a_subdirectory_finds_the_same(
    world: World, variables: tuple[str, ...]
) -> None:
    world.git("worktree", "add", "-q", "../linked", "-b", "side")
    linked = World(world.root.parent / "linked")
    linked.stage({"sub/b.py": BAD, "c.py": BAD})
    places = {
        "GIT_DIR": "../../world/.git/worktrees/linked",
        "GIT_COMMON_DIR": "../../world/.git",
    }
    env = {name: places[name] for name in variables}
    found = linked.json(cwd=linked.root / "sub", env=env)
    assert found.places == [("c.py", 1), ("sub/b.py", 1)]
    assert linked.hook(cwd=linked.root / "sub", env=env).code == 1


def test_row_007_commit_all_works_under_its_index_lock(world: World) -> None:
    _install(world)
    world.write({"a.py": BAD})
    before = world.git("rev-parse", "HEAD")
    out = git(world.root, "commit", "-qam", "Bad", check=False)
    assert "no-old-call" in out or world.git("rev-parse", "HEAD") == before
    world.write({"a.py": "y = 1\n"})
    world.git("commit", "-qam", "Good")
    assert world.git("rev-parse", "HEAD") != before


def test_row_008_commit_of_one_path_checks_only_that_path(world: World) -> None:
    world.commit({"b.py": GOOD})
    _install(world)
    world.stage({"a.py": BAD})
    world.write({"b.py": "y = 2\n"})
    world.git("commit", "-qm", "Only b", "--", "b.py")
    assert world.git("show", "--format=", "--name-only", "HEAD").strip() == "b.py"


def test_row_009_a_relative_index_file_works_from_a_subdirectory(world: World) -> None:
    world.stage({"sub/b.py": BAD})
    found = world.json(cwd=world.root / "sub", env={"GIT_INDEX_FILE": ".git/index"})
    assert found.places == [("sub/b.py", 1)]


def test_row_010_a_violation_that_is_not_staged_does_not_count(world: World) -> None:
    world.stage({"a.py": GOOD + "y = 1\n"})
    world.write({"a.py": BAD})
    assert world.hook("a.py") == (0, "", "")


def test_row_011_a_violation_only_in_the_index_counts(world: World) -> None:
    world.stage({"a.py": BAD})
    world.write({"a.py": GOOD})
    assert world.hook("a.py").code == 1


def test_row_012_a_staged_file_deleted_from_the_work_tree_is_checked(world: World) -> None:
    world.stage({"b.py": BAD})
    (world.root / "b.py").unlink()
    assert world.json().places == [("b.py", 1)]


def test_row_013_a_fix_over_an_unstaged_edit_is_shown_and_not_written(world: World) -> None:
    world.stage({"a.py": BAD})
    world.write({"a.py": "x = old_call(2)\n"})
    result = world.fix()
    assert result.code == 1
    assert world.text("a.py") == "x = old_call(2)\n"
    assert "-x = old_call(1)\n+x = abs(1)" in result.out + result.err
    assert "git apply --cached" in result.out + result.err
    patch = world.check("--diff").out
    git_apply = world.root.parent / "fix.patch"
    git_apply.write_text(patch)
    world.git("apply", "--cached", str(git_apply))
    assert world.git("show", ":a.py") == GOOD


def test_row_014_a_fix_beside_an_unstaged_edit_is_written_and_not_staged(world: World) -> None:
    world.commit({"a.py": "one = 1\ntwo = 2\nthree = 3\n"})
    world.stage({"a.py": "one = 1\ntwo = 2\nthree = old_call(3)\n"})
    world.write({"a.py": "# mine\none = 11\ntwo = 2\nthree = old_call(3)\n"})
    assert world.fix().code == 1
    assert world.text("a.py") == "# mine\none = 11\ntwo = 2\nthree = abs(3)\n"


def test_row_015_intent_to_add_is_ignored(world: World) -> None:
    world.write({"b.py": BAD})
    world.git("add", "-N", "b.py")
    assert world.hook() == (0, "", "")


def test_row_016_a_deletion_alone_is_clean(world: World) -> None:
    world.commit({"b.py": BAD})
    world.git("rm", "-q", "b.py")
    assert world.hook() == (0, "", "")


def test_row_017_a_pure_rename_is_clean_and_findings_keep_their_identity(world: World) -> None:
    world.commit({"b.py": BAD * 3})
    world.git("mv", "b.py", "c.py")
    assert world.hook("c.py") == (0, "", "")
    world.git("mv", "c.py", "b.py")
    before = world.json("--all").report["findings"]
    world.git("mv", "b.py", "c.py")
    after = world.json("--all").report["findings"]
    codes = [[f["fingerprint"].partition("-")[2] for f in found] for found in (before, after)]
    assert codes[0] == codes[1] != []


def test_row_018_of_a_renamed_file_only_changed_lines_count(world: World) -> None:
    world.commit({"b.py": BAD + "y = 1\n" * 20})
    world.git("mv", "b.py", "c.py")
    world.stage({"c.py": BAD + "y = 1\n" * 20 + "z = old_call(2)\n"})
    assert world.json().places == [("c.py", 22)]


def test_row_019_a_copy_counts_as_a_new_file(world: World) -> None:
    world.commit({"b.py": BAD + "y = 1\n" * 20})
    world.git("config", "diff.renames", "copies")
    world.stage({"c.py": BAD + "y = 1\n" * 20, "b.py": BAD + "y = 1\n" * 21})
    assert world.json().places == [("c.py", 1)]


def test_row_020_a_change_of_mode_alone_is_clean(world: World) -> None:
    world.commit({"b.py": BAD})
    world.git("update-index", "--chmod=+x", "b.py")
    assert world.hook("b.py") == (0, "", "")


def test_row_021_a_file_that_becomes_a_link_is_skipped_with_a_note(world: World) -> None:
    (world.root / "a.py").unlink()
    (world.root / "a.py").symlink_to("guard.toml")
    world.git("add", "a.py")
    found = world.json()
    assert (found.code, found.skipped) == (0, {"a.py": "symbolic link"})


def test_row_022_a_link_out_of_the_repository_is_never_followed(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "outside.py").write_text(BAD)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "deep.py").write_text(BAD)
    (world.root / "out.py").symlink_to(tmp_path / "outside.py")
    (world.root / "dir").symlink_to(tmp_path / "folder")
    found = world.json("out.py", "dir/deep.py")
    assert (found.code, found.places) == (0, [])
    assert sorted(found.skipped) == ["dir/deep.py", "out.py"]


def test_row_023_a_dangling_link_is_skipped(world: World) -> None:
    (world.root / "gone.py").symlink_to("nowhere.py")
    world.git("add", "gone.py")
    assert world.hook("gone.py").code == 0
    assert world.json("--all").skipped == {"gone.py": "symbolic link"}


def test_row_024_link_loops_and_linked_folders_are_skipped(world: World) -> None:
    (world.root / "loop.py").symlink_to("loop.py")
    (world.root / "sub").mkdir()
    (world.root / "sub" / "up").symlink_to("..")
    world.git("add", ".")
    assert world.hook().code == 0
    assert world.json("--all").code == 0
    assert world.json("sub").code == 0


def _with_submodule(world: World, tmp_path: Path) -> Path:
    inner = World.make(tmp_path / "inner")
    world.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "mod")
    world.git("commit", "-qm", "Add module")
    return world.root / "mod"


def test_row_025_a_moved_submodule_is_skipped(world: World, tmp_path: Path) -> None:
    module = _with_submodule(world, tmp_path)
    write_tree(module, {"a.py": BAD})
    git(module, "commit", "-qam", "Bad")
    world.git("add", "mod")
    found = world.json()
    assert (found.code, found.places) == (0, [])


def test_row_026_a_dirty_submodule_is_not_touched(world: World, tmp_path: Path) -> None:
    module = _with_submodule(world, tmp_path)
    write_tree(module, {"a.py": BAD})
    git(module, "add", "a.py")
    status = git(module, "status", "--porcelain")
    assert world.hook().code == 0
    assert git(module, "status", "--porcelain") == status


def _conflict(world: World) -> None:
    world.git("checkout", "-q", "-b", "side")
    world.commit({"a.py": "x = old_call(2)\n"}, "Side")
    world.git("checkout", "-q", "main")
    world.commit({"a.py": "x = abs(3)\n"}, "Main")
    git(world.root, "merge", "-q", "side", check=False)


def test_row_027_conflicts_must_be_resolved_first(world: World) -> None:
    _conflict(world)
    refused = world.hook("a.py")
    assert refused.code == 2
    assert "resolve first" in refused.err


def test_row_028_in_a_merge_only_lines_of_neither_parent_count(world: World) -> None:
    _conflict(world)
    world.stage({"a.py": "x = old_call(2)\n"})
    assert world.hook("a.py").code == 0
    world.stage({"a.py": "x = old_call(2)\ny = old_call(9)\n"})
    assert world.json().places == [("a.py", 2)]


def test_row_029_an_octopus_merge_in_a_range_is_read(world: World) -> None:
    for name in ("one", "two", "three"):
        world.git("checkout", "-q", "-b", name, "main")
        world.commit({f"{name}.py": BAD}, name)
    world.git("checkout", "-q", "-b", "octopus", "main")
    world.git("merge", "-q", "-m", "Octopus", "one", "two", "three")
    found = world.json("--range", "main...octopus")
    assert found.places == [("one.py", 1), ("three.py", 1), ("two.py", 1)]


def test_row_030_conflict_markers_are_a_parse_error_and_no_crash(world: World) -> None:
    world.stage({"a.py": "<<<<<<< HEAD\nold_call(1)\n=======\n>>>>>>> x\n", "b.py": BAD})
    found = world.json()
    assert found.places == [("a.py", 2), ("b.py", 1)]
    assert "lines 1, 3-4" in found.skipped["a.py"]


def test_row_031_a_rebase_or_cherry_pick_in_progress_works(world: World) -> None:
    world.git("checkout", "-q", "-b", "side")
    picked = world.commit({"a.py": "x = old_call(2)\n"}, "Side")
    world.git("checkout", "-q", "main")
    world.commit({"a.py": "x = abs(3)\n"}, "Main")
    git(world.root, "cherry-pick", picked, check=False)
    world.stage({"a.py": BAD})
    assert world.hook("a.py").code == 1
    world.git("cherry-pick", "--abort")
    world.git("checkout", "-q", "side")
    git(world.root, "rebase", "main", check=False)
    world.stage({"a.py": BAD})
    assert world.hook("a.py").code == 1


def test_row_032_a_detached_head_works(world: World) -> None:
    world.git("checkout", "-q", "--detach")
    world.stage({"a.py": BAD})
    assert world.hook("a.py").code == 1


def test_row_033_amending_without_a_change_is_clean(world: World) -> None:
    world.commit({"b.py": BAD})
    _install(world)
    world.git("commit", "-q", "--amend", "-m", "Other words")
    assert world.git("log", "-1", "--format=%s").strip() == "Other words"
