"""`guard agent-hook` on the command line."""

from __future__ import annotations

import sys

import click

from devmatrix_guard.commands.agents.events import AGENTS


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--agent", type=click.Choice(AGENTS), default=None, help="Whose event it is; else by its form."
)
@click.option(
    "--budget",
    metavar="N",
    type=click.IntRange(500, 100_000),
    default=4000,
    show_default=True,
    help="Answer with at most N characters.",
)
def command(agent: str | None, budget: int) -> int:
    """Answer a coding agent's hook: check its edit, tell lessons.

    Reads the JSON the agent gives its hooks on standard input, and prints the answer in the
    agent's own form; nothing where there is nothing to say. `guard init --agents` sets it up.

    Example: guard agent-hook --agent claude < event.json
    """
    from devmatrix_guard.agent_hook import run

    return run(sys.stdin.buffer, agent or "", budget)
