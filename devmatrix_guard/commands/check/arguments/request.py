"""What a check is asked to do, as values: what is looked at, and what becomes of the findings."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any, Mapping
from devmatrix_guard.model.named_value import NamedValue

AUTO, STAGED, RANGE, ALL = "auto", "staged", "range", "all"
BASE, WORKTREE = "base", "worktree"
TEXT, CONCISE, MARKDOWN = "text", "concise", "markdown"
FIX_COMMAND = "guard check --fix"
_NO_FLAGS: Mapping[str, Any] = {}


class GivenText(NamedValue):
    """A text to check as the file at `path`, whatever that file holds.

    With `is_whole` all of it is checked, otherwise what differs from the file at HEAD.
    """

    path: str
    content: bytes
    is_whole: bool = True


class CheckRequest(NamedValue):
    """What the user asks to have checked, and by which rules.

    `scope` is one of the words above; `auto` means the named paths, else what is staged, else,
    where a hook runner gives them, the refs of a push. `range_text` may be empty for those refs.
    `rules` are files and folders to use instead of the settings' ones. `rules_from` says whose
    settings and rules count in a range; empty means those of the base. With `strict` the rules are
    read even where there is nothing to check. `is_hook` tells that a commit waits for the answer,
    `unsafe_fixes` that fixes whose rules bring no example count as safe. With `texts` these are
    checked, as the files at `paths`, and nothing else.
    """

    paths: tuple[str, ...] = ()
    scope: str = AUTO
    range_text: str = ""
    rules: tuple[str, ...] = ()
    rules_from: str = ""
    fetch: bool = False
    strict: bool = False
    flags: Mapping[str, Any] = _NO_FLAGS
    is_hook: bool = False
    unsafe_fixes: bool = False
    texts: tuple[GivenText, ...] = ()


class CheckOptions(NamedValue):
    """What becomes of the findings.

    `outputs` are texts of the form FORMAT:FILE; `fix_command` would write the safe fixes, and is
    empty where that was asked for already.
    """

    fix: bool = False
    diff: bool = False
    format_name: str = TEXT
    outputs: tuple[str, ...] = ()
    color: str = "auto"
    exit_zero: bool = False
    statistics: bool = False
    strict: bool = False
    verbose: bool = False
    fix_command: str = FIX_COMMAND

    @property
    def is_for_people(self) -> bool:
        """Whether the format is one that people read as it is printed."""
        return self.format_name in (TEXT, CONCISE)
