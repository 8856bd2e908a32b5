"""pre-commit and prek for real, from a clone of this repository: stop, mend, leave the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.learn import learn
from tests.helpers import git
from tests.helpers_servers import lock
from tests.matrix.world import BAD, GOOD, RULE, World

SOURCE = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
RUNNERS = ("pre-commit", "prek")


@pytest.fixture(scope="session")
def caches(run_folder: Path) -> Path:
    """Where runners keep the environments they build: one folder for all processes of a test run.

    Building is most of the time here; both runners lock what they build.
    """
    folder = run_folder / "runners"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def hook_repo(caches: Path) -> tuple[Path, str]:
    """A clone of this repository as a runner gets it, and the revision it is pinned to."""
    clone = caches / "guard"
    with lock(caches / "clone.lock"):
        if not clone.exists():
            git(SOURCE, "clone", "-q", "--no-hardlinks", str(SOURCE), str(clone))
    return clone, git(clone, "rev-parse", "HEAD").strip()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with one rule."""
    return World.make(tmp_path / "world")


def run_runner(
    world: World, caches: Path, runner: str, *args: str
) -> subprocess.CompletedProcess[str]:
    """Run a hook runner with its environments in a folder of the test session."""
    environ = {
        **os.environ,
        "PRE_COMMIT_HOME": str(caches / "pre-commit"),
        "PREK_HOME": str(caches / "prek"),
        # A test's home is empty: without these each environment would download everything again.
        "PIP_CACHE_DIR": str(caches / "pip"),
        "UV_CACHE_DIR": str(caches / "uv"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        [BIN / runner, *args],
        cwd=world.root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def pin(world: World, hook_repo: tuple[Path, str], hook: str) -> None:
    """Commit a configuration that pins one of our hooks."""
    source, rev = hook_repo
    config = f"repos:\n- repo: {source}\n  rev: {rev}\n  hooks: [{{id: {hook}}}]\n"
    world.commit({".pre-commit-config.yaml": config}, "Pin the hook")


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_bad_staged_change_is_stopped_and_a_good_one_passes(
    world: World, hook_repo: tuple[Path, str], caches: Path, runner: str
) -> None:
    pin(world, hook_repo, "guard")
    world.stage({"a.py": BAD})
    stopped = run_runner(world, caches, runner, "run")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "no-old-call" in stopped.stdout
    world.stage({"a.py": "y = 2\n"})
    passed = run_runner(world, caches, runner, "run")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    everything = run_runner(world, caches, runner, "run", "--all-files")
    assert everything.returncode == 0, everything.stdout + everything.stderr


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_fixing_hook_mends_and_keeps_unstaged_edits(
    world: World, hook_repo: tuple[Path, str], caches: Path, runner: str
) -> None:
    pin(world, hook_repo, "guard-fix")
    middle = "y = 1\n" * 30
    world.commit({"a.py": GOOD + middle + "end = 1\n"}, "Long file")
    world.stage({"a.py": BAD + middle + "end = 1\n"})
    world.write({"a.py": BAD + middle + "end = 'mine'\n"})
    fixed = run_runner(world, caches, runner, "run")
    assert fixed.returncode == 1, fixed.stdout + fixed.stderr
    assert world.text("a.py") == GOOD + middle + "end = 'mine'\n"
    assert world.git("show", ":a.py") == BAD + middle + "end = 1\n"


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_range_hook_checks_what_a_push_would_publish(
    world: World, hook_repo: tuple[Path, str], caches: Path, runner: str
) -> None:
    pin(world, hook_repo, "guard-range")
    world.commit({"b.py": BAD}, "Slipped through")
    refs = ("--hook-stage", "pre-push", "--from-ref", "HEAD~1", "--to-ref", "HEAD")
    stopped = run_runner(world, caches, runner, "run", *refs)
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "b.py:1" in stopped.stdout


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_trying_the_repository_works_without_a_configuration(
    world: World, hook_repo: tuple[Path, str], caches: Path, runner: str
) -> None:
    world.stage({"a.py": BAD})
    tried = run_runner(world, caches, runner, "try-repo", str(hook_repo[0]), "guard")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "no-old-call" in tried.stdout


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_warning_stops_a_real_commit_once(
    world: World, hook_repo: tuple[Path, str], caches: Path, runner: str
) -> None:
    pin(world, hook_repo, "guard")
    world.commit({".guard/rules/old.yml": RULE.replace("ERROR", "WARNING")}, "Warn only")
    installed = run_runner(world, caches, runner, "install")
    assert installed.returncode == 0, installed.stderr
    world.stage({"a.py": BAD, "notes.txt": "Words.\n"})
    stopped = commit_by(world, caches)
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    said = stopped.stdout + stopped.stderr
    assert "no-old-call" in said
    assert "Stopped once for 1 warning" in said
    passed = commit_by(world, caches)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    everything = run_runner(world, caches, runner, "run", "--all-files")
    assert everything.returncode == 0, everything.stdout + everything.stderr


@pytest.mark.slow
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_commit_that_only_deletes_a_regression_test_is_stopped(
    world: World, hook_repo: tuple[Path, str], caches: Path, runner: str
) -> None:
    """Runners name no deleted file: a hook that runs for files alone would be skipped."""
    pin(world, hook_repo, "guard")
    test = "from sums import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    world.commit({"sums.py": "def add(a, b):\n    return a - b\n"}, "Add sums")
    fixed = {"sums.py": "def add(a, b):\n    return a + b\n", "tests/test_sums.py": test}
    world.commit(fixed, "Fix the sum of two numbers (#12)")
    learn(world.root)
    world.git("rm", "-q", "tests/test_sums.py")
    stopped = run_runner(world, caches, runner, "run")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "deletes a regression test" in " ".join(stopped.stdout.split())


def commit_by(world: World, caches: Path) -> subprocess.CompletedProcess[str]:
    """Commit what is staged, through the hooks that are installed."""
    environ = {
        **os.environ,
        "PRE_COMMIT_HOME": str(caches / "pre-commit"),
        "PREK_HOME": str(caches / "prek"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        ["git", "commit", "-m", "Work"],
        cwd=world.root,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
