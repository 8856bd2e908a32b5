"""The error tree: every failure a user can see, with the exit code it ends the process with.

GuardError                 exit 2: the user can fix it; the message says how
  UsageError               wrong flags, wrong place
  SettingsError            a settings file that cannot be read or holds nonsense
  GitError                 git refused, or this is not a repository
  RuleError                a rule file that is not valid
  MemoryStoreError         the memory cannot be opened or written
    DuplicateNameError     a pattern's name is taken
    ChangedMeanwhileError  what a change was made for is not what there is
  MissingExtraError        an optional dependency is not installed
  SpecError                an API spec that cannot be understood (carries a JSON pointer)
  GenerationError          the target of a generation cannot be written
InternalError              exit 3: an internal error
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130

EXIT_CODES = (
    "0 nothing stops, 1 findings that stop, 2 wrong usage or environment, "
    "3 internal error of guard, 130 interrupted"
)

DEFECT = "an internal error of guard"
_LONGEST_TEXT = 200


class GuardError(Exception):
    """Something the user can put right; the text is one sentence that says what to do next."""

    exit_code = EXIT_USAGE


class UsageError(GuardError):
    """The command was called in a way, or at a place, where it cannot work."""


class SettingsError(GuardError):
    """A settings file cannot be read, or holds a value that makes no sense."""


class GitError(GuardError):
    """git refused to answer, or there is no repository to ask."""


class RuleError(GuardError):
    """A rule file is not a valid rule."""


class MemoryStoreError(GuardError):
    """The memory cannot be opened, read or written."""


class DuplicateNameError(MemoryStoreError):
    """Another pattern of the type has the name.

    Args:
        pattern_type: the type.
        name: the name.
        pattern_id: the pattern that has it.
    """

    def __init__(self, pattern_type: str, name: str, pattern_id: str) -> None:
        super().__init__(
            f"there is a pattern `{name}` of the type {pattern_type} already ({pattern_id}); "
            "choose another name, or change that one."
        )
        self.pattern_id = pattern_id


class ChangedMeanwhileError(MemoryStoreError):
    """A pattern is not at the revision that a change was made for."""


class MissingExtraError(GuardError):
    """An optional dependency is needed and absent.

    Args:
        extra: the name of the extra in this package.
        purpose: what the user asked for, as the subject of a sentence.
    """

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs an optional part: run `pip install 'devmatrix-guard[{extra}]'`."
        )
        self.extra = extra


class SpecError(GuardError):
    """An API spec cannot be understood.

    Args:
        message: one sentence with the remedy.
        pointer: JSON pointer into the spec, empty for the whole document.
        place: the file, with `:LINE` where that is known; empty where nobody knows it yet.
    """

    def __init__(self, message: str, pointer: str = "", place: str = "") -> None:
        super().__init__(": ".join(filter(None, (place, pointer, message))))
        self.message = message
        self.pointer = pointer
        self.place = place


class GenerationError(GuardError):
    """The target of a generation cannot be written."""


class InternalError(Exception):
    """An internal error of guard: the user cannot fix it."""

    exit_code = EXIT_INTERNAL


def has_defect(texts: Iterable[str]) -> bool:
    """Whether one of some texts tells of a failure of ours."""
    return any(DEFECT in text for text in texts)


def describe_defect(error: Exception, part: str = "") -> str:
    """Return what to say of a failure of ours that costs one part of a run, and not the run.

    Args:
        error: what was raised.
        part: what could not be done, as in `the rule no-eval`.

    Raises:
        Exception: the error itself, where the user or the machine has to fix it.
    """
    if isinstance(error, GuardError | OSError):
        raise error
    if os.environ.get("GUARD_TRACEBACK"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    text = " ".join(str(error).split())[:_LONGEST_TEXT]
    what = f"{type(error).__name__} ({text})" if text else type(error).__name__
    where = f" in {part}" if part else ""
    return f"{DEFECT}{where}: {what}; report it with the traceback that GUARD_TRACEBACK=1 prints"
