"""Checks that need the application's own environment: each is a process with a time limit.

The application is started by its own interpreter, never imported into this one. A tool that the
environment lacks makes its check a skip with the remedy, never a pass.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, NamedTuple

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.verify.processes import Forks, Running, open_new

_TAIL = 2000  # characters of a failing tool's output that a report keeps
TEST_REPORT = "tests.xml"  # as JUnit writes it
_START_SECONDS = 120.0  # a busy machine needs many
_STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.2  # how often a process is looked at
_MAX_SAID = 64 << 20
# In one process: loading alembic and the models is most of what a step takes.
_MIGRATE = """\
from alembic.config import main
for words in ["upgrade", "head"], ["check"], ["downgrade", "base"]:
    main(words)
"""
# A plugin of pytest that a forked process has loaded with the application's framework.
_LOADED = (
    "ignore:Module already imported so cannot be rewritten; anyio:pytest.PytestAssertRewriteWarning"
)
_FINDING = re.compile(r"(?:FAILED|ERROR) \S+|Would reformat: \S+|\S+\.pyi?:\d+(?::\d+)?: \S.*")
# What newer versions of ruff say instead of `Would reformat`.
_UNFORMATTED = re.compile(r"^unformatted: .*\n\s*--> (\S+?)(?::\d+)+$", re.MULTILINE)
_ABSENT = re.compile(r"No module named '(?!src\b)[\w.]+'")
_PLACE = re.compile(r":\d+(?::\d+)?: ")


class Check(NamedTuple):
    """The outcome of one check.

    Attributes:
        detail: what to look at when it did not pass.
        findings: what failed, one by one and without numbers of lines, to be compared with those
            of another run; empty where the tool does not tell.
    """

    name: str
    status: Literal["pass", "fail", "skip"]
    detail: str
    seconds: float
    findings: tuple[str, ...] = ()


class AppEnvironment(NamedTuple):
    """Where an application runs.

    Attributes:
        app: its root folder.
        python: interpreter of the environment its dependencies are installed in.
        scratch: an empty folder for databases and caches.
        variables: environment variables on top of the process's own.
        forks: what its processes are forked from; without, each is a new one.
    """

    app: Path
    python: Path
    scratch: Path
    variables: Mapping[str, str] = {}
    forks: Forks | None = None

    def make_environment(self, **more: str) -> dict[str, str]:
        """Return the variables for a process of the application.

        All of them share compiled modules, in a folder the caller named by PYTHONPYCACHEPREFIX or
        in the scratch folder: nothing is written beside the application, and what one has compiled
        the next does not compile again.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GUARD_"))}
        compiled = os.environ.get("PYTHONPYCACHEPREFIX") or str(self.scratch / "pycache")
        return {
            **kept,
            "PYTHONPYCACHEPREFIX": compiled,
            "PYTHONHASHSEED": "0",
            "RUFF_NO_CACHE": "true",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.scratch / "hypothesis"),
            **self.variables,
            **more,
        }

    def make_sqlite_url(self, name: str) -> str:
        """Return the URL of a database file of that name in the scratch folder."""
        return f"sqlite+aiosqlite:///{self.scratch / name}.db"


def find_python(app: Path, chosen: Path | None) -> Path | None:
    """Return the interpreter to use: the chosen one, the application's, or none."""
    candidates = [chosen] if chosen else [app / ".venv/bin/python", app / ".venv/Scripts/python"]
    return next((path for path in candidates if path and path.exists()), None)


def check_imports(place: AppEnvironment) -> Check:
    """The application's entry point can be imported."""
    program = [str(place.python), "-c", "import src.main"]
    check = _run("imports", [program], place)
    # Of what the application has itself another check tells.
    absent = _ABSENT.search(check.detail) if check.status == "fail" else None
    if absent is None:
        return check
    return check._replace(
        detail=f"{absent[0]}; install what it needs: run `python -m pip install -r "
        "requirements.txt` in its folder with that Python"
    )


