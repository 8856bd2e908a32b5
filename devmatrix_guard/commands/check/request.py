"""What a check is asked to do, as values: what is looked at, and what becomes of the findings.

options by parameter, and paths -> `make_request` and `make_options`
"""

from __future__ import annotations

from devmatrix_guard.errors import UsageError
from devmatrix_guard.lazy_typing import Any, Mapping
from devmatrix_guard.model.named_value import NamedValue

AUTO, STAGED, RANGE, ALL = "auto", "staged", "range", "all"
BASE, WORKTREE = "base", "worktree"
TEXT, CONCISE, MARKDOWN = "text", "concise", "markdown"
FIX_COMMAND = "guard check --fix"
_SETTINGS = ("fail_on", "on_warn", "budget", "jobs", "semgrep")
_FULL_ID = r"\b([0-9a-f]{10})[0-9a-f]{30}\b"
_NAMED_PATHS = 3
_SAFE = "@%+=:,./-_"  # as `shlex` has it
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


def make_request(
    given: Mapping[str, Any], paths: tuple[str, ...], *, is_hook: bool = False
) -> CheckRequest:
    """Return what the options, by parameter, ask to have checked.

    Raises:
        UsageError: two options exclude each other.
    """
    range_text = given.get("range_text")
    scopes = [STAGED] * bool(given.get("staged")) + [RANGE] * (range_text is not None)
    scopes += [ALL] * bool(given.get("all_files"))
    if len(scopes) > 1:
        raise UsageError("--staged, --range and --all exclude each other; choose one.")
    return CheckRequest(
        paths=paths,
        scope=scopes[0] if scopes else AUTO,
        range_text=range_text or "",
        rules=tuple(given.get("rules") or ()),
        rules_from=given.get("rules_from") or "",
        fetch=bool(given.get("fetch")),
        strict=bool(given.get("strict")),
        flags={name: given.get(name) for name in _SETTINGS},
        unsafe_fixes=bool(given.get("unsafe_fixes")),
        is_hook=is_hook or given.get("on_warn") is not None,
    )


def make_options(given: Mapping[str, Any], request: CheckRequest) -> CheckOptions:
    """Return what the options, by parameter, want to become of what the request finds."""
    named = {name: given[name] for name in CheckOptions._fields if given.get(name) is not None}
    named["outputs"] = tuple(named.get("outputs", ()))
    # What was asked for and refused is not to be advised.
    named["fix_command"] = "" if named.get("fix") else _write_fix_command(request)
    return CheckOptions(**named)


def _write_fix_command(request: CheckRequest) -> str:
    """Return the command that writes the safe fixes of what the request asks to have checked."""
    words = [f"--rules {_quote(name)}" for name in request.rules]
    if request.unsafe_fixes:
        words.append("--unsafe-fixes")
    if request.scope == RANGE and request.range_text:
        import re  # no hook has a range

        words += ["--range", _quote(re.sub(_FULL_ID, r"\1", request.range_text))]
    elif request.scope == ALL:
        words.append("--all")
    if len(request.paths) <= _NAMED_PATHS:
        words += map(_quote, request.paths)
    else:
        words.append("FILE…")
    return " ".join([FIX_COMMAND, *words])


def _quote(word: str) -> str:
    """Return a word as a shell reads it back."""
    if word and word.isascii() and all(c.isalnum() or c in _SAFE for c in word):
        return word
    from shlex import quote  # loads `re`, which costs a hook a tenth of its work

    return quote(word)
