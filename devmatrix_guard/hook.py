"""`guard-hook`: the bare entry for hook runners; no click, no YAML, nothing loaded in vain.

Runners put file names after the arguments of the configuration, and a name may begin with a dash:
what is no option and names a file is that file.
"""

from __future__ import annotations

import gc
import sys

from devmatrix_guard.import_path import remove_current_folder

remove_current_folder()  # before anything else is imported: it could be the checkout's

from devmatrix_guard.error_handling import leave_at_once  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# What a first look can answer as a full check does.
_SWIFT = {"fix", "on_warn"}


def main() -> None:
    """Run the hook and leave with its exit code."""
    gc.disable()  # what a look at a few files leaves behind is not worth searching for
    leave_at_once(lambda: run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Check what the arguments ask for; return the exit code.

    Raises:
        UsageError: an argument is neither an option nor a file, or an option lacks its value.
    """
    given: dict[str, Any] = {}
    files = argv
    if any(word.startswith("-") for word in argv):
        from devmatrix_guard.commands.check.hook_arguments import answer_of, parse

        given, files = parse(argv)
        if answer := answer_of(given):
            sys.stdout.write(answer)
            return 0
    if not given.keys() - _SWIFT:
        from devmatrix_guard.commands.check.fast_cache import first_look
        from devmatrix_guard.commands.check.fast_path import swift_check

        look = first_look(files)
        if look is not None:
            code = swift_check(look, fix="fix" in given, on_warn=given.get("on_warn"))
            if code is not None:
                return code
    gc.enable()
    from devmatrix_guard.commands.check.check import run_check
    from devmatrix_guard.commands.check.option_table import output_of, request_of

    return run_check(request_of(given, tuple(files), is_hook=True), output_of(given))


if __name__ == "__main__":
    main()
