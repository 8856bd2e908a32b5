"""Servers that all processes of a test run share: whoever asks first starts one.

A server ends when its standard input does. That is a named pipe which every process of the run that
asked holds open, so it lives as long as one of them, however they end.
"""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseServer
from typing import Any, NamedTuple

_started: list[subprocess.Popen[bytes]] = []  # kept, as who starts one may end before it


class Started(NamedTuple):
    """A server that is ready: its process, and where it is."""

    process: subprocess.Popen[bytes]
    url: str


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep other processes of the run out of the block."""
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def share(folder: Path, name: str, start: Callable[[int], Started]) -> Iterator[str]:
    """Give the URL of the one server of a run.

    Args:
        folder: a folder of the run.
        name: what tells it from other servers.
        start: starts it with a descriptor as its standard input.
    """
    pipe, told = folder / f"{name}.alive", folder / f"{name}.url"
    with lock(folder / f"{name}.lock"):
        hold = _open_for_life(pipe)
        if hold is None:
            reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            hold = os.open(pipe, os.O_WRONLY)
            os.set_blocking(reader, True)
            try:
                started = start(reader)
            except BaseException:
                os.close(hold)  # what was started of it ends
                raise
            finally:
                os.close(reader)
            told.write_text(started.url)
    try:
        yield told.read_text()
    finally:
        os.close(hold)


@contextmanager
def own(start: Callable[[int], Started], seconds: float) -> Iterator[str]:
    """Give the URL of a server that nobody else uses, and see it end within these seconds."""
    reader, writer = os.pipe()
    try:
        try:
            started = start(reader)
        finally:
            os.close(reader)
        yield started.url
    finally:
        os.close(writer)
    started.process.wait(seconds)


@contextmanager
def serve_in_thread(server: BaseServer) -> Iterator[None]:
    """Let a server of this process answer for as long as the block lasts."""
    # It would look only twice a second whether it is to end.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def spawn(
    command: Sequence[str | Path], stdin: int, folder: Path, *, stop: str = "", **options: Any
) -> subprocess.Popen[bytes]:
    """Start a server; its folder is removed after it.

    Args:
        command: its program and arguments.
        stdin: what ends with the last of those who use it.
        folder: what it alone writes to.
        stop: the signal that ends it, if it does not end with its standard input by itself.
        options: more of how to start it.
    """
    script = '"$@"'
    if stop:
        script += f" & cat >/dev/null; kill -s {stop} $!; wait"
    words = ["sh", "-c", f'{script}; rm -rf -- "$0"', folder, *command]
    process = subprocess.Popen(words, stdin=stdin, **options)
    _started.append(process)
    return process


def find_free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _open_for_life(pipe: Path) -> int | None:
    """Open the pipe of a server that runs, or make it for one that does not."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        os.mkfifo(pipe)
    except OSError:
        pass  # nobody reads it: its server has ended
    return None
