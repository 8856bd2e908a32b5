"""Runs guard on a system that lacks what Windows lacks: `python bare.py [hook] ARGUMENT...`.

Run before guard is imported, in a process of its own. On a system that lacks these things anyway,
nothing is taken away.
"""

from __future__ import annotations

import os
import sys
import types
from typing import Any

OF_OS = (
    "posix_spawn", "posix_spawnp", "killpg", "fchmod", "set_blocking", "fork", "forkpty", "fchown",
    "getuid", "geteuid", "setsid", "mkfifo", "mknod", "pread", "sysconf", "uname",
    "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC",
)  # fmt: skip
MODULES = ("fcntl", "resource", "pwd", "grp", "readline", "syslog", "pty")


def take_away() -> None:
    """Take away modules, calls and flags, and give the locks of Windows for those of POSIX."""
    import importlib.util

    if importlib.util.find_spec("fcntl") is None:
        return
    import fcntl
    import select

    # `subprocess` decides at its import what it uses; on Windows it has another way for all of it.
    import subprocess  # noqa: F401

    locks: Any = types.ModuleType("msvcrt")
    locks.LK_LOCK, locks.LK_NBLCK = 1, 2
    by_kind = {1: fcntl.LOCK_EX, 2: fcntl.LOCK_EX | fcntl.LOCK_NB}
    locks.locking = lambda descriptor, kind, count: fcntl.lockf(descriptor, by_kind[kind], count)
    sys.modules["msvcrt"] = locks
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    del select.poll
    _restrict_select(select)
    _restrict_open()
    for name in OF_OS:
        if hasattr(os, name):
            delattr(os, name)


def _restrict_select(select: Any) -> None:
    whole = select.select

    def of_sockets_only(*args: Any) -> Any:
        if sys._getframe(1).f_globals["__name__"].startswith("devmatrix_guard"):
            raise OSError("only sockets can be waited for")
        return whole(*args)

    select.select = of_sockets_only


def _restrict_open() -> None:
    whole = os.open
    os.supports_dir_fd.clear()

    def of_files_only(
        path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None
    ) -> int:
        if dir_fd is not None:
            raise NotImplementedError("dir_fd unavailable on this platform")
        if os.path.isdir(path):  # noqa: PTH112 - as the system's own call takes them
            raise PermissionError(13, "Permission denied", path)
        return whole(path, flags, mode)

    os.open = of_files_only  # type: ignore[assignment]


if __name__ == "__main__":
    take_away()
    if sys.argv[1:2] == ["hook"]:
        del sys.argv[1]
        from devmatrix_guard.hook import main
    else:
        from devmatrix_guard.__main__ import main
    main()
