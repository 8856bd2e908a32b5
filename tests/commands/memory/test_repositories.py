"""Which repository a command takes a folder for, and whose facts it reads."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.project_memory import identify_repository, open_project_memory
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.model.knowledge.run import PipelineRun
from tests.contract.build import fix_pattern, pair
from tests.helpers import commit, git, make_repo

PLAIN = Settings()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with two commits."""
    root = make_repo(tmp_path / "shop")
    commit(root, {"a.py": "a = 1\n"}, "Begin")
    commit(root, {"a.py": "a = 2\n"}, "Go on")
    return root


def test_a_repository_is_known_by_its_first_commit(shop: Path) -> None:
    first = git(shop, "rev-list", "--max-parents=0", "HEAD").strip()
    found = identify_repository(shop, PLAIN)
    assert (found.identity, found.name) == (first, "shop")


def test_moving_cloning_and_working_trees_change_nothing(shop: Path, tmp_path: Path) -> None:
    known = identify_repository(shop, PLAIN).identity
    git(shop, "worktree", "add", "-q", str(tmp_path / "tree"))
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(shop), str(clone))
    for root in (tmp_path / "tree", clone):
        assert identify_repository(root, PLAIN).identity == known
    shutil.move(clone, tmp_path / "moved")
    assert identify_repository(tmp_path / "moved", PLAIN).identity == known


def test_merging_another_history_changes_nothing(shop: Path, tmp_path: Path) -> None:
    known = identify_repository(shop, PLAIN).identity
    other = make_repo(tmp_path / "other")
    commit(other, {"b.py": "b = 1\n"}, "Elsewhere")
    git(shop, "fetch", "-q", str(other))
    git(shop, "merge", "-q", "--allow-unrelated-histories", "-m", "Join", "FETCH_HEAD")
    shutil.rmtree(shop / ".git" / "guard")
    assert identify_repository(shop, PLAIN).identity == known


def test_it_is_called_as_its_remote_is(shop: Path) -> None:
    git(shop, "remote", "add", "origin", "git@example.invalid:team/store.git")
    assert identify_repository(shop, PLAIN).name == "store"


def test_a_name_in_the_settings_tells_a_fork_apart(shop: Path) -> None:
    (shop / "guard.toml").write_text('repository = "shop-fork"\n')
    found = identify_repository(shop, load_settings(shop))
    assert (found.identity, found.name) == ("name:shop-fork", "shop-fork")


def test_what_a_folder_recorded_before_its_first_commit_is_its_own_afterwards(
    tmp_path: Path,
) -> None:
    root = make_repo(tmp_path / "new")
    with open_project_memory(PLAIN, root) as memory:
        memory.patterns.save([fix_pattern()])
    commit(root, {"a.py": "a = 1\n"}, "Begin")
    with open_project_memory(PLAIN, root) as memory:
        assert memory.patterns.get("p1") == fix_pattern()
        memory.state.set("a", "b")
        (known,) = memory.repositories.list_all()
    assert known.identity == git(root, "rev-parse", "HEAD").strip()


def test_a_part_of_the_history_does_not_pass_for_the_whole(shop: Path, tmp_path: Path) -> None:
    subprocess.run(
        ["git", "clone", "-q", "--depth=1", shop.as_uri(), tmp_path / "part"], check=True
    )
    assert identify_repository(tmp_path / "part", PLAIN).identity.startswith("folder:")


@pytest.fixture
def shared(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two repositories, shop and blog, on one memory; the commands are called in shop."""
    blog = make_repo(tmp_path / "blog")
    commit(blog, {"b.py": "b = 1\n"}, "Begin elsewhere")
    monkeypatch.setenv("GUARD_MEMORY", str(tmp_path / "memory.db"))
    for root, number in ((shop, 1), (blog, 2)):
        with open_project_memory(load_settings(root), root) as memory:
            own = fix_pattern(f"own{number}", title=f"own {number}", pairs=(pair(number),))
            memory.patterns.save([fix_pattern("both"), own])
            memory.runs.save(PipelineRun(f"r{number}", "learn", "2026-01-01T00:00:00Z"))
    monkeypatch.chdir(shop)
    return shop


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(cli, arguments, standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return str(done.exception)
    return done.output


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param((), {"both", "own1"}, id="own"),
        pytest.param(("--repo", "blog"), {"both", "own2"}, id="another"),
        pytest.param(("--all-repositories",), {"both", "own1", "own2"}, id="all"),
        pytest.param(("--repo", "blog", "--repo", "shop"), {"both", "own1", "own2"}, id="some"),
    ],
)
@pytest.mark.parametrize("verb", [("list",), ("search", "json loads")], ids=["list", "search"])
def test_commands_read_the_repositories_that_are_chosen(
    shared: Path, verb: tuple[str, ...], options: tuple[str, ...], found: set[str]
) -> None:
    shown = run("patterns", *verb, *options)
    assert {name for name in ("both", "own1", "own2") if f"{name} " in shown} == found


def test_a_pattern_says_who_holds_it(shared: Path) -> None:
    assert "2 repositories: blog, shop." in run("patterns", "show", "both")
    assert "repositories:" not in run("patterns", "show", "own1")
    assert "in 2 repositories" in run("patterns", "list", "--all-repositories")


def test_a_report_counts_the_runs_of_those_chosen(shared: Path) -> None:
    since = ("report", "--since", "2025-01-01", "--format", "json")
    for options, runs in (((), 1), (("--all-repositories",), 2)):
        counted = json.loads(run(*since, *options))["runs"]
        assert [count["runs"] for count in counted] == [runs]


def test_a_name_that_is_none_is_refused(shared: Path) -> None:
    for verb in (("patterns", "list"), ("report",), ("lineage", "x")):
        assert "the memory holds no repository `nowhere`" in run(*verb, "--repo", "nowhere")
