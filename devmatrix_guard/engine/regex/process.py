"""Run regular expressions in a Python of their own, which can be ended when its time is up.

One such worker lives as long as the run and answers in microseconds; it is started when the first
expression needs it, and anew after one that overran. It imports nothing but the standard library,
from no folder a checkout could fill, and ends by itself when its input closes.
"""

from __future__ import annotations

import marshal
import os
import select
import subprocess
import sys
import time
from threading import Lock
from typing import Any

from devmatrix_guard.engine.budget import SECONDS, TooMuchWorkError

_CAN_SELECT = hasattr(os, "posix_spawnp")  # where that is, `select` takes pipes
_HEAD = 4
_CHUNK = 1 << 16
_START_SECONDS = 20.0
TOO_LONG = f"its regular expression took more than {SECONDS:g} seconds"
_NO_PROCESS = "its regular expression may take long, and no process can be started to bound it"
_PROGRAM = """
import functools, marshal, re, sys
compiled = functools.lru_cache(256)(re.compile)
read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
def answer_of(kind, pattern, flags, text, replacement, count):
    regex = compiled(pattern, flags)
    if kind == "sub":
        return regex.sub(replacement, text, count)
    if kind == "finditer":
        return [found.regs for found in regex.finditer(text)]
    found = getattr(regex, kind)(text)
    return [] if found is None else [found.regs]
def send(value):
    data = marshal.dumps(value)
    write(len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()
send(True)
while head := read(4):
    kind, request = marshal.loads(read(int.from_bytes(head, "big")))
    try:
        answer = True, answer_of(kind, *request)
    except Exception as error:
        answer = False, f"{type(error).__name__}: {error}"
    send(answer)
"""

Request = tuple[str, int, str, str, int]


def run_in_process(kind: str, request: Request, seconds: float) -> tuple[Any, float]:
    """Return what the method of that name gives, and the seconds it took.

    Args:
        kind: `match`, `search` or `finditer` for the spans of the matches, `sub` for a new text.
        request: the expression, its flags, the text, the replacement and how often to replace.
        seconds: after these it is given up.

    Raises:
        TooMuchWorkError: it took longer, or no process can be started.
    """
    with _LOCK:
        return _ask(marshal.dumps((kind, request)), seconds)


def _ask(message: bytes, seconds: float) -> tuple[Any, float]:
    for is_new in (False, True):
        worker = _Worker.current(anew=is_new)
        began = time.monotonic()
        try:
            is_answer, answer = worker.ask(message, began + seconds)
        except TimeoutError as error:
            worker.end()
            raise TooMuchWorkError(TOO_LONG) from error
        except (OSError, EOFError, ValueError):
            worker.end()  # someone ended it: once is nobody's fault
            continue
        if not is_answer:
            raise TooMuchWorkError(f"its regular expression failed ({answer})")
        return answer, time.monotonic() - began
    raise TooMuchWorkError("its regular expression ended the process that ran it")


class _Worker:
    """The process and its pipes; `owner` is the process that started it."""

    running: _Worker | None = None

    def __init__(self) -> None:
        self.owner = os.getpid()
        # Isolated and without `site`: nothing beside the standard library is on its path.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.dirname(os.path.realpath(sys.executable)) or None,  # noqa: PTH120
            bufsize=0,
        )
        pipes: Any = self.process  # both are there, as asked for above
        self._input, self._output = pipes.stdin.fileno(), pipes.stdout.fileno()
        self._parts: Any = None
        if _CAN_SELECT:
            os.set_blocking(self._input, False)
        else:  # pipes cannot be waited for: a thread reads, and a queue is waited for
            self._parts = _start_reader(self._output)
        try:  # its start is not the expression's time
            self._receive(time.monotonic() + _START_SECONDS)
        except (OSError, EOFError, ValueError):
            self.end()
            raise

    @classmethod
    def current(cls, *, anew: bool) -> _Worker:
        """Return this process's worker; a fork has to start one of its own.

        Raises:
            TooMuchWorkError: none can be started.
        """
        worker = cls.running
        if worker is not None and worker.owner == os.getpid() and not anew:
            return worker
        try:
            cls.running = worker = cls()
        except (OSError, EOFError, ValueError) as error:
            raise TooMuchWorkError(_NO_PROCESS) from error
        return worker

    def ask(self, message: bytes, deadline: float) -> tuple[bool, Any]:
        """Send a message and return the answer.

        Raises:
            TimeoutError: it was not there in time.
            OSError, EOFError, ValueError: the worker is gone.
        """
        data = len(message).to_bytes(_HEAD, "big") + message
        while data:
            if _CAN_SELECT:
                _wait([], [self._input], deadline)
            data = data[os.write(self._input, data[:_CHUNK]) :]
        answer: tuple[bool, Any] = self._receive(deadline)
        return answer

    def _receive(self, deadline: float) -> Any:
        size = int.from_bytes(self._read(_HEAD, deadline), "big")
        return marshal.loads(self._read(size, deadline))  # noqa: S302 - written by our own program

    def _read(self, count: int, deadline: float) -> bytes:
        parts = []
        while count:
            part = self._read_part(count, deadline)
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _read_part(self, count: int, deadline: float) -> bytes:
        if _CAN_SELECT:
            _wait([self._output], [], deadline)
            return os.read(self._output, min(count, _CHUNK))
        return _take_byte(self._parts, deadline)

    def end(self) -> None:
        """End it and take its place from the system's table."""
        if _Worker.running is self:
            _Worker.running = None
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


_LOCK = Lock()


def _start_reader(output: int) -> Any:
    """Return a queue of the bytes that come out of a pipe, one by one; b"" is its end."""
    from queue import Queue
    from threading import Thread

    queue: Queue[bytes] = Queue()

    def read_on() -> None:
        try:
            while data := os.read(output, _CHUNK):
                for byte in data:
                    queue.put(bytes((byte,)))
        except OSError:  # closed under the reader's hands
            pass
        queue.put(b"")

    Thread(target=read_on, daemon=True).start()
    return queue


def _take_byte(queue: Any, deadline: float) -> bytes:
    from queue import Empty

    try:
        byte: bytes = queue.get(timeout=max(deadline - time.monotonic(), 0.001))
    except Empty:
        raise TimeoutError from None
    return byte


def _wait(readable: list[int], writable: list[int], deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0 or not any(select.select(readable, writable, [], left)):
        raise TimeoutError
