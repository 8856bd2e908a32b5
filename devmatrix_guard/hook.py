"""`guard-hook`: the bare entry for hook runners; no click, no YAML, nothing loaded in vain.

Runners put file names after the arguments of the configuration, and a name may begin with a dash:
only the options below are options, anything else is a file.
"""

from __future__ import annotations

import gc
import sys

from devmatrix_guard.error_handling import leave_at_once
from devmatrix_guard.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from devmatrix_guard.commands.check.context import CheckRequest
    from devmatrix_guard.commands.check.output import CheckOptions

_FLAGS = ("--fix", "--diff", "--exit-zero", "--strict", "--statistics", "--verbose", "--fetch")
_SCOPES = ("--staged", "--range", "--all")
_VALUES = (
    "--fail-on", "--format", "--output", "--budget", "--rules", "--rules-from", "--color",
)  # fmt: skip


def main() -> None:
    """Run the hook and leave with its exit code."""
    gc.disable()  # what a look at a few files leaves behind is not worth searching for
    leave_at_once(lambda: run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Check what the arguments ask for; return the exit code."""
    options, files = parse(argv)
    if not options.keys() - {"--fix"}:
        from devmatrix_guard.commands.check.fast_cache import first_look
        from devmatrix_guard.commands.check.fast_path import swift_check

        look = first_look(files)
        code = None if look is None else swift_check(look, fix="--fix" in options)
        if code is not None:
            return code
    gc.enable()
    from devmatrix_guard.commands.check.check import run_check

    return run_check(_request(options, files), _options(options))


def parse(argv: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Tell the known options and their values from the files.

    Raises:
        UsageError: an option lacks its value.
    """
    options: dict[str, list[str]] = {}
    files: list[str] = []
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--range=":
            raise UsageError("--range is empty; write it as --range=main...HEAD.")
        if name in _FLAGS + _SCOPES and (not equals or name == "--range"):
            options.setdefault(name, []).append(value)
        elif name in _VALUES:
            given = value if equals else next(words, None)
            if given is None:
                raise UsageError(f"{name} needs a value; write {name}=VALUE.")
            options.setdefault(name, []).append(given)
        else:
            files.append(word)
    return options, files


def _request(options: dict[str, list[str]], files: list[str]) -> CheckRequest:
    from devmatrix_guard.commands.check.context import AUTO, CheckRequest

    scopes = [name.removeprefix("--") for name in _SCOPES if name in options]
    if len(scopes) > 1:
        raise UsageError("--staged, --range and --all exclude each other; choose one.")
    return CheckRequest(
        paths=tuple(files),
        scope=scopes[0] if scopes else AUTO,
        range_text=_last(options, "--range") or "",
        rules=tuple(options.get("--rules", ())),
        rules_from=_last(options, "--rules-from") or "",
        fetch="--fetch" in options,
        strict="--strict" in options,
        flags={"fail_on": _last(options, "--fail-on"), "budget": _last(options, "--budget")},
    )


def _options(options: dict[str, list[str]]) -> CheckOptions:
    from devmatrix_guard.commands.check.output import CheckOptions

    return CheckOptions(
        fix="--fix" in options,
        diff="--diff" in options,
        format_name=_last(options, "--format") or "text",
        outputs=tuple(options.get("--output", ())),
        color=_last(options, "--color") or "auto",
        exit_zero="--exit-zero" in options,
        statistics="--statistics" in options,
        strict="--strict" in options,
        verbose="--verbose" in options,
    )


def _last(options: dict[str, list[str]], name: str) -> str | None:
    return options[name][-1] if name in options else None


if __name__ == "__main__":
    main()
