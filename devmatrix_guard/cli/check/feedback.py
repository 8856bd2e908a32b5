"""`guard feedback` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import UsageError


@click.command()
@click.argument("subject", metavar="[RULE|FINGERPRINT]", default="")
@click.option("--false-positive", is_flag=True, help="The rule is wrong here.")
@click.option("--wont-fix", is_flag=True, help="The rule is right, and this stays as it is.")
@click.option("--useful", is_flag=True, help="The rule is right, and it helped.")
@click.option("-m", "--message", "reason", default="", metavar="WHY", help="Why.")
@click.option(
    "--from-comments",
    "comments",
    metavar="FILE",
    type=click.File("rb"),
    help="Take the verdicts from review comments instead, as JSON; - is standard input.",
)
def command(
    subject: str,
    false_positive: bool,
    wont_fix: bool,
    useful: bool,
    reason: str,
    comments: BinaryIO | None,
) -> None:
    """Say whether a rule, or one finding, was right.

    The verdict is a file of its own under `.guard/feedback/`, to be committed.

    \b
    Example:
      guard feedback get-event-loop --false-positive -m "runs before the loop"
    """
    from devmatrix_guard.commands.rules.feedback import VERDICTS, record_feedback

    chosen = [
        name
        for name, is_set in zip(VERDICTS, (false_positive, wont_fix, useful), strict=True)
        if is_set
    ]
    if comments is not None:
        if chosen or subject or reason:
            raise UsageError("--from-comments takes the verdicts from the comments alone.")
        _record_comments(comments)
        return
    if not subject:
        raise UsageError("name a rule or a fingerprint: guard feedback RULE --false-positive.")
    if len(chosen) != 1:
        raise UsageError("give one of --false-positive, --wont-fix and --useful.")
    print_text(f"{record_feedback(Path.cwd(), subject, chosen[0], reason)}: commit it.")


def _record_comments(comments: BinaryIO) -> None:
    from devmatrix_guard.commands.rules.comment_feedback import record_replies
    from devmatrix_guard.files import MAX_BYTES

    data = comments.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UsageError("these are too many comments; ask for fewer with `since=`.")
    written = record_replies(Path.cwd(), data)
    for name in written:
        print_text(f"{name}: commit it.")
    if not written:
        print_text("No new verdict in these comments.")
