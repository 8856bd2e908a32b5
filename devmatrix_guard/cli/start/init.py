"""`guard init`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.commands.agents.events import AGENTS
from devmatrix_guard.errors import UsageError


@click.command()
@click.option(
    "--native", is_flag=True, help="Install git hook scripts instead of a manager's entry."
)
@click.option("--ci", is_flag=True, help="Also write a workflow that checks pull requests.")
@click.option(
    "--from",
    "source",
    metavar="URL",
    help="Pin guard from this repository; by default the one it was installed from.",
)
@click.option("--local", is_flag=True, help="Run the guard that each team member has installed.")
@click.option("--agents", is_flag=True, help="Also set up the hooks of the coding agents in use.")
@click.option(
    "--agent",
    "named",
    type=click.Choice(AGENTS),
    multiple=True,
    help="Set up this agent's hooks, as often as you like.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
def command(
    native: bool,
    ci: bool,
    source: str | None,
    local: bool,
    agents: bool,
    named: tuple[str, ...],
    yes: bool,
) -> None:
    """Set a repository up: hook, ignore entries, workflow.

    Finds pre-commit, prek, lefthook or husky, shows its plan as a diff, and asks. A second run
    changes nothing; `guard uninstall` removes everything. Nothing is committed.

    \b
    Example:
      guard init --ci
    """
    from devmatrix_guard.commands.setup.init import InitOptions, plan_init
    from devmatrix_guard.commands.setup.setup_edits import apply_edits

    if local and source is not None:
        raise UsageError("--local and --from exclude each other; choose one.")
    plan = plan_init(Path.cwd(), InitOptions(native, ci, source, local, agents, named))
    for line in plan.found:
        print_text(f"found: {line}")
    if not plan.edits:
        print_text("Everything is set up already.")
        if local or source is not None:
            print_text("The entry that is there stays: `guard uninstall` first, or remove by")
            print_text("hand what init did not write, then init again.")
        return
    print_text("\n" + "\n".join(plan.diffs))
    if not yes and not sys.stdin.isatty():
        raise UsageError("Nothing was written: there is no terminal to ask on; add --yes.")
    if not yes and not click.confirm("Write this?"):
        print_text("Nothing was written.")
        return
    apply_edits(plan.root, plan.edits)
    print_text("Done. Next:")
    for step in plan.next_steps:
        print_text(f"  {step}")
