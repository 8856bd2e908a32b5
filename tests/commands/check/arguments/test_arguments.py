"""What an option cannot do beside another, or here, is said: nothing is ignored without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import make_repo
from tests.matrix.world import BAD, SETTINGS, World, run

_RANGE = ("--range", "HEAD~1...HEAD")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with two commits, something staged and a folder without rules."""
    world = World.make(tmp_path / "world")
    world.commit({"sub/b.py": BAD, "none/a.txt": "", "none.yml": "rules: []\n"})
    world.stage({"c.py": BAD})
    return world


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("--fetch", "--fetch is for a range; name one, --range main...HEAD"),
        ("--fetch --all", "--fetch is for a range"),
        ("--fetch --staged", "--fetch is for a range"),
        ("--rules-from base", "--rules-from is for a range"),
        ("--rules-from worktree a.py", "--rules-from is for a range"),
        ("--rules-from base --stdin-filename a.py -", "--rules-from is for a range"),
        ("--range HEAD~1 --all", "--staged, --range and --all exclude each other"),
        ("--range HEAD~1 --on-warn stop", "or let warnings fail the check: --fail-on warn"),
        ("--all --on-warn show", "--on-warn is about a commit in the making"),
        ("--stdin-filename a.py --on-warn stop -", "standard input is none; leave it out"),
        ("--diff --fix", "--diff prints a patch and nothing else; leave --fix or it out"),
        ("--diff --output json:o.json", "leave --output or it out"),
        ("--diff --format json", "leave --format or it out"),
        ("--diff --statistics", "leave --statistics or it out"),
        ("--diff --on-warn stop", "leave --on-warn or it out"),
        ("-", "for standard input name the file: --stdin-filename PATH -"),
        ("--rules none", "--rules none: no file there ends in .yml or .yaml"),
        ("--rules none.yml", "--rules none.yml: it holds no rule; name another"),
        ("--rules nowhere --staged", "--rules nowhere: there is no such file or folder"),
    ],
)
def test_what_would_be_ignored_is_refused(world: World, args: str, said: str) -> None:
    for entry, verb in (("guard", ["check"]), ("guard-hook", [])):
        words = ["--range=HEAD~1" if w == "--range" else w for w in args.split() if w != "HEAD~1"]
        found = run(entry, world.root, *verb, *words)
        assert (found.code, found.out) == (2, "")
        assert said in found.err
        assert found.err.startswith("guard: ")
        assert found.err.count("\n") == 1
    assert not (world.root / "o.json").exists()


def test_an_option_behind_range_is_not_taken_for_the_range(world: World) -> None:
    found = world.check("--range", "--all")
    said = "guard: `--all` is an option and no range; write it as BASE...HEAD.\n"
    assert (found.code, found.out, found.err) == (2, "", said)


def test_a_patch_is_verbose_beside_itself(world: World) -> None:
    found = world.check("--diff", "--verbose")
    assert "+x = abs(1)" in found.out
    assert found.err == "1 file checked\n"


@pytest.mark.parametrize("args", [("--fetch",), ("--rules-from", "base")])
def test_a_runner_may_name_the_range_in_the_environment(
    world: World, args: tuple[str, ...]
) -> None:
    refs = {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD"}
    found = run("guard-hook", world.root, *args, env=refs)
    assert "sub/b.py:1" in found.out
    assert found.err == ""


@pytest.mark.parametrize("name", ["gone.py", "gone/", "sub/gone.py", "*.py"])
@pytest.mark.parametrize("scope", [("--staged",), _RANGE, ("--all",), ()])
def test_a_path_that_nothing_has_is_refused(
    world: World, scope: tuple[str, ...], name: str
) -> None:
    found = world.check(*scope, name)
    assert (found.code, found.out) == (2, "")
    assert found.err == f"guard: {name.rstrip('/')}: there is no such file; correct the path.\n"


@pytest.mark.parametrize(
    ("scope", "name", "code"),
    [
        pytest.param(("--staged",), "c.py", 1, id="staged"),
        pytest.param(("--staged",), "a.py", 0, id="deleted in the index"),
        pytest.param(("--staged",), "sub/b.py", 0, id="deleted on disk alone"),
        pytest.param(("--staged",), "none/a.txt", 0, id="renamed in the index"),
        pytest.param(_RANGE, "sub", 1, id="a folder that was deleted on disk"),
        pytest.param(_RANGE, "a.py", 0, id="of the base, and not changed"),
        pytest.param(_RANGE, "c.py", 0, id="neither end has it, the disk does"),
    ],
)
def test_a_path_that_one_side_has_is_no_mistake(
    world: World, scope: tuple[str, ...], name: str, code: int
) -> None:
    world.git("rm", "-q", "a.py")
    world.git("mv", "none/a.txt", "none/b.txt")
    (world.root / "sub/b.py").unlink()
    assert world.check(*scope, name).code == code


def test_without_a_commit_only_a_range_cannot_be_checked(tmp_path: Path) -> None:
    world = World(make_repo(tmp_path / "world"))
    world.stage({"guard.toml": SETTINGS, "a.py": BAD})
    for args in (("--staged",), ("--all",), ("a.py",), ()):
        assert world.check(*args).code == 0
    for args in (("check", "--range", "main...HEAD"), ("tests", "--range", "HEAD~1")):
        found = run("guard", world.root, *args)
        assert (found.code, found.out) == (2, "")
        assert found.err.startswith("guard: there is no commit yet; make one, or leave the range")
    assert world.check("--staged", "gone.py").code == 2
