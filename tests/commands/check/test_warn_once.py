"""A warning stops a commit in a hook once; ranges and whole files are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.helpers import git
from tests.matrix.world import World, run

RULES = """\
rules:
  - {id: no-warn, languages: [python], severity: WARNING, message: Old., pattern: warn_call($X)}
  - {id: no-info, languages: [python], severity: INFO, message: Odd., pattern: info_call($X)}
  - {id: no-error, languages: [python], severity: ERROR, message: Gone., pattern: old_call($X)}
"""
WARN, INFO, ERROR = "x = warn_call(1)\n", "x = info_call(1)\n", "x = old_call(1)\n"
HOOK = Path(__file__).parents[3] / "hooks" / "pre-commit"
STOPPED = "Stopped once for 1 warning"
SHOWN = "1 warning, shown before"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with a rule of each stage and the native hook."""
    world = World.make(tmp_path / "world")
    world.commit({".guard/rules/rule.yml": RULES}, "Rules")
    hook = world.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_bytes(HOOK.read_bytes())
    hook.chmod(0o755)
    return world


def make_commit(
    root: Path, *args: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Make a commit as a user would, through the hook."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["git", "commit", "-m", "Work", *args],
        cwd=root,
        env={**os.environ, "PATH": path, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_first_commit_is_stopped_and_the_same_one_goes_through(world: World) -> None:
    world.stage({"a.py": WARN})
    first = make_commit(world.root)
    assert first.returncode == 1
    assert "a.py:1:5  warn  no-warn" in first.stderr
    assert STOPPED in first.stderr
    second = make_commit(world.root)
    assert second.returncode == 0, second.stderr
    assert SHOWN in second.stderr


def test_a_new_warning_asks_again_and_fewer_do_not(world: World) -> None:
    world.stage({"a.py": WARN, "b.py": WARN})
    assert "2 warnings" in make_commit(world.root).stderr
    world.stage({"a.py": WARN + "y = warn_call(2)\n"})
    assert "Stopped once for 3 warnings" in make_commit(world.root).stderr
    world.stage({"b.py": "x = 1\n"})
    assert make_commit(world.root).returncode == 0


def test_changed_code_asks_again_and_moved_code_does_not(world: World) -> None:
    world.stage({"a.py": WARN})
    assert make_commit(world.root).returncode == 1
    world.stage({"a.py": "x = warn_call(2)\n"})
    assert make_commit(world.root).returncode == 1
    world.stage({"a.py": "import os\n\nx = warn_call(2)\n"})
    assert make_commit(world.root).returncode == 0


def test_the_next_commit_is_asked_about_anew(world: World) -> None:
    world.stage({"a.py": WARN})
    make_commit(world.root)
    make_commit(world.root)
    world.commit({"a.py": "x = 1\n"}, "Mend")
    world.stage({"a.py": WARN})
    assert make_commit(world.root).returncode == 1


def test_an_amended_commit_is_asked_about_what_it_adds(world: World) -> None:
    world.stage({"a.py": WARN})
    make_commit(world.root)
    make_commit(world.root)
    world.stage({"a.py": WARN + "y = 2\n"})
    assert make_commit(world.root, "--amend").returncode == 0
    world.stage({"a.py": WARN + "y = warn_call(2)\n"})
    assert make_commit(world.root, "--amend").returncode == 1
    assert make_commit(world.root, "--amend").returncode == 0


def test_an_answer_is_forgotten_after_a_day(world: World) -> None:
    world.stage({"a.py": WARN})
    assert make_commit(world.root).returncode == 1
    yesterday = time.time() - 25 * 3600
    for file in (world.root / ".git/guard/asked").iterdir():
        os.utime(file, (yesterday, yesterday))
    assert make_commit(world.root).returncode == 1
    assert make_commit(world.root).returncode == 0


def test_the_first_commit_of_all_is_asked_about_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    world = World(tmp_path)
    world.stage({".guard/rules/r.yml": RULES, "a.py": WARN})
    assert run("guard-hook", tmp_path).code == 1
    assert run("guard-hook", tmp_path).code == 0


def test_a_warning_shown_beside_an_error_is_not_asked_about_again(world: World) -> None:
    world.stage({"a.py": WARN, "b.py": ERROR})
    first = make_commit(world.root)
    assert first.returncode == 1
    assert "no-warn" in first.stderr
    assert "Stopped once" not in first.stderr
    world.stage({"b.py": "x = 1\n"})
    assert make_commit(world.root).returncode == 0


def test_linked_work_trees_are_asked_apart(world: World, tmp_path: Path) -> None:
    git(world.root, "worktree", "add", "-q", str(tmp_path / "linked"))
    linked = World(tmp_path / "linked")
    for one in (world, linked):
        one.stage({"a.py": WARN})
        assert make_commit(one.root).returncode == 1
    for one in (world, linked):
        assert make_commit(one.root).returncode == 0


@pytest.mark.parametrize(
    ("how", "codes"), [("ask-once", (1, 0)), ("show", (0, 0)), ("stop", (1, 1))]
)
def test_the_setting_the_variable_and_the_option_say_how(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str, codes: tuple[int, int]
) -> None:
    world.stage({"a.py": WARN})
    monkeypatch.setenv("GUARD_ON_WARN", how)
    assert tuple(run("guard-hook", world.root).code for _ in codes) == codes
    monkeypatch.delenv("GUARD_ON_WARN")
    world.stage({"a.py": "y = warn_call(2)\n"})
    assert tuple(run("guard-hook", world.root, f"--on-warn={how}").code for _ in codes) == codes
    world.stage({"a.py": "y = warn_call(3)\n"})
    option = ("check", "--staged", "--on-warn", how)
    assert tuple(run("guard", world.root, *option).code for _ in codes) == codes
    settings = f"shipped = false\non-warn = '{how}'\n"
    world.stage({"guard.toml": settings, "a.py": "y = warn_call(4)\n"})
    assert tuple(run("guard-hook", world.root).code for _ in codes) == codes
    world.commit({}, "Settle")
    world.stage({"a.py": "y = warn_call(5)\n"})  # by a note of the settings
    assert tuple(run("guard-hook", world.root).code for _ in codes) == codes


def test_a_word_that_is_no_answer_is_refused(world: World) -> None:
    world.stage({"guard.toml": "on-warn = 'maybe'\n", "a.py": WARN})
    assert "ask-once, show or stop" in run("guard-hook", world.root).err


def test_a_gate_of_never_lets_warnings_through(world: World) -> None:
    world.stage({"a.py": WARN})
    assert run("guard-hook", world.root, "--fail-on=never").code == 0


def test_a_gate_at_warn_fails_each_time(world: World) -> None:
    world.stage({"a.py": WARN})
    codes = [run("guard-hook", world.root, "--fail-on=warn").code for _ in range(2)]
    assert codes == [1, 1]


def test_exit_zero_and_a_look_by_hand_ask_nothing(world: World) -> None:
    world.stage({"a.py": WARN})
    assert run("guard", world.root, "check").code == 0
    assert run("guard-hook", world.root, "--exit-zero").code == 0
    run("guard", world.root, "doctor")
    assert make_commit(world.root).returncode == 1


def test_check_asks_where_a_runner_runs_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stage({"a.py": WARN})
    monkeypatch.setenv("PRE_COMMIT", "1")
    assert [run("guard", world.root, "check", "a.py").code for _ in range(2)] == [1, 0]


def test_a_range_and_whole_files_are_never_asked_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = git(world.root, "rev-parse", "HEAD").strip()
    world.commit({"a.py": WARN}, "Warn")
    assert run("guard-hook", world.root, "--all").code == 0
    assert run("guard-hook", world.root, "a.py").code == 0  # as with `pre-commit run --all-files`
    assert run("guard-hook", world.root, f"--range={base}...HEAD").code == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", base)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    assert run("guard-hook", world.root).code == 0


def test_advice_is_for_check_and_pull_requests(world: World) -> None:
    base = git(world.root, "rev-parse", "HEAD").strip()
    world.stage({"a.py": INFO, "b.py": "y = warn_call(1)\n"})
    for _ in range(2):  # once by the full check, once by the quick one
        assert "no-info" not in run("guard-hook", world.root, "--on-warn=show").out
    assert "no-info" in run("guard-hook", world.root, "--fail-on=advise").out
    assert "no-info" in run("guard", world.root, "check").out
    world.commit({}, "Advise")
    assert "no-info" in run("guard-hook", world.root, f"--range={base}...HEAD").out


def test_a_folder_that_cannot_be_written_stops_nothing_for_ever(world: World) -> None:
    world.stage({"a.py": WARN})
    (world.root / ".git/guard").mkdir(exist_ok=True)
    (world.root / ".git/guard/asked").write_text("in the way")
    done = run("guard-hook", world.root)
    assert (done.code, "cannot be written" in done.out) == (0, True)


def test_many_processes_at_once_remember_all(world: World) -> None:
    files = {f"m{n}.py": f"x = warn_call({n})\n" for n in range(12)}
    world.stage(files)

    def check(name: str) -> int:
        return run("guard-hook", world.root, name).code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(check, files)) == {1}
        assert set(pool.map(check, files)) == {0}
    assert run("guard-hook", world.root).code == 0


def test_programs_that_read_the_output_are_not_disturbed(world: World) -> None:
    world.stage({"a.py": WARN})
    done = run("guard-hook", world.root, "--format=json")
    assert done.code == 1
    assert done.places == [("a.py", 1)]
    assert STOPPED in done.err
