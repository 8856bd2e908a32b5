"""What a check is asked to do, as values: what is looked at, and what becomes of the findings.

options by parameter, and paths -> `make_request` and `make_options`
"""

from __future__ import annotations

import os

from devmatrix_guard.errors import UsageError
from devmatrix_guard.lazy_typing import Any, Mapping
from devmatrix_guard.model.named_value import NamedValue

AUTO, STAGED, RANGE, ALL = "auto", "staged", "range", "all"
BASE, WORKTREE = "base", "worktree"
TEXT = "text"
FIX_COMMAND = "guard check --fix"
_SETTINGS = ("fail_on", "on_warn", "budget", "jobs", "semgrep")
_FULL_ID = r"\b([0-9a-f]{10})[0-9a-f]{30}\b"
_NAMED_PATHS = 3
_NO_FLAGS: Mapping[str, Any] = {}


class CheckRequest(NamedValue):
    """What the user asks to have checked, and by which rules.

    `scope` is one of the words above; `auto` means the named paths, else what is staged, else,
    where a hook runner gives them, the refs of a push. `range_text` may be empty for those refs.
    `rules` are files and folders to use instead of the settings' ones. `rules_from` says whose
    settings and rules count in a range; empty means those of the base. With `strict` the rules are
    read even where there is nothing to check. `is_hook` tells that a commit waits for the answer,
    `unsafe_fixes` that fixes whose rules bring no example count as safe.
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


class CheckOptions(NamedValue):
    """What becomes of the findings; `outputs` are texts of the form FORMAT:FILE."""

    fix: bool = False
    diff: bool = False
    format_name: str = TEXT
    outputs: tuple[str, ...] = ()
    color: str = "auto"
    exit_zero: bool = False
    statistics: bool = False
    strict: bool = False
    verbose: bool = False


class Scope(NamedValue):
    """What is looked at, with nothing left open: the words of a request as they are meant here.

    `range_text` is empty unless a range is checked; with `by_base` its base decides about it.
    `is_commit` tells that what is checked would become a commit that waits for the answer.
    """

    kind: str
    paths: tuple[str, ...] = ()
    range_text: str = ""
    by_base: bool = False
    fetch: bool = False
    detects_undo: bool = True
    is_commit: bool = False


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


def make_options(given: Mapping[str, Any]) -> CheckOptions:
    """Return what the options, by parameter, want to become of the findings."""
    named = {name: given[name] for name in CheckOptions._fields if given.get(name) is not None}
    return CheckOptions(**{**named, "outputs": tuple(named.get("outputs", ()))})


def resolve_scope(request: CheckRequest) -> Scope:
    """Return what a request means where it leaves that to the environment and to custom."""
    range_text = _find_range(request)
    return Scope(
        kind=RANGE if range_text else request.scope,
        paths=request.paths,
        range_text=range_text,
        # A reviewer names a range, and the change must not decide about itself.
        by_base=request.rules_from == BASE if request.rules_from else bool(request.range_text),
        fetch=request.fetch,
        detects_undo=not request.rules,
        is_commit=_is_hook(request) and not range_text and request.scope != ALL,
    )


def _is_hook(request: CheckRequest) -> bool:
    """Whether a commit waits for the answer: a runner tells `guard check` so by a variable."""
    return request.is_hook or bool(os.environ.get("PRE_COMMIT"))


def _find_range(request: CheckRequest) -> str:
    """Return the range to check; hook runners name one in the environment."""
    if request.scope not in (AUTO, RANGE):
        return ""
    if request.range_text:
        return request.range_text
    refs = [os.environ.get(f"PRE_COMMIT_{side}_REF", "") for side in ("FROM", "TO")]
    if all(refs):
        return "...".join(refs)
    return "@{upstream}...HEAD" if request.scope == RANGE else ""


def write_fix_command(request: CheckRequest) -> str:
    """Return the command that writes the safe fixes of what the request asks to have checked."""
    import re  # most checks have nothing to fix
    import shlex

    words = [f"--rules {shlex.quote(name)}" for name in request.rules]
    if request.unsafe_fixes:
        words.append("--unsafe-fixes")
    if request.scope == RANGE and request.range_text:
        words += ["--range", shlex.quote(re.sub(_FULL_ID, r"\1", request.range_text))]
    elif request.scope == ALL:
        words.append("--all")
    if len(request.paths) <= _NAMED_PATHS:
        words += map(shlex.quote, request.paths)
    else:
        words.append("FILE…")
    return " ".join([FIX_COMMAND, *words])
