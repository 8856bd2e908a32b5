"""Learning from many repositories: one memory, what they share, and failures that end nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.learn.learn import command as learn_command
from devmatrix_guard.commands.executors import Failed
from devmatrix_guard.commands.learn.many import ManyReport, Taught, learn_many
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import UsageError
from tests.helpers import commit, make_repo

NAMES = ("alpha", "beta", "gamma")


def make_history(root: Path, call: str) -> Path:
    """Make a repository in which three fixes turn a call of `shelf` into a safe one."""

    def reader(name: str, called: str) -> str:
        body = f"    with open({name}_path) as stream:\n        return shelf.{called}(stream)\n"
        return f"import shelf\n\n\ndef read_{name}({name}_path):\n{body}"

    files = {f"app/{name}.py": reader(name, call) for name in NAMES}
    repo = make_repo(root, {**files, "README.md": f"{root.name}\n"})
    for day, name in enumerate(NAMES, start=1):
        safe = {f"app/{name}.py": reader(name, f"safe_{call}")}
        commit(repo, safe, f"Fix unsafe loading in {root.name} (#{day})", day=day)
    later = "".join(f"def area_{n}(width):\n    return width * {n}\n\n\n" for n in range(120))
    commit(repo, {"app/areas.py": later}, "Add areas", day=9)
    return repo


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with two repositories that made the same fixes, one with others, and a list."""
    for name, call in (("one", "load"), ("two", "load"), ("three", "parse")):
        make_history(tmp_path / name, call)
    (tmp_path / "list.txt").write_text("one\ntwo\nthree\nabsent\n")
    return tmp_path


def check_team(team: Path, report: ManyReport) -> None:
    """Hold a report of the four to what is true of them."""
    outcomes = {Path(path).name: outcome for path, outcome in report.results}
    assert list(outcomes) == ["one", "two", "three", "absent"]
    assert isinstance(outcomes["absent"], Failed)
    assert "absent" in outcomes["absent"].reason
    for name in ("one", "two", "three"):
        assert isinstance(outcomes[name], Taught), outcomes[name]
        assert outcomes[name].fixes == 3
        assert [*(team / name / ".guard" / "rules").glob("*.yml")]
    ((_, title, repositories),) = report.shared
    assert (title, repositories) == ("shelf.load → shelf.safe_load", ("one", "two"))


def list_repositories(team: Path) -> list[str]:
    with open_project_memory(load_settings(team), team) as memory:
        return sorted(one.name for one in memory.repositories.list_all())


@pytest.mark.slow
def test_many_repositories_are_learned_from_into_one_memory(team: Path) -> None:
    paths = [team / name for name in ("one", "two", "three", "absent")]
    told: list[str] = []

    def tell(path: str, outcome: Taught | Failed) -> None:
        told.append(Path(path).name)

    report = learn_many(team, paths, executor="processes", jobs=2, tell=tell)
    check_team(team, report)
    assert sorted(told) == ["absent", "one", "three", "two"]
    assert {"one", "two", "three"} <= {*list_repositories(team)}
    assert not (team / "one" / ".guard" / "memory.db").exists()
    again = learn_many(team, paths[:2], executor="processes", jobs=2)
    assert [not isinstance(o, Failed) and o.fresh for _, o in again.results] == [False, False]
    assert again.shared == report.shared


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask's own modules warn of
def test_a_dask_cluster_learns_the_same(team: Path, cluster: Any) -> None:
    paths = [team / name for name in ("one", "two", "three", "absent")]
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    check_team(team, learn_many(team, paths, executor=address))


@pytest.mark.slow
def test_the_command_names_the_repository_that_failed_and_ends_with_2(team: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", "learn", "--repos", "list.txt", "--jobs", "2"],
        cwd=team, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Learned from 3 of 4 repositories into" in done.stdout
    assert "shelf.load → shelf.safe_load  one, two" in done.stdout
    assert done.stderr.count("✗ absent") == 1
    assert "Traceback" not in done.stderr
    command = [sys.executable, "-m", "devmatrix_guard", "learn", "--repos", "list.txt"]
    shown = subprocess.run(
        [*command, "--format", "json"], cwd=team, capture_output=True, check=False
    )
    data = json.loads(shown.stdout)
    assert [one["repositories"] for one in data["shared"]] == [["one", "two"]]
    assert [("failed" in one) for one in data["repositories"]] == [False, False, False, True]


def test_an_executor_that_is_none_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no executor"):
        learn_many(tmp_path, [tmp_path / "one"], executor="threads")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("place", ["~/team.db", "no~home/team.db"])
def test_every_process_opens_the_memory_that_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GUARD_MEMORY", place)
    make_repo(tmp_path / "one", {"a.py": "a = 1\n"})
    report = learn_many(tmp_path, [tmp_path / "one"], executor="processes", jobs=1)
    assert isinstance(report.results[0][1], Taught)
    assert list_repositories(tmp_path) == ["one"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--jobs", "2"], "name them by --repos"),
        (["--executor", "dask://host:1"], "name them by --repos"),
        (["--repos", "list.txt", "--dry-run"], "--dry-run is for one repository"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], said: str) -> None:
    error = CliRunner().invoke(learn_command, options).exception
    assert isinstance(error, UsageError)
    assert said in str(error)
