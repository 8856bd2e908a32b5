"""Makes the values of a check from options and paths, which a command line or a hook has parsed."""

from __future__ import annotations

import sys

from devmatrix_guard.commands.check.arguments.request import (
    ALL,
    AUTO,
    FIX_COMMAND,
    RANGE,
    STAGED,
    TEXT,
    CheckOptions,
    CheckRequest,
)
from devmatrix_guard.errors import UsageError
from devmatrix_guard.lazy_typing import Any, Mapping

_SETTINGS = ("fail_on", "on_warn", "budget", "jobs", "semgrep")
_FULL_ID = r"\b([0-9a-f]{10})[0-9a-f]{30}\b"
_NAMED_PATHS = 3
_NOT_IN_PATCH = {
    "fix": "--fix",
    "format_name": "--format",
    "outputs": "--output",
    "statistics": "--statistics",
    "on_warn": "--on-warn",
}
_SAFE = "@%+=:,./-_"  # as `shlex` has it


def read_arguments(
    given: Mapping[str, Any], paths: tuple[str, ...], *, is_hook: bool = False
) -> tuple[CheckRequest, CheckOptions]:
    """Return what is to be checked, and what is to become of the findings.

    Args:
        given: the options that are given, by parameter.
        paths: what is named, by a user or a hook runner; `-` is a text on standard input.
        is_hook: whether a hook runner called.

    Raises:
        UsageError: options exclude each other, or the text is larger than any file may be.
    """
    request = make_request(given, paths, is_hook=is_hook)
    if given.get("stdin_filename") is not None or given.get("new_lines"):
        from devmatrix_guard.commands.check.arguments.stdin import read_stdin  # no hook runner does

        request = read_stdin(request, given, sys.stdin.buffer)
    return request, _make_options(given, request)


def make_request(
    given: Mapping[str, Any], paths: tuple[str, ...], *, is_hook: bool = False
) -> CheckRequest:
    """Return what the options, by parameter, ask to have checked.

    Raises:
        UsageError: two options exclude each other, or a path is empty.
    """
    # To the system the empty path is the folder one is in: a variable that is not set says it.
    if "" in paths:
        raise UsageError("a path is empty; name a file or a folder, such as `.`, or leave it out.")
    if "" in (given.get("rules") or ()):
        raise UsageError("--rules is empty; name a file or a folder, or leave the option out.")
    range_text = given.get("range_text")
    scopes = [STAGED] * bool(given.get("staged")) + [RANGE] * (range_text is not None)
    scopes += [ALL] * bool(given.get("all_files"))
    if len(scopes) > 1:
        raise UsageError("--staged, --range and --all exclude each other; choose one.")
    if given.get("on_warn") and scopes and scopes[0] != STAGED:
        raise UsageError(
            "--on-warn is about a commit in the making, which --range and --all are not; "
            "leave it out, or let warnings fail the check: --fail-on warn."
        )
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


def _make_options(given: Mapping[str, Any], request: CheckRequest) -> CheckOptions:
    """Return what the options, by parameter, want to become of what the request finds.

    Raises:
        UsageError: a patch is asked for, with something that it leaves no place for.
    """
    if given.get("diff"):
        _refuse_beside_patch(given)
    named = {name: given[name] for name in CheckOptions._fields if given.get(name) is not None}
    named["outputs"] = tuple(named.get("outputs", ()))
    # What was asked for and refused is not to be advised.
    named["fix_command"] = "" if named.get("fix") else _write_fix_command(request)
    return CheckOptions(**named)


def _refuse_beside_patch(given: Mapping[str, Any]) -> None:
    for parameter, name in _NOT_IN_PATCH.items():
        if given.get(parameter) and given[parameter] != TEXT:
            raise UsageError(f"--diff prints a patch and nothing else; leave {name} or it out.")


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
