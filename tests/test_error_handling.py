"""Both entry points end with a code that means what it says, on the worst of terminals."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import stage
from tests.helpers_fork import run_guard
from tests.matrix.world import BAD, World

_SCRIPTS = Path(sys.executable).parent
ENTRIES = [("guard", "check"), ("guard-hook",)]
# An entry point whose import of a module is interrupted, as Ctrl-C at that moment does.
INTERRUPTED = """
import sys
class Field:
    def __set_name__(self, *_):
        raise KeyboardInterrupt
class Interrupting:
    def find_spec(self, name, *_):
        if name == {name!r}:
            {moment}
sys.meta_path.insert(0, Interrupting())
from {module} import main
main()
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A repository with a finding staged."""
    world = World.make(tmp_path / "world")
    stage(world.root, {"a.py": BAD})
    return world


@pytest.mark.parametrize("command", ["verify", "drift", "check"])
def test_a_name_that_is_too_long_for_a_file_is_one_sentence(world: World, command: str) -> None:
    done = run_guard(world.root, command, "a" * 5000)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def _shell(world: World, entry: tuple[str, ...], rest: str) -> subprocess.CompletedProcess[str]:
    command = f"{_SCRIPTS / entry[0]} {' '.join(entry[1:])} {rest}"
    return _in_shell(command, world.root)


def _in_shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_full_disk_is_no_defect_of_ours(world: World, entry: tuple[str, ...]) -> None:
    done = _shell(world, entry, "> /dev/full")
    assert done.returncode == 2
    assert done.stderr == "guard: No space left on device; free some space and run again.\n"


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("closed", ["2>/dev/full", ">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_streams_that_lead_nowhere_leave_the_exit_code_alone(
    world: World, entry: tuple[str, ...], closed: str
) -> None:
    assert _shell(world, entry, closed).returncode == 1


@pytest.mark.parametrize(
    "verb",
    [
        "guard-hook",
        "guard-hook a.py",
        "guard check",
        "guard rules list",
        "guard learn",
        "guard init",
    ],
)
def test_a_deleted_folder_is_named_as_the_reason(tmp_path: Path, verb: str) -> None:
    done = _in_shell(f"mkdir gone && cd gone && rmdir ../gone && {_SCRIPTS}/{verb}", tmp_path)
    assert done.returncode == 2
    assert done.stderr == "guard: The current folder has been deleted; `cd` to one that exists.\n"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("devmatrix_guard.__main__", "devmatrix_guard.cli"),
        ("devmatrix_guard.__main__", "click"),
        ("devmatrix_guard.__main__", "devmatrix_guard.cli.check.check"),
        ("devmatrix_guard.hook", "devmatrix_guard.commands.check.prefilter"),
        ("devmatrix_guard.hook", "devmatrix_guard.commands.check.pipeline"),
    ],
)
@pytest.mark.parametrize("moment", ["raise KeyboardInterrupt", "type('A', (), {'a': Field()})"])
def test_ctrl_c_while_modules_are_read_is_no_traceback(
    world: World, module: str, name: str, moment: str
) -> None:
    code = INTERRUPTED.format(module=module, name=name, moment=moment)
    done = subprocess.run(
        [sys.executable, "-c", code, "check"],
        cwd=world.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (130, "")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("devmatrix_guard.__main__", "devmatrix_guard.import_path"),
        ("devmatrix_guard.hook", "devmatrix_guard.import_path"),
        ("devmatrix_guard.hook", "devmatrix_guard.error_handling"),
        ("devmatrix_guard.hook", "devmatrix_guard.errors"),
    ],
)
def test_ctrl_c_before_there_is_anything_to_run_is_no_traceback(
    world: World, module: str, name: str
) -> None:
    code = INTERRUPTED.format(module=module, name=name, moment="raise KeyboardInterrupt")
    done = subprocess.run(
        [sys.executable, "-c", code, "check"],
        cwd=world.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (130, "")


def test_the_hook_shows_a_traceback_on_request_and_still_ends_with_3(world: World) -> None:
    code = (
        "import devmatrix_guard.hook as hook\n"
        "def run(argv): raise ValueError('lost')\n"
        "hook.run = run\n"
        "hook.main()\n"
    )
    env = {**os.environ, "GUARD_TRACEBACK": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=world.root, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert "Traceback" in done.stderr


@pytest.mark.parametrize("columns", [40, 60])
def test_an_error_fits_the_terminal_and_leaves_commands_whole(tmp_path: Path, columns: int) -> None:
    terminal, end = os.openpty()
    with (
        os.fdopen(terminal, "rb") as screen,
        subprocess.Popen(
            [sys.executable, "-m", "devmatrix_guard", "explain", "a-rule-that-nobody-made"],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": str(columns)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=end,
        ) as process,
    ):
        os.close(end)
        shown = screen.read1(9_999).decode().replace("\r\n", "\n")
    assert process.returncode == 2
    assert shown.startswith("guard: ")
    assert "`guard rules list`" in shown
    assert len(shown.strip().splitlines()) > 1
    assert max(map(len, shown.splitlines())) <= columns
