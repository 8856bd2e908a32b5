"""Runs `guard`, `guard-hook` and modules of other interpreters, without a start for each."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from tests.fork_server import HEAD, SET_LATER

_SCRIPTS = Path(sys.executable).parent
_SERVER = Path(__file__).with_name("fork_server.py")
# What the interpreter reads when it starts must be the same for all that one process becomes.
_OF_INTERPRETER = ("PYTHON", "LC_", "LANG", "COVERAGE_")
FRESH = bool(os.environ.get("GUARD_TEST_FRESH"))
# So many runs with other settings than the tests have cost what a process to fork them from does.
_WORTHWHILE = 8


class Done(NamedTuple):
    """How a process ended: its exit code and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes


class _Server(NamedTuple):
    process: subprocess.Popen[bytes]
    link: socket.socket


_Settings = tuple[tuple[str, str], ...]
_Kind = tuple[tuple[str, ...], _Settings]  # interpreter, what it has loaded; what it was told
_servers: dict[_Kind, _Server] = {}
_asked: Counter[_Kind] = Counter()
# Of the processes that were forked: they are no children of this one, whose own would be counted.
processor_times: list[float] = []
_lock = threading.Lock()


def run_entry(
    entry: str,
    *words: str | bytes,
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    seconds: int = 120,
) -> Done:
    """Run an entry point to its end.

    It is a process forked from one that has loaded the package, unless the environment sets up the
    interpreter otherwise. With `GUARD_TEST_FRESH` every run is a new process.
    """
    command = (str(_SCRIPTS / entry), *words)
    server = _find_server((sys.executable,), environment)
    if server is None:
        return _run_fresh(command, cwd, environment, stdin, seconds)
    return _run_forked(server, "", command, cwd, environment, stdin, seconds)


def run_guard(
    folder: Path, *words: str | Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `guard` in a folder, with what this process has in its environment."""
    given = [str(word) for word in words]
    done = run_entry("guard", *given, cwd=folder, environment=os.environ, stdin=stdin.encode())
    out, err = (data.decode().replace("\r\n", "\n") for data in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(given, done.returncode, out, err)


def run_module(
    python: Path,
    module: str,
    *words: str | bytes,
    loaded: Sequence[str] = (),
    cwd: Path,
    environment: Mapping[str, str],
    seconds: int = 120,
) -> Done:
    """Run `python -m module` to its end, forked from a process that has loaded some modules.

    Where none are named it has loaded the package.
    """
    server = _find_server((str(python), *loaded), environment)
    if server is None:
        command = (str(python), "-m", module, *words)
        return _run_fresh(command, cwd, environment, b"", seconds)
    return _run_forked(server, module, (module, *words), cwd, environment, b"", seconds)


def _find_server(start: tuple[str, ...], environment: Mapping[str, str]) -> _Server | None:
    """Return the process to fork from, None where the run is to be a new process."""
    if FRESH or not hasattr(os, "pidfd_open"):
        return None
    settings = _settings_of(environment)
    kind = start, settings
    with _lock:
        _asked[kind] += 1
        if kind not in _servers:
            if settings != _OWN and _asked[kind] < _WORTHWHILE:
                return None
            _servers[kind] = _start(start, settings)
        return _servers[kind]


def _run_forked(
    server: _Server,
    module: str,
    command: Sequence[str | bytes],
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    seconds: int,
) -> Done:
    request = {
        "module": module,
        "words": [os.fsdecode(word) for word in command],
        "folder": str(cwd),
        "environment": dict(environment),
        "seconds": seconds,
    }
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write(stdin)
        given.seek(0)
        code = _ask(server, request, (given, out, err))
        out.seek(0)
        err.seek(0)
        return Done(code, out.read(), err.read())


def stop_server() -> None:
    """End the processes that others are forked from, if there are any."""
    while _servers:
        _, server = _servers.popitem()
        server.link.close()
        server.process.wait(30)
    processor_times.clear()  # now that they were waited for, they are among our own children's


def _settings_of(environment: Mapping[str, str]) -> _Settings:
    told = (item for item in environment.items() if item[0].startswith(_OF_INTERPRETER))
    return tuple(sorted(item for item in told if item[0] not in SET_LATER))


_OWN = _settings_of(os.environ)


def _start(start: tuple[str, ...], settings: _Settings) -> _Server:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OF_INTERPRETER)}
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [start[0], "-P", _SERVER, str(theirs.fileno()), *start[1:]],
            cwd="/",
            env=kept | dict(settings),
            pass_fds=[theirs.fileno()],
        )
    return _Server(process, ours)


def _ask(server: _Server, request: object, streams: Sequence[IO[bytes]]) -> int:
    data = json.dumps(request).encode()
    reader, writer = os.pipe()
    try:
        descriptors = [*(stream.fileno() for stream in streams), writer]
        with _lock:
            socket.send_fds(server.link, [len(data).to_bytes(HEAD, "big")], descriptors)
            server.link.sendall(data)
    finally:
        os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        code, seconds = answers.read().split()
    processor_times.append(float(seconds))
    return int(code)


def _run_fresh(
    command: Sequence[str | bytes],
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    seconds: int,
) -> Done:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=seconds,
    )
    return Done(done.returncode, done.stdout, done.stderr)
