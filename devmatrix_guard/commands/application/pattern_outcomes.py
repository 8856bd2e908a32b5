"""To whom a failed check is laid, and what it says of the InfraPatterns that were tried."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from devmatrix_guard.generator.regenerate.syntax import has_syntax
from devmatrix_guard.model.knowledge.learning import CheckOutcome

if TYPE_CHECKING:
    from devmatrix_guard.commands.application.application import Application
    from devmatrix_guard.commands.application.run_recorder import RunRecorder

Version = tuple[str, int]

# What tries the patterns that are Python, and the one check that tries the others. Further checks
# ask what the application answers, where a pattern is one of many that could be wrong.
_CONFIG = "config"
_CHECKS = ("imports", "lint", "types", "tests", "security", _CONFIG)
_MOST_SUSPECTS = 3
_MACHINE = re.compile(
    r"No space left on device|Cannot allocate memory|MemoryError|Connection refused"
    r"|Address already in use|Temporary failure in name resolution|Permission denied"
    r"|cannot be started|it took longer than|Too many open files|database is locked"
    r"|Read-only file system|command not found|\bKilled\b|Input/output error"
)
_NOT_INSTALLED = re.compile(r"(?:No module named|module named) ['\"](?P<module>\w+)")


class Attribution(NamedTuple):
    """To whom a failure is laid.

    Attributes:
        causes: path -> one of `model.learning.CAUSES`; "" for what names no file.
        charged: the InfraPatterns that count it as theirs.
    """

    causes: dict[str, str]
    charged: frozenset[Version] = frozenset()


def attribute_failure(
    application: Application, check: CheckOutcome, unproven: Collection[Version] = ()
) -> Attribution:
    """Return to whom a failed check is laid.

    What the machine lacks is nobody's fault. A failure that may come from what people wrote, as it
    names a file of theirs, or none while there is one, is laid to no pattern. Of a traceback the
    innermost file is meant, of a test the application's own rather than the test. Where nothing of
    the application is named, a few versions that have never passed are the suspects.

    Args:
        application: as it was checked.
        check: that failed.
        unproven: versions without a single success.
    """
    if is_environment_fault(application, check.detail):
        return Attribution({"": "environment"})
    named = _find_blamed_files(application, check)
    theirs = {path for path in application.files if not _is_generated(application, path)}
    if named & theirs or (theirs and not named):
        return Attribution({"": "person"} | dict.fromkeys(named & theirs, "person"))
    tried = {path for path in application.patterns if _is_tried(application, path, check)}
    if named:
        charged = {application.patterns[path] for path in named & tried}
        causes = {path: "pattern" if path in tried else "emitter" for path in named}
        return Attribution({"": "emitter"} | causes, frozenset(charged))
    suspects = {application.patterns[path] for path in tried} & set(unproven)
    if 0 < len(suspects) <= _MOST_SUSPECTS:
        return Attribution({"": "pattern"}, frozenset(suspects))
    return Attribution({"": "unknown"})


def record_pattern_outcomes(
    record: RunRecorder,
    application: Application,
    check: CheckOutcome,
    unproven: Collection[Version] = (),
) -> Attribution:
    """Note how the InfraPatterns did in a check, as far as it tried them, and return whose it is.

    A file that was edited since says nothing about its pattern, and a failure that names files says
    nothing about the others.
    """
    if check.passed:
        whose = Attribution({})
        tried = {path for path in application.patterns if _is_tried(application, path, check)}
        versions = {application.patterns[path] for path in tried}
    else:
        whose = attribute_failure(application, check, unproven)
        versions = set(whose.charged)
    if check.name in _CHECKS:
        for pattern_id, version in sorted(versions):
            record.record_pattern_outcome(
                pattern_id, version, success=check.passed, check=check.name
            )
    return whose


def is_environment_fault(application: Application, detail: str) -> bool:
    """Tell whether the machine is to blame: it lacks room, a port, or a package that is required.

    A module that the application does not ask for is a mistake in its code.
    """
    if _MACHINE.search(detail):
        return True
    missing = _NOT_INSTALLED.search(detail)
    if missing is None or missing["module"] in ("src", "tests"):
        return False
    required = "\n".join(
        application.reference.get(path, "") for path in ("pyproject.toml", "requirements.txt")
    ).lower()
    return missing["module"].lower().replace("_", "-") in required.replace("_", "-")


def _is_tried(application: Application, path: str, check: CheckOutcome) -> bool:
    """Tell whether a check says anything about a file, which is as it was generated."""
    is_python = path.endswith(".py")
    is_looked_at = has_syntax(path) and not is_python if check.name == _CONFIG else is_python
    return is_looked_at and application.files.get(path) == application.reference[path]


def _is_generated(application: Application, path: str) -> bool:
    return application.files[path] == application.reference.get(path)


def _find_blamed_files(application: Application, check: CheckOutcome) -> set[str]:
    """Return the files to blame: of a traceback only the innermost, of other output all."""
    detail = "\n".join((check.detail, *check.findings))
    named = {path: detail.rfind(path) for path in application.files if path in detail}
    named |= dict.fromkeys((path for path in check.paths if path in application.files), -1)
    if check.name == "tests":
        # A test says that something is wrong, and is seldom wrong itself.
        named = {path: place for path, place in named.items() if not path.startswith("tests/")}
    if named and check.name in ("imports", "tests", "start"):
        return {max(named, key=lambda path: named[path])}
    return set(named)