def lacks_dependency(check: Check) -> bool:
    """Whether the check of the imports failed for what the environment does not have."""
    return check.name == "imports" and check.status == "fail" and bool(_ABSENT.search(check.detail))


def skip_for_imports(name: str) -> Check:
    """Return a check that says nothing as long as the application cannot be imported."""
    return Check(name, "skip", "it needs what `imports` asks for", 0.0)


def check_lint(place: AppEnvironment) -> Check:
    """ruff finds nothing, and would format nothing."""
    ruff = find_tool(place, "ruff")
    if ruff is None:
        return _skip("lint", "ruff")
    check = [ruff, "check", "--output-format=concise", "."]
    return _run("lint", [check, [ruff, "format", "--check", "."]], place, go_on=True)


def check_types(place: AppEnvironment) -> Check:
    """mypy in strict mode finds nothing.

    Most of the time it takes is for what the application imports, which it need not do again where
    the caller names a cache by MYPY_CACHE_DIR.
    """
    mypy = find_tool(place, "mypy")
    if mypy is None:
        return _skip("types", "mypy")
    cache = os.environ.get("MYPY_CACHE_DIR") or str(place.scratch / "mypy")
    return _run("types", [[mypy, "--strict", "--cache-dir", cache, "src"]], place)


def check_migrations(place: AppEnvironment, name: str, url: str) -> Check:
    """alembic goes up, finds the models equal to the schema, and comes down again."""
    program = [str(place.python), "-c", _MIGRATE]
    return _run(f"migrations ({name})", [program], place, DATABASE_URL=url)


