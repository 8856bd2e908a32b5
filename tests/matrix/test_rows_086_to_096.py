"""Surroundings: terminals, streams that close, disks, locales, users, configuration."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commands.check.stopped_run import stop_at
from tests.matrix.world import BAD, GOOD, RULE, World, run

_SCRIPTS = Path(sys.executable).parent


def _on_a_terminal(world: World, env: dict[str, str]) -> str:
    """Run the hook with a pseudo-terminal as its output and return what it shows."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", **env}
    process = subprocess.Popen(
        [_SCRIPTS / "guard-hook"], cwd=world.root, env=environ, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # how a terminal says that its other end is closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    process.wait()
    return shown.decode()


@pytest.mark.parametrize(
    ("env", "colored"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "", "FORCE_COLOR": ""}, True),
    ],
    ids=["terminal", "no-color", "dumb", "empty-variables-say-nothing"],
)
def test_row_086_a_terminal_gets_colour_unless_told_otherwise(
    world: World, env: dict[str, str], *, colored: bool
) -> None:
    world.stage({"a.py": BAD})
    assert ("\x1b[" in _on_a_terminal(world, env)) is colored


def test_row_086_a_pipe_gets_colour_only_when_forced(world: World) -> None:
    world.stage({"a.py": BAD})
    assert "\x1b[" not in world.hook().out
    assert "\x1b[" in world.hook(env={"FORCE_COLOR": "1"}).out
    assert "\x1b[" not in world.hook(env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert "\x1b[" in world.check("--color", "always", env={"NO_COLOR": "1"}).out


@pytest.mark.parametrize("entry", [["guard", "check"], ["guard-hook"]], ids=["check", "hook"])
def test_row_087_a_stream_closed_early_makes_no_noise(world: World, entry: list[str]) -> None:
    world.write({".guard/rules/old.yml": RULE.partition("    fix:")[0]})
    world.stage({"b.py": BAD * 3000})
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [_SCRIPTS / entry[0], *entry[1:]],
        cwd=world.root,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr
    assert done.returncode == 1


def test_row_088_an_interrupted_fix_leaves_each_file_old_or_new(world: World) -> None:
    old, new = BAD * 3, GOOD * 3
    names = [f"f{number}.py" for number in range(6)]
    mixtures = set()
    for step in range(1, 61, 4):
        world.stage(dict.fromkeys(names, old))
        (world.root / "f0.py").chmod(0o755)
        done = stop_at(step, signal.SIGINT, world.root, "guard", "check", "--fix")
        assert b"Traceback" not in done.stderr
        texts = [world.text(name) for name in names]
        assert set(texts) <= {old, new}
        mixtures.add(texts.count(new))
        assert (world.root / "f0.py").stat().st_mode & 0o777 == 0o755
    assert {0, 6} < mixtures


def test_row_089_a_read_only_file_is_left_with_a_clear_message(world: World) -> None:
    world.stage({"a.py": BAD})
    (world.root / "a.py").chmod(0o444)
    result = world.fix()
    assert result.code == 2
    assert "a.py is read-only" in result.err
    assert world.text("a.py") == BAD


def test_row_089_a_full_disk_leaves_the_file_as_it_was(world: World) -> None:
    import resource

    world.stage({"a.py": BAD + "y = 1\n" * 5000})
    before = world.text("a.py")

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    done = subprocess.run(
        [_SCRIPTS / "guard", "check", "--fix"],
        cwd=world.root,
        # Python would leave the first bytes of a compiled module, and every later run fail with it.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=no_room,  # a limit cannot be set from outside
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert world.text("a.py") == before
    assert [p.name for p in world.root.glob(".a.py*")] == []


@pytest.mark.parametrize("damage", [b"", b"\0" * 100, b"not a cache"], ids=["empty", "nul", "text"])
def test_row_090_a_damaged_cache_is_ignored_and_rebuilt(world: World, damage: bytes) -> None:
    world.stage({"a.py": BAD})
    expected = world.json().out
    caches = list((world.root / ".git" / "guard").iterdir())
    assert caches
    for cache in caches:
        cache.write_bytes(damage)
    assert world.json().out == expected
    assert world.hook().code == 1


def test_row_090_a_cache_that_cannot_be_written_is_done_without(world: World) -> None:
    world.stage({"a.py": BAD})
    (world.root / ".git" / "guard").write_text("a file where the folder would be")
    assert world.json().places == [("a.py", 1)]
    assert world.hook().code == 1


def test_row_091_twenty_runs_at_once_agree(world: World) -> None:
    world.stage({"a.py": BAD})
    with ThreadPoolExecutor(20) as pool:
        results = list(
            pool.map(lambda _: run("guard", world.root, "check", "--format", "json"), range(20))
        )
    assert {result.code for result in results} == {1}
    assert len({result.out for result in results}) == 1
    assert {result.err for result in results} == {""}


def test_row_092_the_clock_does_not_show_in_reports(world: World) -> None:
    world.stage({"a.py": BAD})
    for name in ("json", "sarif", "junit", "gitlab", "markdown"):
        plain = world.check("--format", name).out
        assert world.check("--format", name, env={"SOURCE_DATE_EPOCH": "0"}).out == plain
        assert world.check("--format", name, env={"TZ": "Pacific/Kiritimati"}).out == plain
    for path in world.root.rglob("*.py"):
        os.utime(path, (1, 1))
    assert world.hook().code == 1


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": None, "LANG": None, "LC_CTYPE": None},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
    ],
    ids=["c", "unset", "cp1252", "ascii"],
)
def test_row_093_no_locale_makes_output_fail(world: World, env: dict[str, str | None]) -> None:
    world.stage({"b.py": "# 漢字 ✓\nx = old_call('漢字')\n", "ünï.py": BAD})
    for name in ("text", "concise", "markdown", "github", "json"):
        result = world.check("--format", name, env=env)
        assert (result.code, "Error" in result.err) == (1, False), result.err
    assert world.hook(env=env).code == 1


