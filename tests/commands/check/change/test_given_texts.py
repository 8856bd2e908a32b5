"""Texts that are given instead of read: `--stdin-filename PATH -`, and what checks edits."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from devmatrix_guard.commands.check.arguments.request import CheckRequest, GivenText
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.reports.render import FORMATS
from tests.commands.check.findings.test_removed_proof import BEFORE, BROKEN, FIXED, PROOF, TESTS
from tests.helpers import commit, make_repo
from tests.matrix.world import BAD, GOOD, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule."""
    return World.make(tmp_path / "world")


def check_text(world: World, text: str, *args: str, name: str = "a.py", **more: Path) -> list[int]:
    """Return the lines with a finding in a text that stands for a file."""
    found = world.json("--stdin-filename", name, *args, "-", stdin=text.encode(), **more)
    assert found.code == bool(found.places)
    return [line for _, line in found.places]


@pytest.mark.parametrize(
    ("text", "whole", "new"),
    [
        pytest.param(GOOD, [], [], id="as it is"),
        pytest.param("", [], [], id="empty"),
        pytest.param(GOOD + BAD, [2], [2], id="a line more"),
        pytest.param(BAD + GOOD, [1], [1], id="a line before"),
        pytest.param((GOOD + BAD).replace("\n", "\r\n"), [2], [2], id="other line ends"),
        pytest.param("def f(:\n" + BAD, [2], [2], id="half typed"),
    ],
)
def test_a_text_is_checked_whole_or_where_it_is_new(
    world: World, text: str, whole: list[int], new: list[int]
) -> None:
    assert check_text(world, text) == whole
    assert check_text(world, text, "--new-lines") == new


def test_lines_that_stand_at_head_are_not_new(world: World) -> None:
    world.commit({"a.py": BAD + GOOD})
    assert check_text(world, BAD + GOOD + BAD, "--new-lines") == [3]
    assert check_text(world, BAD + GOOD + BAD) == [1, 3]


def test_the_file_on_disk_and_in_the_index_play_no_part(world: World) -> None:
    world.stage({"a.py": BAD})
    world.write({"a.py": BAD + BAD})
    assert check_text(world, GOOD) == []


def test_a_file_that_is_not_there_yet_is_new_as_a_whole(world: World) -> None:
    assert check_text(world, GOOD + BAD, "--new-lines", name="new/b.py") == [2]


def test_the_name_is_read_from_where_the_user_stands(world: World) -> None:
    world.write({"app/a.py": GOOD, "app/guard.toml": 'exclude = ["a.py"]\n'})
    assert check_text(world, BAD, name="app/a.py") == []
    assert check_text(world, BAD, name="../a.py", cwd=world.root / "app") == [1]


def test_settings_of_the_named_place_decide(world: World) -> None:
    world.write({"guard.toml": 'shipped = false\nexclude = ["old/**"]\n'})
    found = world.json("--stdin-filename", "old/x.py", "-", stdin=BAD.encode())
    assert found.code == 0
    assert found.skipped == {"old/x.py": "excluded by `old/**` in the settings"}


def test_a_text_outside_of_any_repository_is_checked_by_named_rules(
    world: World, tmp_path: Path
) -> None:
    rules = str(world.root / ".guard" / "rules")
    outside = tmp_path / "outside"
    outside.mkdir()
    assert check_text(world, BAD, "--rules", rules, cwd=outside) == [1]
    assert check_text(world, BAD, "--rules", rules, name=str(outside / "b.py")) == [1]


def test_fixes_of_a_text_come_as_a_patch(world: World) -> None:
    found = world.check("--stdin-filename", "a.py", "--diff", "-", stdin=(GOOD + BAD).encode())
    assert found.out.endswith(" x = abs(1)\n-x = old_call(1)\n+x = abs(1)\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_reports_on_a_text(world: World, name: str) -> None:
    found = world.check("--format", name, "--stdin-filename", "a.py", "-", stdin=BAD.encode())
    assert found.code == 1
    assert "a.py" in html.unescape(found.out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--stdin-filename", "a.py"], "name it by `-`"),
        (["--stdin-filename", "a.py", "a.py"], "name it by `-`"),
        (["--stdin-filename", "a.py", "--fix", "-"], "--diff prints"),
        (["--stdin-filename", "a.py", "--all", "-"], "leave them out"),
        (["--stdin-filename", "a.py", "--range", "a...b", "-"], "leave them out"),
        (["--new-lines"], "goes with --stdin-filename"),
    ],
)
def test_what_cannot_go_together_is_refused(world: World, words: list[str], said: str) -> None:
    found = world.check(*words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_binary_text_is_told_of_and_not_checked(world: World) -> None:
    found = world.json("--stdin-filename", "a.py", "-", stdin=b"\0\xff" * 9)
    assert found.skipped == {"a.py": "binary: it holds NUL bytes"}


def test_a_path_that_leads_through_a_link_is_skipped(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (world.root / "link").symlink_to(elsewhere)
    found = world.json("--stdin-filename", "link/a.py", "-", stdin=BAD.encode())
    assert found.skipped == {"link/a.py": "reached through a symbolic link"}


def test_the_next_hook_knows_no_less_after_the_check_of_a_text(tmp_path: Path) -> None:
    """The cache of a whole check names the files whose fixes are remembered."""
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN, TESTS: BEFORE})
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    learn(repo)
    world = World(repo)
    check_text(world, "x = 1\n", name="b.py")
    world.stage({TESTS: BEFORE})
    assert "removed-proof" in world.hook(TESTS).out


def test_a_text_that_undoes_a_fix_or_takes_its_test_is_named(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN, TESTS: BEFORE})
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    learn(repo)
    texts = (
        GivenText(str(repo / "a.py"), BROKEN.encode(), is_whole=False),
        GivenText(str(repo / TESTS), BEFORE.encode(), is_whole=False),
    )
    request = CheckRequest(paths=tuple(text.path for text in texts), texts=texts)
    report = examine_request(request, repo)
    assert {f.rule_id for f in report.findings} >= {"undo-of-fix", "removed-proof"}
    assert not report.has_defect


def test_a_bare_repository_judges_by_its_head(world: World, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    world.git("clone", "-q", "--bare", str(world.root), str(bare))
    found = world.json("--stdin-filename", "a.py", "-", stdin=BAD.encode(), cwd=bare)
    assert json.loads(found.out)["findings"][0]["rule_id"] == "no-old-call"
