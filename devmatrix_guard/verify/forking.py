"""Forks the processes of applications from one that has loaded what they all import.

Run by the applications' own interpreter, in which guard is not installed: `forking.py NUMBER`, with
the number of a socket. Nothing of an application itself is loaded here, so each process meets its
code for the first time, as a new one does.

It says `ready`, or nothing where a process that is forked would not be what a new one is. Each
request is JSON in a line, and comes with what its standard output and error are; the answers are
the id of the process and its exit code. What it leaves running ends with the next byte. The answer
is 0, and no more, where modules of the application have names that are loaded already.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import resource
import runpy
import select
import signal
import socket
import sys
import threading
import types
import warnings
from pathlib import Path
from typing import Any

# What every generated application imports; the rest of its needs is loaded where it is asked for.
SHARED = (
    "fastapi",
    "fastapi.exceptions",
    "prometheus_client",
    "pydantic",
    "pydantic_settings",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "aiosqlite",
    "alembic.command",
    "alembic.config",
)
MEMORY_BYTES = 8 << 30  # that a process may write to
_MODULES = (".py", ".pyc", ".so")


def main(number: int) -> dict[str, Any] | None:
    """Serve until the other end is closed; in a process that is forked, return its request."""
    link = socket.socket(fileno=number)
    limit_memory()
    loaded = _load()
    if not loaded:
        return None
    gc.collect()
    gc.freeze()  # a collection would copy the pages that processes share
    link.sendall(b"ready\n")
    while True:
        data, descriptors, _, _ = socket.recv_fds(link, 1 << 16, 2)
        if not data:
            return None
        while not data.endswith(b"\n"):
            more = link.recv(1 << 16)
            if not more:  # who asked has ended before it had said all
                return None
            data += more
        request = json.loads(data)
        if loaded & _list_own_modules(request["folder"]):
            for descriptor in descriptors:
                os.close(descriptor)
            link.sendall(b"0\n")
            continue
        gate, opener = os.pipe()
        process = os.fork()
        if not process:
            link.close()
            os.close(opener)
            if not os.read(gate, 1):  # nobody knows of this process
                os._exit(1)
            os.close(gate)
            return _take_over(request, descriptors)
        for descriptor in (gate, *descriptors):
            os.close(descriptor)
        if not _attend(process, link, opener):
            return None


def limit_memory(process: int = 0) -> None:
    """Bound the memory that a process may write to.

    Args:
        process: its id; 0 for this one.

    Raises:
        OSError: it is not there, or another's.
    """
    _, most = resource.prlimit(process, resource.RLIMIT_DATA)
    least = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(most, MEMORY_BYTES)
    resource.prlimit(process, resource.RLIMIT_DATA, (least, most))


def _load() -> set[str]:
    """Load what is shared; return the names of what is loaded, none where it cannot be shared.

    What warns when it is loaded fails the tests of an application that takes warnings as errors.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for name in SHARED:
            try:
                if importlib.util.find_spec(name.partition(".")[0]):
                    importlib.import_module(name)
            except Exception:  # whatever uses it will say so
                return set()
    if said or threading.active_count() > 1:
        return set()
    return {name.partition(".")[0] for name in sys.modules}


def _list_own_modules(root: str) -> set[str]:
    """Return the names of an application's modules: they come before those of others."""
    with os.scandir(root) as entries:
        return {
            entry.name.partition(".")[0]
            for entry in entries
            if entry.name.endswith(_MODULES) or Path(entry, "__init__.py").exists()
        }


def _attend(process: int, link: socket.socket, opener: int) -> bool:
    """Tell how a process ends, end what it has left running; return whether to go on.

    It begins with a byte to `opener`, when who asked knows it: what it does is then done once.
    """
    with contextlib.suppress(OSError):  # it has done so itself
        os.setpgid(process, process)
    handle = os.pidfd_open(process)
    try:
        link.sendall(f"{process}\n".encode())
        os.write(opener, b".")
        if handle in select.select([handle, link.fileno()], [], [])[0]:
            link.sendall(f"{_read_code(process)}\n".encode())
        goes_on = bool(link.recv(1))
    except OSError:
        goes_on = False
    os.close(opener)
    os.close(handle)
    for kill in (os.killpg, os.kill):  # it may have left its group
        with contextlib.suppress(OSError):
            kill(process, signal.SIGKILL)
    os.waitpid(process, 0)  # not before: its id names the group
    return goes_on


def _read_code(process: int) -> int:
    """Return the exit code of a process that has ended, which keeps its id."""
    ended: Any = os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    status: int = ended.si_status
    return status if ended.si_code == os.CLD_EXITED else -status


def _take_over(request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
    os.setpgid(0, 0)
    for number, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX")
    return request


def start(folder: str, words: list[str]) -> None:
    """Do what Python does with the words `-c TEXT` or `-m MODULE ARGUMENT...` in a folder."""
    program = types.ModuleType("__main__")
    sys.modules["__main__"] = program
    try:
        if words[0] == "-c":
            sys.path.insert(0, "")
            sys.argv = ["-c", *words[2:]]
            exec(compile(words[1], "<string>", "exec"), program.__dict__)  # noqa: S102
        else:
            sys.path.insert(0, folder)
            sys.argv = ["-m", *words[2:]]
            runpy._run_module_as_main(words[1])  # type: ignore[attr-defined]  # noqa: SLF001 (what `-m` calls)
    except Exception as error:
        # As if this function had not called it.
        deeper = error.__traceback__.tb_next if error.__traceback__ else None
        sys.excepthook(type(error), error.with_traceback(deeper), deeper)
        sys.exit(1)


if __name__ == "__main__":
    asked = main(int(sys.argv[1]))
    if asked is not None:
        start(asked["folder"], asked["words"])
