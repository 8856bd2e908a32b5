"""Runs the regression tests of a changed file: only where the user asks for it, as it runs code."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.check.change.given_texts import GivenBlobs
from devmatrix_guard.commands.memory.fix_tests import choose_tests
from devmatrix_guard.errors import UsageError
from devmatrix_guard.git.blobs import BlobReader
from devmatrix_guard.git.repository import find_repository, resolve_commit
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.diff import FileChange

_BEFORE, _AFTER = "given text before", "given text after"
_SHOWN_LINES = 5


class RegressionRun(NamedTuple):
    """Tests that were run and how that ended; `is_passed` is None where there were none."""

    tests: tuple[str, ...]
    is_passed: bool | None
    text: str


def run_regression_tests(
    start: Path, path: str, before: bytes, after: bytes, *, command: str, seconds: float
) -> RegressionRun:
    """Run the tests that prove the fixes which a change of one file touches.

    Args:
        start: a folder of the repository.
        path: the file from its root, which holds `after` now.
        before, after: the change.
        command: runs the tests whose node ids follow it.
        seconds: after which they are stopped and count as failed.

    Raises:
        UsageError: the command cannot be started.
    """
    repo = find_repository(start)
    change = FileChange(
        path, None, "M", "100644", "100644", _BEFORE, _AFTER, diff_lines(before, after)
    )
    with BlobReader(repo) as blobs:
        given = GivenBlobs(blobs, {_BEFORE: before, _AFTER: after})
        chosen = choose_tests(repo, given, [change], resolve_commit(repo, "HEAD") or "")
    nodes = tuple(dict.fromkeys(test.node for test in chosen if test.runner == "pytest"))
    others = {test.node for test in chosen if test.runner != "pytest"}
    if not nodes:
        return RegressionRun(
            (), None, f"{len(others)} tests of other runners, not run" if others else ""
        )
    code, output = _run(repo.root, [*_split(command), *nodes], seconds)
    return RegressionRun(nodes, code == 0, output)


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--test-command cannot be read: {error}.") from error
    if not words:
        raise UsageError("--test-command is empty; write it as `python -m pytest`.")
    return words


def _run(root: Path, words: Sequence[str], seconds: float) -> tuple[int, str]:
    """Return a command's exit code, -1 where it took too long, and the end of what it said."""
    try:
        process = subprocess.Popen(
            words,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that what the tests started is stopped with them
        )
    except OSError as error:
        raise UsageError(
            f"the tests cannot be run: `{words[0]}`: {error.strerror}; name another --test-command."
        ) from error
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _stop(process)
        return -1, f"stopped after {seconds:.0f} seconds"
    except BaseException:
        _stop(process)
        raise
    lines = output.decode("utf-8", "replace").splitlines()
    return process.returncode, "\n".join(lines[-_SHOWN_LINES:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
