"""The error tree: every failure a user can see, with the exit code it ends the process with.

GuardError                 exit 2: the user can fix it; the message says how
  UsageError               wrong flags, wrong place
  SettingsError            a settings file that cannot be read or holds nonsense
  GitError                 git refused, or this is not a repository
  RuleError                a rule file that is not valid
  MemoryStoreError         the memory cannot be opened or written
  MissingExtraError        an optional dependency is not installed
  SpecError                an API spec that cannot be understood (carries a JSON pointer)
  GenerationError          the target of a generation cannot be written
InternalError              exit 3: a defect of ours
"""

from __future__ import annotations

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130


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
    """

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(f"{pointer}: {message}" if pointer else message)
        self.pointer = pointer


class GenerationError(GuardError):
    """The target of a generation cannot be written."""


class InternalError(Exception):
    """A defect of ours: the user cannot mend it."""

    exit_code = EXIT_INTERNAL
