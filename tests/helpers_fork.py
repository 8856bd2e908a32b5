"""Runs `guard` and `guard-hook` as processes, without the cost of a start for each."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from tests.fork_server import HEAD

_SCRIPTS = Path(sys.executable).parent
_SERVER = Path(__file__).with_name("fork_server.py")
# What the interpreter reads when it starts must be the same for all that one process becomes.
_OF_INTERPRETER = ("PYTHON", "LC_", "LANG", "TZ", "COVERAGE_")
_FRESH = bool(os.environ.get("GUARD_TEST_FRESH"))


class Done(NamedTuple):
    """How a process ended: its exit code and what it wrote."""

    returncode: int
    stdout: bytes
    stderr: bytes


class _Server(NamedTuple):
    process: subprocess.Popen[bytes]
    link: socket.socket
    settings: Mapping[str, str]


_servers: list[_Server] = []
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
    settings = _settings_of(environment)
    if _FRESH or not hasattr(os, "pidfd_open"):
        return _run_fresh(entry, words, cwd, environment, stdin, seconds)
    with _lock:
        if not _servers:
            _servers.append(_start(settings))
        server = _servers[0]
    if server.settings != settings:
        return _run_fresh(entry, words, cwd, environment, stdin, seconds)
    arguments = [str(_SCRIPTS / entry), *(os.fsdecode(word) for word in words)]
    request = {"words": arguments, "folder": str(cwd), "environment": dict(environment),
               "seconds": seconds}  # fmt: skip
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
    """End the process that others are forked from, if there is one."""
    while _servers:
        server = _servers.pop()
        server.link.close()
        server.process.wait(30)


def _settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if k.startswith(_OF_INTERPRETER)}


def _start(settings: Mapping[str, str]) -> _Server:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", _SERVER, str(theirs.fileno())],
            cwd="/",
            env=os.environ | settings,
            pass_fds=[theirs.fileno()],
        )
    return _Server(process, ours, settings)


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
    entry: str,
    words: Sequence[str | bytes],
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes,
    seconds: int,
) -> Done:
    done = subprocess.run(
        [_SCRIPTS / entry, *words],
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=seconds,
    )
    return Done(done.returncode, done.stdout, done.stderr)
