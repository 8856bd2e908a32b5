"""The command line: quick help, exact exit codes, and no traceback whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from devmatrix_guard import __version__
from devmatrix_guard.cli import cli
from tests.helpers import make_repo
from tests.helpers_fork import run_guard

HEAVY = (
    "git",
    "libcst",
    "numpy",
    "rich",
    "sqlite3",
    "yaml",
    "psycopg",
    "qdrant_client",
    "neo4j",
    "fastapi",
)
# Stands for a verb that does something; `main` is reached exactly as the console script does.
PROGRAM = """
import sys, click
import devmatrix_guard.cli as guard
from devmatrix_guard.errors import GitError, InternalError

@click.command()
def verb():
    {body}

guard.cli.add_command(verb, "check")
guard._LazyGroup.get_command = lambda self, ctx, name: verb
sys.argv = ["guard", "check"]
guard.main()
"""


def _guard(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", *args],
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=False,
    )


def _run(body: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        check=False,
    )


def test_help_names_every_verb_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['guard', '--help']\n"
        "from devmatrix_guard.cli import main\n"
        "try: main()\n"
        f"finally: print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "LOADED []" in done.stdout
    for verb in cli.list_commands(None):  # type: ignore[arg-type]
        assert f"\n  {verb} " in done.stdout


def test_version_is_told() -> None:
    done = _guard("--version")
    assert (done.returncode, done.stdout) == (0, f"guard, version {__version__}\n")


@pytest.mark.parametrize(
    ("verb", "hint"),
    [("chekc", "did you mean `guard check`?"), ("xyzzy", "see `guard --help`.")],
)
def test_an_unknown_verb_is_a_usage_error(verb: str, hint: str) -> None:
    done = _guard(verb)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"guard: There is no `guard {verb}`; {hint}\n"


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        pytest.param("return 0", 0, "", id="clean"),
        pytest.param("return 1", 1, "", id="findings"),
        pytest.param("return None", 0, "", id="nothing returned"),
        pytest.param("raise GitError('Go away.')", 2, "guard: Go away.\n", id="user can mend it"),
        pytest.param("raise KeyboardInterrupt", 130, "", id="interrupted"),
        pytest.param("sys.stdout.write('\\u2026\\U0001f600'); return 0", 0, "", id="any character"),
    ],
)
def test_exit_codes(body: str, code: int, message: str) -> None:
    done = _run(body, {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr.lstrip("\n")) == (code, message)


def test_a_usage_error_of_click_ends_with_2_and_says_what_is_wrong() -> None:
    """What stands around the sentence is click's, and its versions differ."""
    done = _run("raise click.UsageError('No.')", {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert "No." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("body", ["raise InternalError('lost')", "raise ValueError('lost')"])
def test_a_defect_of_ours_is_one_sentence_with_what_to_do(body: str) -> None:
    done = _run(body)
    assert done.returncode == 3
    assert done.stderr.startswith(
        f"guard: an internal error of guard {__version__}, not an error in your code: "
    )
    assert "GUARD_TRACEBACK=1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_shows_its_traceback_on_request() -> None:
    done = _run("raise ValueError('lost')", {"GUARD_TRACEBACK": "1"})
    assert done.returncode == 3
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("rules", "retire"), ("try", "--limit"), ("bank", "import"), ("try", "x"), ()],
    ids=" ".join,
)
def test_the_password_of_an_address_in_the_wrong_place_is_not_repeated(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run_guard(make_repo(tmp_path / "repo"), *words, "postgresql://me:my@cret@host/x")
    assert done.returncode == 2
    assert "postgresql://me:*******@host/x" in done.stderr


def test_a_reader_that_leaves_causes_no_traceback() -> None:
    body = "[print('x' * 1000) for _ in range(10_000)]"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    body = f"import pathlib, time; pathlib.Path({str(ready)!r}).touch(); time.sleep(900)"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)], stderr=subprocess.PIPE
    ) as process:
        while not ready.exists():
            assert process.poll() is None
            time.sleep(0.01)  # or it gets no time itself on a busy machine
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 130
        assert b"Traceback" not in errors


def _list_commands() -> list[str]:
    context = click.Context(cli)
    return sorted(cli.list_commands(context))


@pytest.mark.parametrize("name", _list_commands())
def test_no_help_is_wider_than_a_terminal(name: str) -> None:
    context = click.Context(cli, info_name="guard", terminal_width=80, max_content_width=80)
    command = cli.get_command(context, name)
    assert command is not None
    waiting = [(name, command)]
    while waiting:
        path, one = waiting.pop()
        inner = click.Context(one, parent=context, info_name=path, terminal_width=80)
        wide = [line for line in one.get_help(inner).splitlines() if len(line) > 80]
        assert wide == [], path
        if isinstance(one, click.Group):
            waiting += [
                (f"{path} {sub}", found)
                for sub in one.list_commands(inner)
                if (found := one.get_command(inner, sub)) is not None
            ]


@pytest.mark.parametrize("verb", ["lineage", "recall", "explain", "variants"])
def test_an_argument_that_is_no_name_is_refused_in_one_sentence(tmp_path: Path, verb: str) -> None:
    done = run_guard(make_repo(tmp_path), verb, "x/" * 50_000)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "guard: an argument has 100,000 characters; no name, path or text that guard takes has "
        "more than 65,536: give a shorter one.\n"
    )


def test_a_message_of_some_pages_may_be_searched_for(tmp_path: Path) -> None:
    done = run_guard(make_repo(tmp_path), "patterns", "search", "TypeError: no\n" * 3_000)
    assert done.stderr.endswith("run `guard learn` first.\n")
