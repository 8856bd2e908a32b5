"""`guard feedback` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import UsageError


@click.command()
@click.argument("subject", metavar="RULE|FINGERPRINT")
@click.option("--false-positive", is_flag=True, help="The rule is wrong here.")
@click.option("--wont-fix", is_flag=True, help="The rule is right, and this stays as it is.")
@click.option("--useful", is_flag=True, help="The rule is right, and it helped.")
@click.option("-m", "--message", "reason", default="", metavar="WHY", help="Why.")
def command(subject: str, false_positive: bool, wont_fix: bool, useful: bool, reason: str) -> None:
    """Say whether a rule, or one finding, was right.

    The verdict is a file of its own under `.guard/feedback/`, to be committed.

    \b
    Example:
      guard feedback asyncio-get-event-loop --false-positive -m "runs before the loop"
    """
    from devmatrix_guard.commands.rules.feedback import VERDICTS, record_feedback

    chosen = [
        name
        for name, is_set in zip(VERDICTS, (false_positive, wont_fix, useful), strict=True)
        if is_set
    ]
    if len(chosen) != 1:
        raise UsageError("give one of --false-positive, --wont-fix and --useful.")
    print_text(f"{record_feedback(Path.cwd(), subject, chosen[0], reason)}: commit it.")
