"""Processes of an application: forked from one that has loaded what they import, or new ones.

Each is the first of a group of its own, which ends with it, and knows nothing of another but what
lies in files. On systems that cannot tell how a forked process ended, and where it would not be
what a new one is, all are new.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_PROGRAM = Path(__file__).with_name("forking.py")
_LOAD_SECONDS = 120.0
_END_SECONDS = 10.0
_CAN_FORK = sys.platform == "linux" and hasattr(os, "pidfd_open")


class Running(Protocol):
    """A process that was started."""

    def wait(self, seconds: float) -> int | None:
        """Return its exit code, None where it still runs after so long."""

    def stop(self) -> None:
        """Ask it to stop."""


class Forks:
    """The processes that those of applications are forked from: each has one at a time.

    They are started when they are needed, and kept for the next.

    Attributes:
        python: the applications' interpreter.
    """

    def __init__(self, python: Path) -> None:
        self.python = python
        self._free: list[_Origin] = []
        self._can = _CAN_FORK
        self._lock = threading.Lock()

    @contextmanager
    def open_process(
        self,
        root: Path,
        words: Sequence[str],
        environment: Mapping[str, str],
        outputs: tuple[int, int],
    ) -> Iterator[Running]:
        """Give a process that does what the interpreter does with some words; end it at last.

        Args:
            root: folder of the application, in which it runs.
            words: `-c TEXT` or `-m MODULE`, and arguments.
            environment: all variables that it has; but for where it keeps what it compiled, those
                that the interpreter reads are the same for all.
            outputs: descriptors of its standard output and error.

        Raises:
            OSError: it cannot be started.
        """
        origin = self._take(environment)
        request = {"folder": str(root), "words": words, "environment": dict(environment)}
        forked = origin.fork(json.dumps(request), outputs) if origin else None
        if origin is None or forked is None:
            if origin is not None:
                self._give_back(origin, lives=origin.lives)
            with open_new([str(self.python), *words], root, environment, outputs) as new:
                yield new
            return
        try:
            yield forked
        finally:
            self._give_back(origin, lives=forked.end())

    def close(self) -> None:
        """End them all."""
        while self._free:
            self._free.pop().close()

    def _give_back(self, origin: _Origin, *, lives: bool) -> None:
        if lives:
            with self._lock:
                self._free.append(origin)
        else:
            origin.close()

    def _take(self, environment: Mapping[str, str]) -> _Origin | None:
        with self._lock:
            if self._free:
                return self._free.pop()
        if not self._can:
            return None
        origin = _Origin(self.python, environment)
        if origin.is_ready():
            return origin
        origin.close()
        self._can = False
        return None


class _Origin:
    """A process of an interpreter that others are forked from, one at a time.

    Attributes:
        lives: whether it answered when it was asked last.
    """

    def __init__(self, python: Path, environment: Mapping[str, str]) -> None:
        self.lives = True
        self.link, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                # Not `-I`: it would pass over the fixed hash seed, and packages of the user.
                [python, "-P", _PROGRAM, str(theirs.fileno())],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except OSError:
            self.link.close()
            raise
        finally:
            theirs.close()

    def is_ready(self) -> bool:
        """Wait until it has loaded what is shared, and tell whether to fork from it."""
        return self.read(_LOAD_SECONDS) == "ready"

    def fork(self, request: str, outputs: tuple[int, int]) -> _Forked | None:
        """Return a process that was forked, None where this one has ended or must not be asked."""
        data = request.encode() + b"\n"
        try:
            sent = socket.send_fds(self.link, [data], list(outputs))
            self.link.sendall(data[sent:])
            answer = self.read(_LOAD_SECONDS)
        except OSError:
            answer = ""
        self.lives = bool(answer)
        return _Forked(self, int(answer)) if answer and int(answer) else None

    def read(self, seconds: float) -> str | None:
        """Return the next line it says, "" where it has ended, None after so long."""
        line = b""
        while not line.endswith(b"\n"):
            if not select.select([self.link], [], [], seconds)[0]:
                return None
            try:
                data = self.link.recv(64)
            except OSError:
                data = b""
            if not data:
                return ""
            line += data
        return line.decode().strip()

    def close(self) -> None:
        """End it."""
        self.link.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class _Forked:
    """A process that was forked; its id is no other's until `end`."""

    def __init__(self, origin: _Origin, process: int) -> None:
        self._origin, self._process = origin, process
        self._code: int | None = None

    def wait(self, seconds: float) -> int | None:
        if self._code is None:
            answer = self._origin.read(seconds)
            if answer is None:
                return None
            # Whoever ends what it was forked from has no better end than one that is killed.
            self._code = int(answer) if answer else -signal.SIGKILL
        return self._code

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGTERM)

    def end(self) -> bool:
        """End it and what it has left running; return whether others can be forked."""
        for kill in (os.killpg, os.kill):  # it may have left its group
            with contextlib.suppress(OSError):
                kill(self._process, signal.SIGKILL)
        if self.wait(_END_SECONDS) is None:
            return False
        try:
            self._origin.link.sendall(b".")
        except OSError:
            return False
        return True


class _New:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        self._process.terminate()


@contextmanager
def open_new(
    program: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    outputs: tuple[int, int],
) -> Iterator[Running]:
    """Give a new process of a program; end it at last, with all of its group.

    Args:
        program: a path, and arguments.
        folder: where it is started.
        environment: all variables that it has.
        outputs: descriptors of its standard output and error.

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        program,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=outputs[0],
        stderr=outputs[1],
        start_new_session=True,
    )
    _limit_memory(process.pid)
    try:
        yield _New(process)
    finally:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def _limit_memory(process: int) -> None:
    """Let a process that was just started write to no more memory than a forked one may."""
    if sys.platform == "linux":
        from devmatrix_guard.verify.forking import limit_memory

        with contextlib.suppress(OSError):  # it has ended already
            limit_memory(process)
