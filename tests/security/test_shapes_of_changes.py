"""Bad code is found however a history, a tree or an index is shaped that brings it in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import git
from tests.matrix.world import BAD, GOOD, World

LONG = GOOD * 9
_AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@b.invalid")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule and a few files, tagged as the base."""
    world = World.make(tmp_path / "world")
    world.commit({"b.py": LONG, "other/e.py": GOOD})
    world.git("tag", "base")
    return world


def _chain_of_renames(world: World) -> None:
    world.commit({"b.py": None, "b.txt": LONG})
    world.commit({"b.txt": LONG + BAD})
    world.commit({"b.txt": None, "c.py": LONG + BAD})


def _submodule_becomes_file(world: World) -> None:
    head = world.git("rev-parse", "HEAD").strip()
    world.git("update-index", "--add", "--cacheinfo", f"160000,{head},m.py")
    world.git("commit", "-qm", "Submodule")
    world.git("tag", "-f", "base")
    world.git("rm", "-q", "--cached", "m.py")
    world.commit({"m.py": BAD})


def _link_becomes_file(world: World) -> None:
    (world.root / "l.py").symlink_to("b.py")
    world.commit({})
    world.git("tag", "-f", "base")
    (world.root / "l.py").unlink()
    world.commit({"l.py": BAD})


def _folder_becomes_script(world: World) -> None:
    world.commit({"other/e.py": None})
    shutil.rmtree(world.root / "other", ignore_errors=True)
    world.commit({"other": f"#!/usr/bin/python\n{BAD}"})


def _merge_adds_its_own(world: World) -> None:
    world.git("checkout", "-qb", "side")
    world.commit({"q.py": GOOD})
    world.git("checkout", "-q", "main")
    world.commit({"r.py": GOOD})
    world.git("merge", "-q", "--no-commit", "side")
    world.commit({"b.py": LONG + BAD}, "Merge")


def _octopus(world: World) -> None:
    for name in "xyz":
        world.git("checkout", "-q", "-b", name, "base")
        world.commit({f"{name}.py": BAD if name == "y" else GOOD})
    world.git("checkout", "-q", "main")
    world.git(*_AUTHOR, "merge", "-q", *"xyz")


def _driver_calls_it_binary(world: World) -> None:
    world.commit({".gitattributes": "*.py diff=none\n"})
    world.git("tag", "-f", "base")
    world.git("config", "diff.none.binary", "true")
    world.commit({"b.py": LONG + BAD})


def _copy(world: World) -> None:
    world.commit({"bad.txt": BAD * 9})
    world.git("tag", "-f", "base")
    world.git("config", "diff.renames", "copies")
    world.commit({"n.py": BAD, "bad.txt": BAD * 9 + "# more\n"})


def _sparse_checkout(world: World) -> None:
    world.commit({"b.py": LONG + BAD})
    world.git("sparse-checkout", "set", "other")


def _settings_that_end_the_climb(world: World) -> None:
    world.commit({"other/guard.toml": "root = true\nrules = []\n", "other/e.py": GOOD + BAD})


def _plain(files: dict[str, str | bytes]) -> Callable[[World], None]:
    return lambda world: world.commit(files) and None


SHAPES = {
    "chain of renames": (_chain_of_renames, [("c.py", 10)]),
    "submodule to file": (_submodule_becomes_file, [("m.py", 1)]),
    "link to file": (_link_becomes_file, [("l.py", 1)]),
    "folder to script": (_folder_becomes_script, [("other", 2)]),
    "merge with a change of its own": (_merge_adds_its_own, [("b.py", 10)]),
    "octopus": (_octopus, [("y.py", 1)]),
    "binary by a driver": (_driver_calls_it_binary, [("b.py", 10)]),
    "copy": (_copy, [("n.py", 1)]),
    "sparse checkout": (_sparse_checkout, [("b.py", 10)]),
    "settings that end the climb": (_settings_that_end_the_climb, [("other/e.py", 2)]),
    "no diff": (_plain({".gitattributes": "*.py -diff\n", "b.py": LONG + BAD}), [("b.py", 10)]),
    "lone returns": (_plain({"n.py": b"y = 1\rx = old_call(1)\r"}), [("n.py", 2)]),
    "other line ends": (_plain({"b.py": LONG.replace("\n", "\r\n") + BAD}), [("b.py", 10)]),
    "form feed": (_plain({"n.py": "x = \\\n\x0c old_call(1)\n"}), [("n.py", 2)]),
    "names of one letter case": (_plain({"N.py": BAD, "n.Py": BAD}), [("N.py", 1), ("n.Py", 1)]),
    "names git reads as patterns": (
        _plain({":(top)x.py": BAD, "*.py": BAD, "-x.py": BAD}),
        [("*.py", 1), ("-x.py", 1), (":(top)x.py", 1)],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_range_finds_it(world: World, shape: str) -> None:
    make, places = SHAPES[shape]
    make(world)
    found = world.json("--range", "base...HEAD")
    assert (found.code, found.places) == (1, places)


def test_a_range_with_two_merge_bases_finds_it(world: World) -> None:
    world.git("checkout", "-qb", "side")
    side = world.commit({"q.py": GOOD})
    world.git("checkout", "-q", "main")
    main = world.commit({"r.py": GOOD})
    world.git(*_AUTHOR, "merge", "-q", "-m", "One", side)
    world.git("checkout", "-q", "side")
    world.git(*_AUTHOR, "merge", "-q", "-m", "Two", main)
    world.commit({"z.py": BAD})
    assert world.json("--range", "main...side").places == [("z.py", 1)]


def _skip_work_tree(world: World) -> None:
    world.stage({"b.py": LONG + BAD})
    world.git("update-index", "--skip-worktree", "b.py")
    (world.root / "b.py").unlink()


def _assume_unchanged(world: World) -> None:
    world.stage({"b.py": LONG + BAD})
    world.git("update-index", "--assume-unchanged", "b.py")
    world.write({"b.py": LONG})


def _split_index(world: World) -> None:
    world.git("update-index", "--split-index")
    world.stage({"b.py": LONG + BAD})


def _fourth_version(world: World) -> None:
    world.git("update-index", "--index-version", "4")
    world.stage({"b.py": LONG + BAD})


def _sparse_index(world: World) -> None:
    world.git("sparse-checkout", "set", "--cone", "--sparse-index", "other")
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=world.root, input=(LONG + BAD).encode(), capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    world.git("update-index", "--cacheinfo", f"100644,{blob},b.py")


def _alternate_objects(world: World) -> None:
    world.git("repack", "-adq")
    elsewhere = world.root.parent / "objects"
    shutil.copytree(world.root / ".git/objects", elsewhere)
    shutil.rmtree(world.root / ".git/objects/pack")
    (world.root / ".git/objects/info").mkdir(exist_ok=True)
    (world.root / ".git/objects/info/alternates").write_bytes(os.fsencode(elsewhere) + b"\n")
    world.stage({"b.py": LONG + BAD})


INDEXES = (
    _skip_work_tree, _assume_unchanged, _split_index, _fourth_version, _sparse_index,
    _alternate_objects,
)  # fmt: skip


@pytest.mark.parametrize("make", INDEXES, ids=lambda make: make.__name__)
def test_a_hook_finds_it_in_any_index(world: World, make: Callable[[World], None]) -> None:
    make(world)
    found = world.hook()
    assert (found.code, "b.py:10:5" in found.out) == (1, True)
    assert git(world.root, "diff", "--cached", "--name-only").split() == ["b.py"]
