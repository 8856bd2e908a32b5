"""Runs an entry point to its end: the exit code, and one sentence where something went wrong."""

from __future__ import annotations

import io
import os
import sys

from devmatrix_guard import __version__
from devmatrix_guard.errors import (
    EXIT_CLEAN,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    GuardError,
    InternalError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_SPACE = "free some space and run again"
_MOVE = "move that away and run again"
_MEMORY = "free some memory and run again"
_RIGHTS = "give yourself permission and run again"
_REMEDIES = {
    "ENOSPC": _SPACE,
    "EDQUOT": _SPACE,
    "EISDIR": _MOVE,
    "ENOTDIR": _MOVE,
    "EEXIST": _MOVE,
    "ELOOP": _MOVE,
    "ENAMETOOLONG": "name something shorter",
    "EIO": "check the disk",
    "EROFS": _RIGHTS,
    "EACCES": _RIGHTS,
    "EPERM": _RIGHTS,
    "EMFILE": "raise the limit with `ulimit -n`",
    "ENFILE": "close some programs and run again",
    "EAGAIN": "close some programs and run again",
    "ENOMEM": _MEMORY,
}


def leave(run: Callable[[], int]) -> NoReturn:
    """Run an entry point and end the process with its exit code, whatever happens."""
    sys.exit(_run_for_code(run))


def leave_at_once(run: Callable[[], int]) -> NoReturn:
    """Do as `leave`, and let the system take back the memory: a million values cost us time."""
    os._exit(_run_for_code(run))


def accept_any_character() -> None:
    """Let a terminal that cannot show a character show its escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run_for_code(run: Callable[[], int]) -> int:
    _open_standard_streams()
    code = EXIT_CLEAN
    try:
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader has left, as in `guard check | head`: no failure,
        pass  # and what was found stays found
    except Exception as error:
        code = EXIT_INTERRUPTED if is_interruption(error) else _report_error(error)
    _let_go_of_output()
    return code


def is_interruption(error: BaseException | None) -> bool:
    """Tell whether Ctrl-C is behind it: Python has another error for one that meets a new class."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _report_error(error: Exception) -> int:
    """Say what went wrong and return the exit code for it."""
    if remedy := _find_remedy(error):
        text, code = remedy, EXIT_USAGE
    elif isinstance(error, GuardError):
        text, code = str(error), error.exit_code
    else:
        text, code = _report_defect(error), EXIT_INTERNAL
        if os.environ.get("GUARD_TRACEBACK"):
            import traceback

            traceback.print_exc()
    try:
        from devmatrix_guard.visible_text import (  # most runs say nothing
            fit_terminal,
            make_printable,
            mask_passwords,
        )

        shown = fit_terminal(f"guard: {make_printable(mask_passwords(text))}", sys.stderr)
        print(shown, file=sys.stderr, flush=True)
    except OSError:  # nobody can be told
        sys.stderr = None
    return code


def _find_remedy(error: Exception) -> str:
    """Return what the user can do about a failure of the machine, or nothing."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib costs the hook more than all of this module
    except FileNotFoundError:
        return "The current folder has been deleted; `cd` to one that exists."
    if isinstance(error, MemoryError):
        return f"Out of memory; {_MEMORY}."
    if not isinstance(error, OSError):
        return ""
    from errno import errorcode  # most runs meet no error

    remedy = _REMEDIES.get(errorcode.get(error.errno or 0, ""))
    if remedy is None:
        return ""
    place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
    return f"{place}{error.strerror}; {remedy}."


def _report_defect(error: Exception) -> str:
    what = str(error) if isinstance(error, InternalError) else f"{type(error).__name__}: {error}"
    return (
        f"an internal error of guard {__version__}, not an error in your code: {what}. "
        "Run it again with GUARD_TRACEBACK=1 and report the traceback."
    )


def _open_standard_streams() -> None:
    """Put nothing where the caller has closed a stream, lest a file we open take its number."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(opened, True)
    os.close(opened)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - lives as long as we do
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def _let_go_of_output() -> None:
    """Let the interpreter's last flush go nowhere where the output cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