def check_tests(place: AppEnvironment, *, timeout: float = 900) -> Check:
    """The application's own tests pass; `TEST_REPORT` in the scratch folder says how each went."""
    report = f"--junitxml={place.scratch / TEST_REPORT}"
    # pytest's own place is shared: what another run clears away there is a warning in this one
    temporary = f"--basetemp={place.scratch / 'pytest'}"
    program = [str(place.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", _LOADED]
    return _run("tests", [[*program, report, temporary]], place, timeout=timeout)


def tidy_module(place: AppEnvironment, path: str, text: str) -> str:
    """Return a module with its imports sorted and its lines laid out, as ruff in its place would.

    Without ruff, or where ruff does not understand it, the text stays as it is.
    """
    ruff = find_tool(place, "ruff")
    if ruff is None:
        return text
    named = ["--stdin-filename", path, "-"]
    for arguments in (["check", "--quiet", "--fix-only", "--select", "I,F401"], ["format"]):
        try:
            done = subprocess.run(
                [ruff, *arguments, *named],
                cwd=place.app,
                env=place.make_environment(),
                input=text.encode("utf-8", "surrogateescape"),
                capture_output=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return text
        if done.returncode == 0 and done.stdout:
            text = done.stdout.decode("utf-8", "surrogateescape")
    return text


@contextmanager
def serve(place: AppEnvironment, url: str, *, seeded: bool = False) -> Iterator[str]:
    """Migrate the database at `url`, start the application, yield its base URL, stop it.

    Args:
        seeded: store the rows of `src/seed.py` first, if there are any.

    Raises:
        GenerationError: it does not become ready, or does not stop when asked.
    """
    alembic = [str(place.python), "-m", "alembic", "upgrade", "head"]
    made = _run("migrate", [alembic], place, DATABASE_URL=url)
    if made.status != "pass":
        raise GenerationError(f"the database cannot be made: {made.detail}")
    if seeded and (place.app / "src/seed.py").is_file():
        stored = _run("seed", [[str(place.python), "-m", "src.seed"]], place, DATABASE_URL=url)
        if stored.status != "pass":
            raise GenerationError(f"the rows to try it with cannot be stored: {stored.detail}")
    port = find_free_port()
    log = place.scratch / f"server-{port}.log"
    program = [str(place.python), "-m", "uvicorn", "src.main:app", "--port", str(port)]
    with (
        log.open("wb") as output,
        _open_process(place, program, output, output, DATABASE_URL=url) as server,
    ):
        base = f"http://127.0.0.1:{port}"
        _await_ready(base, server, log)
        try:
            yield base
        finally:
            server.stop()
            server.wait(_STOP_SECONDS)


def _await_ready(base: str, server: Running, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.wait(0) is None:
        try:
            with urllib.request.urlopen(f"{base}/health/live", timeout=2):  # noqa: S310 (our own address)
                return
        except urllib.error.HTTPError:
            return  # it answers, though not with a health page of ours
        except OSError:
            time.sleep(0.05)
    raise GenerationError(f"the application does not start: {log.read_text('utf-8')[-_TAIL:]}")


def find_free_port() -> int:
    """Return a port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_tool(place: AppEnvironment, name: str) -> str | None:
    """Return the program of that name: the environment's own, else one on the PATH."""
    beside = place.python.parent / name
    return str(beside) if beside.exists() else shutil.which(name)


def _skip(name: str, tool: str) -> Check:
    detail = f"{tool} is not installed; run `pip install {tool}` in the application's environment"
    return Check(name, "skip", detail, 0.0)


def _run(
    name: str,
    programs: Sequence[Sequence[str]],
    place: AppEnvironment,
    *,
    timeout: float = 300,
    go_on: bool = False,
    **variables: str,
) -> Check:
    """Run the programs one after the other; the first that fails is the outcome.

    Args:
        go_on: run all of them, whatever fails.
    """
    started = time.monotonic()
    failed: list[str] = []
    for program in programs:
        try:
            code, said = _call(place, program, timeout, variables)
        except OSError as error:
            return Check(name, "fail", f"{program[0]} cannot be started: {error}", 0.0)
        if code is None:
            return Check(name, "fail", said, time.monotonic() - started)
        if code:
            failed.append(said)
            if not go_on:
                break
    seconds = time.monotonic() - started
    if failed:
        output = "\n".join(failed)
        return Check(name, "fail", output[-_TAIL:].strip(), seconds, _list_findings(output))
    return Check(name, "pass", "", seconds)


def _call(
    place: AppEnvironment, program: Sequence[str], timeout: float, variables: Mapping[str, str]
) -> tuple[int | None, str]:
    """Run a program; return its exit code and what it said, or None and why it was stopped."""
    with (
        tempfile.TemporaryFile(dir=place.scratch) as output,
        tempfile.TemporaryFile(dir=place.scratch) as errors,
    ):
        with _open_process(place, program, output, errors, **variables) as running:
            deadline = time.monotonic() + timeout
            while (code := running.wait(_LOOK_SECONDS)) is None:
                if time.monotonic() > deadline:
                    return None, f"it took longer than {timeout:.0f} s"
                if _measure(output) + _measure(errors) > _MAX_SAID:
                    return None, f"it said more than {_MAX_SAID >> 20} MiB"
        said = b""
        for file in (output, errors):
            file.seek(0)
            said += file.read(_MAX_SAID)
        return code, said.decode("utf-8", "replace")


def _measure(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


@contextmanager
def _open_process(
    place: AppEnvironment,
    program: Sequence[str],
    output: IO[bytes],
    errors: IO[bytes],
    **variables: str,
) -> Iterator[Running]:
    """Give a process of a program, forked where it is one of the application's interpreter."""
    environment = place.make_environment(**variables)
    outputs = output.fileno(), errors.fileno()
    if place.forks is not None and program[0] == str(place.python):
        opened = place.forks.open_process(place.app, program[1:], environment, outputs)
    else:
        opened = open_new(program, place.app, environment, outputs)
    with opened as running:
        yield running


def _list_findings(output: str) -> tuple[str, ...]:
    """Return the lines of ruff, mypy and pytest that name a file, without the places in it."""
    output = _UNFORMATTED.sub(r"Would reformat: \1", output)
    found = (_FINDING.match(line) for line in output.splitlines())
    return tuple(sorted(_PLACE.sub(": ", match[0]) for match in found if match))
