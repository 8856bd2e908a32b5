"""Runs commands in children of one process that has loaded them, and notes what they open and run.

Usage: python hostile_run.py TASKS RESULTS

TASKS is a JSON list of `{"args": [...], "cwd": FOLDER}`; RESULTS becomes a list of what became of
each: exit code, output, seconds of processor, opened paths and started programs.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import select
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY, FILE_SIZE, SECONDS, PATIENCE = 3 << 30, 1 << 30, 20, 100
_log: list[str] = []
_inner: list[bool] = []  # filled while an open by a folder's descriptor is under way


def main() -> None:
    """Carry out the tasks."""
    tasks = json.loads(Path(sys.argv[1]).read_text())
    _watch()
    import devmatrix_guard.cli
    import devmatrix_guard.hook

    for module in pkgutil.walk_packages(devmatrix_guard.cli.__path__, "devmatrix_guard.cli."):
        importlib.import_module(module.name)  # loaded once, and not by each child
    results = [_run(task) for task in tasks]
    Path(sys.argv[2]).write_text(json.dumps(results))


def _watch() -> None:
    """Note every path that is opened or listed, and every program that is started."""
    plain_open = os.open

    def noting_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            # An event names the last part only.
            folder = Path(f"/proc/self/fd/{dir_fd}").readlink()
            _log.append(f"open {folder}/{os.fsdecode(path)}")
            _inner.append(True)
        try:
            return plain_open(path, flags, mode, dir_fd=dir_fd)
        finally:
            _inner.clear()

    os.open = noting_open  # type: ignore[assignment]  # narrower in what it takes
    sys.addaudithook(_note)


def _note(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _inner:
        return
    if event in ("open", "os.listdir", "os.scandir", "sqlite3.connect"):
        path = args[0]
        if isinstance(path, str | bytes | os.PathLike):
            _log.append(f"open {Path(os.fsdecode(path)).absolute()}")
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        _log.append(f"run {os.fsdecode(args[0])}")


def _run(task: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as log:
        child = os.fork()
        if child == 0:
            _be_child(task, output.fileno(), log.fileno())
        code, used = _await(child)
        output.seek(0)
        log.seek(0)
        noted = log.read().decode("utf-8", "replace").splitlines()
        return {
            "code": code,
            "seconds": used,
            "output": output.read(1 << 20).decode("utf-8", "replace"),
            "opened": sorted({line[5:] for line in noted if line.startswith("open ")}),
            "started": sorted({line[4:] for line in noted if line.startswith("run ")}),
        }


def _await(child: int) -> tuple[int, float]:
    """Return the exit code and the seconds of processor; who hangs is ended, with -9."""
    watched = os.pidfd_open(child)
    try:
        if not select.select([watched], [], [], PATIENCE)[0]:
            os.kill(child, 9)
    finally:
        os.close(watched)
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime


def _be_child(task: dict[str, Any], output: int, log: int) -> None:
    code = 99
    try:
        for limit, value in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_FSIZE, FILE_SIZE),
            (resource.RLIMIT_CPU, SECONDS),
        ):
            resource.setrlimit(limit, (value, value))
        os.chdir(task["cwd"])
        for stream in (1, 2):
            os.dup2(output, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _log.clear()
        leave = os._exit
        # A command may leave at once; what was noted is written before.
        os._exit = lambda code: (_write_log(log), leave(code))  # type: ignore[assignment,misc]
        code = _call(task["args"])
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _call(args: list[str]) -> int:
    sys.argv = args
    try:
        _entry(args[0])()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 0 if error.code is None else 98
    return 0


def _entry(name: str) -> Callable[[], Any]:
    if name == "guard-hook":
        from devmatrix_guard.hook import main as entry
    else:
        from devmatrix_guard.cli import main as entry
    return entry


def _write_log(descriptor: int) -> None:
    os.write(descriptor, "".join(f"{line}\n" for line in _log).encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
