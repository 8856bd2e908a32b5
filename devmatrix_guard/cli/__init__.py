"""The `guard` command line: parses, calls one function of `commands`, returns its exit code.

One module per verb (or family of verbs) holds its click command under the name `command`; the
work itself is a plain function with plain arguments in `devmatrix_guard.commands`.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from devmatrix_guard import __version__
from devmatrix_guard.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, GuardError

# verb -> module that holds its click command as `command`; loaded only when the verb is used.
_VERBS = {
    verb: f"devmatrix_guard.cli.{module}"
    for verb, module in {
        "bank": "bank",
        "baseline": "baseline",
        "check": "check",
        "completion": "completion",
        "doctor": "doctor",
        "explain": "explain",
        "feedback": "feedback",
        "generate": "generate",
        "init": "init",
        "ir": "ir",
        "learn": "learn",
        "lineage": "lineage",
        "patterns": "patterns",
        "repair": "repair",
        "rules": "rules",
        "suppressions": "suppressions",
        "try": "try_",
        "uninstall": "uninstall",
        "verify": "verify",
    }.items()
}


class _LazyGroup(click.Group):
    """A group that imports a verb's module when, and only when, the verb is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _VERBS.get(cmd_name)
        if module is None:
            return None
        command: Any = importlib.import_module(module).command
        return command if isinstance(command, click.Command) else None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="guard")
def cli() -> None:
    """Keep a repository from repeating the mistakes it has already mended."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except GuardError as error:
        click.echo(f"guard: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        if os.environ.get("GUARD_TRACEBACK"):
            raise
        click.echo(
            f"guard: a defect of ours: {type(error).__name__}: {error}. "
            "Set GUARD_TRACEBACK=1 for the traceback and report it.",
            err=True,
        )
        sys.exit(EXIT_INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)