def test_row_094_without_a_home_or_a_user_the_check_works(world: World) -> None:
    world.stage({"a.py": BAD})
    env = {"HOME": None, "XDG_CONFIG_HOME": None, "XDG_CACHE_HOME": None, "USER": None}
    assert world.hook(env=env).code == 1
    stranger = ["unshare", "--user", "--map-user=54321", "--map-group=54321"]
    if not shutil.which("unshare") or subprocess.run([*stranger, "true"], check=False).returncode:
        pytest.skip("a user without a passwd entry is not to be had here: unshare is refused")
    done = subprocess.run(
        [*stranger, _SCRIPTS / "guard-hook"],
        cwd=world.root,
        env={name: value for name, value in os.environ.items() if name not in env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr


def test_row_095_gits_hint_about_the_owner_is_repeated(world: World) -> None:
    refused = world.check(env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert refused.code == 2
    assert "safe.directory" in refused.err


def test_row_096_configuration_of_git_does_not_bend_the_check(world: World) -> None:
    world.commit({"b.py": "y = 1\n" * 10 + BAD})
    for key, value in {
        "diff.external": "false",
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.context": "20",
        "diff.upper.textconv": "tr a-z A-Z <",
        "color.ui": "always",
        "core.pager": "false",
        "pager.diff": "true",
        "alias.diff": "!false",
        "alias.rev-parse": "!false",
    }.items():
        world.git("config", key, value)
    world.commit({".gitattributes": "*.py diff=upper\n"})
    world.stage({"b.py": "y = 1\n" * 5 + "z = old_call(2)\n" + "y = 1\n" * 5 + BAD})
    assert world.json(env={"GIT_DIFF_OPTS": "--unified=9"}).places == [("b.py", 6)]
