"""Which InfraPatterns a check of an application concerned, and how they did in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.application import Application
    from devmatrix_guard.commands.application.run_recorder import RunRecorder
    from devmatrix_guard.verify.checks import Check

_CHECKS = ("imports", "lint", "types", "tests")


def record_pattern_outcomes(record: RunRecorder, application: Application, check: Check) -> None:
    """Note how the InfraPatterns did in a check, as far as it tried them.

    The checks of Python try the patterns that are Python. A file that was edited since says
    nothing about its pattern, and a failure that names files says nothing about the others. A
    failure that may come from what people wrote says nothing at all: one that names a file of
    theirs, or none while there is one.
    """
    if check.name not in _CHECKS or check.status == "skip":
        return
    tried = {path for path in application.patterns if _is_tried(application, path)}
    if check.status == "fail":
        named = _find_blamed_files(application, check)
        theirs = {path for path in application.files if not _is_generated(application, path)}
        if named & theirs or (theirs and not named):
            return
        tried &= named or tried
    for pattern_id, version in sorted({application.patterns[path] for path in tried}):
        record.record_pattern_outcome(
            pattern_id, version, success=check.status == "pass", check=check.name
        )


def _is_tried(application: Application, path: str) -> bool:
    return path.endswith(".py") and application.files.get(path) == application.reference[path]


def _is_generated(application: Application, path: str) -> bool:
    return application.files[path] == application.reference.get(path)


def _find_blamed_files(application: Application, check: Check) -> set[str]:
    """Return the files to blame: of a traceback only the innermost, of other output all."""
    named = {path: check.detail.rfind(path) for path in application.files if path in check.detail}
    if named and check.name == "imports":
        return {max(named, key=lambda path: named[path])}
    return set(named)
