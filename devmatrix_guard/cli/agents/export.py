"""`guard export`."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, UsageError


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agents-md", is_flag=True, help="Write the section of AGENTS.md.")
@click.option("--skill", is_flag=True, help="Write a skill, .claude/skills/guard/SKILL.md.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if it is not up to date.")
def command(agents_md: bool, skill: bool, check: bool) -> int:
    """Write what agents should know into AGENTS.md or a skill.

    A short section between markers, which `guard learn` keeps current; the rest of the file is
    left as it is. `--check` alone looks at the files that hold it.

    \b
    Examples:
      guard export --agents-md
      guard export --check
    """
    from devmatrix_guard.commands.agents.export import (
        AGENTS_MD,
        SKILL,
        list_exports,
        plan_export,
        write_export,
    )

    paths = [AGENTS_MD] * agents_md + [SKILL] * skill
    if not paths and check:
        paths = list_exports(Path.cwd())
        if not paths:
            print_text("No file here holds what agents should know; name one to write it.")
    elif not paths:
        raise UsageError("Name what to write: --agents-md, --skill, or both.")
    plans = [plan_export(Path.cwd(), path) for path in paths]
    stale = [plan for plan in plans if plan.is_new]
    for plan in stale:
        if not check:
            write_export(Path.cwd(), plan)
        print_text(f"{plan.path}: {'not up to date' if check else 'written'}")
    return EXIT_FINDINGS if check and stale else EXIT_CLEAN
