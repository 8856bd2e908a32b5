"""Tries in a copy what a regeneration is about to put in place."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devmatrix_guard.commands.application.application import read_present_files
from devmatrix_guard.commands.application.verify import (
    Verification,
    list_steps,
    open_environment,
    run_verify,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.generator.regenerate.swap import swap
from devmatrix_guard.verify.checks import Check, find_python
from devmatrix_guard.verify.compliance import Deviation, compare_files

Progress = Callable[[str], None]
_MAX_COPIED = 1 << 30  # bytes
_QUICK = ("imports", "lint", "types")
_SHOWN = 200  # characters of a tool's last line
_NOT_COPIED = (".git", ".venv", "__pycache__", "node_modules", ".mypy_cache", ".pytest_cache")


def verify_copy(
    root: Path,
    base: Mapping[str, str],
    contents: Mapping[str, bytes | None],
    *,
    python: Path | None,
    progress: Progress,
    is_first_enough: bool = False,
) -> tuple[Verification, tuple[str, ...]]:
    """Verify the application as it will be, in a copy of it.

    What fails is compared with the application as it is: a fault that was there before is no reason
    against the change.

    Args:
        root: folder of the application.
        base: path -> text of what was generated last.
        contents: path -> what the file is to hold, None where it is to go.
        python: interpreter of the application's environment, instead of its own.
        progress: told the name of each step as it begins.
        is_first_enough: whether a reason that a quick check gives is enough, and no test is run.

    Returns:
        the verification, and why the application may not be put in place, a sentence each.
    """
    before = compare_files(read_present_files(root, base), base)
    known = {(d.kind, d.key) for d in before.deviations}
    interpreter = find_python(root, python)
    static = interpreter is None
    earlier: dict[str, Check | None] = {}

    def list_failures(checks: Iterable[Check]) -> list[str]:
        """Return what fails that did not before; each check is tried once as it was."""
        failed = [check for check in checks if check.status == "fail"]
        if names := {check.name for check in failed} - earlier.keys():
            progress("what failed before")
            with copy_with(root, {}) as copy:
                tried = run_verify(
                    copy, python=interpreter, static=static, only=names, progress=progress
                ).checks
            earlier.update(dict.fromkeys(names))
            earlier.update({check.name: check for check in tried if check.status == "fail"})
        said = (_describe_failure(check, earlier[check.name]) for check in failed)
        return [reason for reason in said if reason]

    def is_enough(check: Check) -> bool:
        return is_first_enough and check.name in _QUICK and bool(list_failures([check]))

    with copy_with(root, contents) as trial:
        verification = run_verify(
            trial, python=interpreter, static=static, is_enough=is_enough, progress=progress
        )
    fresh = [d for d in verification.compliance.deviations if (d.kind, d.key) not in known]
    broken = [_describe_deviation(d) for d in fresh if d.problem != "extra"]
    return verification, (*broken, *list_failures(verification.checks))


def _describe_failure(check: Check, before: Check | None) -> str:
    """Return what fails that did not fail before, "" for nothing."""
    fresh = Counter(check.findings)
    if before is not None:
        fresh -= Counter(before.findings)
        if not fresh and (check.findings or check.detail == before.detail):
            return ""
    said = next(iter(sorted(fresh)), "")
    said = said or (check.detail.strip() or "it says nothing").splitlines()[-1]
    more = f" and {fresh.total() - 1} more" if fresh.total() > 1 else ""
    return f"{check.name} fails: {said if len(said) <= _SHOWN else f'{said[:_SHOWN]}…'}{more}"


def _describe_deviation(deviation: Deviation) -> str:
    return f"{deviation.path} would lack {deviation.kind} {deviation.key} ({deviation.problem})"


class _Copier:
    """Copies regular files, and not more of them than an application has."""

    def __init__(self) -> None:
        self._left = _MAX_COPIED

    def __call__(self, source: str, destination: str) -> None:
        status = os.lstat(source)
        if not stat.S_ISREG(status.st_mode):
            return  # no pipe is part of an application
        self._left -= status.st_size
        if self._left < 0:
            raise UsageError(
                f"{source} is too large to be copied for a trial; move it, or pass --no-verify."
            )
        shutil.copy2(source, destination)


def try_check(root: Path, name: str, python: Path) -> bool:
    """Tell whether an application can be imported, and passes one of the checks of `verify`."""
    names = (name,) if name in ("imports", "lint") else ("imports", name)
    with open_environment(root, python.absolute()) as place:
        steps = dict(list_steps(place, ""))
        return all(one in steps and steps[one]().status == "pass" for one in names)


@contextmanager
def copy_with(root: Path, contents: Mapping[str, bytes | None]) -> Iterator[Path]:
    """Give a copy of an application in which some files hold something else."""
    with tempfile.TemporaryDirectory(prefix="guard-regenerate-") as folder:
        trial = Path(folder) / root.resolve().name
        shutil.copytree(
            root,
            trial,
            symlinks=True,
            ignore=shutil.ignore_patterns(*_NOT_COPIED, "*.db"),
            copy_function=_Copier(),
        )
        swap(trial, contents)
        yield trial
