"""How paths reach the check, and what paths can look like."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.matrix.world import BAD, GOOD, World, run


def test_row_034_all_files_checks_whole_files(world: World) -> None:
    world.commit({"b.py": "y = 1\n" + BAD})
    assert world.json("a.py", "b.py", "guard.toml").places == [("b.py", 2)]
    assert world.hook("a.py", "b.py").code == 1
    assert world.json("--all").places == [("b.py", 2)]


def test_row_035_a_named_file_without_a_staged_change_is_checked_whole(world: World) -> None:
    world.write({"x.py": BAD})
    world.stage({"b.py": BAD})
    assert world.json("x.py").places == [("x.py", 1)]


def test_row_036_the_refs_of_a_push_make_a_range(world: World) -> None:
    world.commit({"b.py": BAD})
    world.commit({"c.py": BAD})
    refs = {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD"}
    found = run("guard-hook", world.root, "--format=json", "b.py", "c.py", env=refs)
    assert (found.code, found.places) == (1, [("c.py", 1)])
    alone = run("guard-hook", world.root, "--range", "--format=json", env=refs)
    assert alone.places == [("c.py", 1)]


def test_row_037_argv_split_over_processes_gives_the_same_union(world: World) -> None:
    names = [f"f{number}.py" for number in range(10)]
    world.stage({name: BAD if number % 3 else GOOD for number, name in enumerate(names)})
    whole = world.json(*names)
    parts = [world.json(*names[start : start + 2]) for start in range(0, 10, 2)]
    union = sorted(place for part in parts for place in part.places)
    assert union == whole.places != []
    assert max(part.code for part in parts) == whole.code == 1


@pytest.mark.slow
def test_row_038_a_hundred_thousand_changed_files_need_no_argv_and_little_memory(
    world: World,
) -> None:
    blob = world.git("hash-object", "-w", "a.py").strip()
    entries = "".join(f"100644 {blob}\tpkg{n % 100}/m{n}.py\n" for n in range(100_000))
    listed = world.root / ".git" / "entries"
    listed.write_text(entries)
    with listed.open() as text:
        subprocess.run(
            ["git", "update-index", "--index-info"], cwd=world.root, stdin=text, check=True
        )
    measured = (
        "import resource, subprocess, sys; "
        "code = subprocess.run(sys.argv[1:]).returncode; "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, str(Path(sys.executable).parent / "guard-hook")],
        cwd=world.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) < 600 * 1024


def test_row_039_findings_are_sorted_whatever_the_order_of_the_files(world: World) -> None:
    world.stage({"b.py": BAD * 2, "c.py": BAD, "a.py": BAD})
    one = world.hook("--format=json", "c.py", "a.py", "b.py")
    two = world.hook("--format=json", "b.py", "c.py", "a.py")
    assert one.out == two.out
    assert one.places == sorted(one.places) != []


def test_row_040_a_path_named_twice_is_reported_once(world: World) -> None:
    world.stage({"a.py": BAD})
    world.write({"w.py": BAD})
    names = ["a.py", "./a.py", "w.py", "w.py", str(world.root / "w.py")]
    assert world.json(*names).places == [("a.py", 1), ("w.py", 1)]


def test_row_041_a_path_with_a_space_works(world: World) -> None:
    world.stage({"a b/c d.py": BAD})
    assert world.hook("a b/c d.py").code == 1
    assert world.json().places == [("a b/c d.py", 1)]


def test_row_042_odd_characters_in_a_path_are_escaped_in_each_format(world: World) -> None:
    name = 'new\nli"ne\t%::.py'
    world.stage({name: BAD})
    assert world.json(name).places == [(name, 1)]
    text = world.hook(name).out
    assert "new\nli" not in text
    annotations = world.check("--format", "github").out
    assert "new%0Ali" in annotations
    sarif = json.loads(world.check("--format", "sarif").out)
    location = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "new%0Ali%22ne%09%25%3A%3A.py"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_row_043_a_unicode_path_stays_as_git_stores_it(world: World, form: str) -> None:
    name = unicodedata.normalize(form, "é.py")  # type: ignore[arg-type]  # a literal of two
    world.stage({name: BAD})
    assert world.json(name).places == [(name, 1)]


def test_row_044_path_bytes_that_are_not_utf8_survive(world: World) -> None:
    raw = b"caf\xe9.py"
    world.stage({os.fsdecode(raw): BAD})
    assert world.hook(raw).code == 1
    sarif = json.loads(world.check("--format", "sarif").out)
    location = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "caf%E9.py"


def test_row_045_a_path_that_begins_with_a_dash_is_a_file(world: World) -> None:
    world.stage({"-x.py": BAD, "--y.py": BAD})
    found = world.hook("--format=json", "-x.py", "--y.py")
    assert found.places == [("--y.py", 1), ("-x.py", 1)]
    assert world.json("--", "-x.py").places == [("-x.py", 1)]


def test_row_046_pathspec_magic_in_a_path_is_literal(world: World) -> None:
    names = [":(top)a.py", "*.py", "[ab].py"]
    for name in names:
        world.write({name: BAD})
        world.git("--literal-pathspecs", "add", "--", name)
    world.stage({"plain.py": BAD})
    assert world.json(*names).places == [(name, 1) for name in sorted(names)]


@pytest.mark.parametrize("value", ["true", "false"])
def test_row_047_quoting_of_paths_has_no_effect(world: World, value: str) -> None:
    world.git("config", "core.quotePath", value)
    world.stage({"ünï.py": BAD})
    assert world.json().places == [("ünï.py", 1)]


def test_row_048_too_long_paths_and_backslashes_are_skipped_with_a_note(world: World) -> None:
    blob = world.git("hash-object", "-w", "a.py").strip()
    long = "/".join(["d" * 200] * 25) + "/a.py"
    for name in (long, "back\\slash.py"):
        world.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    found = world.json()
    assert found.code == 0
    assert set(found.skipped) == {long, "back\\slash.py"}


def test_row_049_a_rename_of_case_alone_works(world: World) -> None:
    world.commit({"b.py": BAD * 3})
    world.git("mv", "b.py", "B.py")
    assert world.json("B.py").places == []
    world.stage({"B.py": BAD * 3 + "y = old_call(4)\n"})
    assert world.json("B.py").places == [("B.py", 4)]
