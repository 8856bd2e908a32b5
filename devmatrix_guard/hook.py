"""`guard-hook`: the bare entry for hook runners; no click, no YAML, nothing loaded in vain.

Runners put file names after the arguments of the configuration, and a name may begin with a dash:
what is no option and names a file is that file.
"""

from __future__ import annotations

try:
    import gc
    import sys

    from devmatrix_guard.import_path import remove_current_folder

    remove_current_folder()  # before anything else is imported: it could be the checkout's

    from devmatrix_guard.error_handling import leave_at_once
    from devmatrix_guard.errors import EXIT_CLEAN
except KeyboardInterrupt:  # Ctrl-C before there is anything to run
    raise SystemExit(130) from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def main() -> None:
    """Run the hook and leave with its exit code."""
    gc.disable()  # what a scan of a few files leaves behind is not worth searching for
    leave_at_once(lambda: run(sys.argv[1:]))


def run(argv: Sequence[str]) -> int:
    """Check what the arguments ask for; return the exit code.

    Raises:
        UsageError: an argument is neither an option nor a file, or an option lacks its value.
    """
    given: dict[str, Any] = {}
    files = argv
    if any(word.startswith("-") for word in argv):
        from devmatrix_guard.commands.check.arguments.hook_arguments import (
            answer_question,
            parse_arguments,
        )

        given, files = parse_arguments(argv)
        if answer := answer_question(given):
            sys.stdout.write(answer)
            return EXIT_CLEAN
    from devmatrix_guard.commands.check.prefilter import scan_staged

    scan = scan_staged(given, files)
    if scan is not None and scan.is_silent:
        return EXIT_CLEAN
    from devmatrix_guard.commands.check.arguments.arguments import (
        read_arguments,  # most hooks end above
    )
    from devmatrix_guard.commands.check.pipeline import run_check

    request, options = read_arguments(given, tuple(files), is_hook=True)
    return run_check(request, options, scan=scan)


if __name__ == "__main__":
    main()
