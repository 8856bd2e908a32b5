"""Runs programs in processes forked from one that has loaded what they import already.

Started with the names of modules it loads these, and runs what `python -m` would; otherwise it
loads the package, and runs its entry points.

Loading it is most of what a short run costs. A forked process has what a new one has: arguments,
folder, environment and standard streams of its own, and it ends by itself. What only a new process
shows (what is loaded, hash seeds, the interpreter's own settings) is not to be tested with it.

The process that asks holds the other end of the socket this one is given by its number: each
request is JSON after its length, and comes with standard input, output and error and a pipe that
gets the exit code and the processor time.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

HEAD = 4  # bytes of the length of a request
DESCRIPTORS = 4
# Settings of the interpreter that a process can still take over after its start.
SET_LATER = ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE")
ENTRIES = {"guard": "devmatrix_guard.__main__", "guard-hook": "devmatrix_guard.hook"}
# Loaded by a command when it needs them, and by many.
_PARTS = ("cli", "commands", "engine", "generator", "ir", "memory.sql", "memory.sqlite", "mining",
          "reports", "verify")  # fmt: skip
_LAZY = ("generate_fast", "agent_hook")


def main() -> None:
    """Serve until the other end is closed."""
    server = socket.socket(fileno=int(sys.argv[1]))
    if sys.argv[2:]:
        for module in sys.argv[2:]:
            importlib.import_module(module)
    else:
        _load()
    gc.collect()
    gc.freeze()  # a collection would copy the pages that processes share
    waiting: dict[int, tuple[int, int]] = {}  # by descriptor of a process: its id, and whom to tell
    selector = selectors.DefaultSelector()
    selector.register(server, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is server:
                request, descriptors = _receive(server)
                if request is None:
                    return
                process = os.fork()
                if not process:
                    _run(request, descriptors[:3])
                handle = os.pidfd_open(process)
                waiting[handle] = (process, descriptors[3])
                selector.register(handle, selectors.EVENT_READ)
                for descriptor in descriptors[:3]:
                    os.close(descriptor)
            else:
                selector.unregister(key.fileobj)
                process, teller = waiting.pop(key.fd)
                _, status, used = os.wait4(process, 0)
                os.close(key.fd)
                seconds = used.ru_utime + used.ru_stime
                os.write(teller, f"{os.waitstatus_to_exitcode(status)} {seconds}".encode())
                os.close(teller)


def _load() -> None:
    for name in (*_PARTS, *_LAZY):
        module = importlib.import_module(f"devmatrix_guard.{name}")
        for inner in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
            importlib.import_module(inner.name)
    for name in (*ENTRIES.values(), "libcst.matchers", "sqlite3", "rich.console"):
        importlib.import_module(name)


def _receive(server: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    head, descriptors, _, _ = socket.recv_fds(server, HEAD, DESCRIPTORS)
    if not head:
        return None, []
    head += _read(server, HEAD - len(head))
    return json.loads(_read(server, int.from_bytes(head, "big"))), descriptors


def _read(server: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = server.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _run(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Become the process that was asked for."""
    code: object = 1
    try:
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, max(streams) + 64)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        sys.pycache_prefix = os.environ.get("PYTHONPYCACHEPREFIX")
        sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
        sys.argv = request["words"]
        _open_streams()
        signal.alarm(request["seconds"])
        _start_program(request["module"])
        code = 0
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code if isinstance(code, int) else 0)


def _start_program(module: str) -> None:
    """Run a module as `python -m` does, or the entry point that the arguments begin with."""
    if module:
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        importlib.import_module(ENTRIES[Path(sys.argv[0]).name]).main()


def _open_streams() -> None:
    """Open standard streams as the interpreter does when it starts."""
    for name, number, mode in (("stdin", 0, "rb"), ("stdout", 1, "wb"), ("stderr", 2, "wb")):
        old: io.TextIOWrapper = getattr(sys, name)
        new = io.TextIOWrapper(
            open(number, mode, closefd=False),  # noqa: SIM115
            encoding=old.encoding,
            errors=old.errors,
            line_buffering=name == "stderr",
        )
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


if __name__ == "__main__":
    main()
