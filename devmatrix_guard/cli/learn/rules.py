"""`guard rules` on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.show import format_option, stage_option
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS
from devmatrix_guard.model.rule import STAGES


@click.group()
def command() -> None:
    """List, show, test, approve and retire the rules in force here.

    \b
    Example:
      guard rules list --engine
    """


@command.command("list")
@stage_option("rules")
@click.option("--engine", is_flag=True, help="Show where each rule runs, and why.")
@format_option
def list_command(stages: tuple[str, ...], engine: bool, format_name: str) -> None:
    """List the rules, and the rule files that cannot be read.

    \b
    Example:
      guard rules list --stage candidate
    """
    from devmatrix_guard.commands.rules.rules import list_rules, render_rules

    listed = list_rules(Path.cwd(), stages=stages)
    print_text(render_rules(listed, format_name, sys.stdout, engine=engine), nl=False)


@command.command("show")
@click.argument("rule_id", metavar="RULE")
def show_command(rule_id: str) -> None:
    """Show RULE as its file has it; `guard explain` says it in words.

    \b
    Example:
      guard rules show asyncio-get-event-loop
    """
    from devmatrix_guard.commands.rules.rules import show_rule

    path, text = show_rule(Path.cwd(), rule_id)
    print_text(f"# {path}\n{text}", nl=False)


@command.command("test", short_help="Test rules against their examples.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@format_option
def test_command(path: Path | None, format_name: str) -> int:
    """Test the rules in force, or the rule files at PATH, against their examples.

    Beside examples it reads Python files next to a rule file, with Semgrep's `# ruleid:` and
    `# ok:` comments. Exits with 1 if a test fails.

    \b
    Example:
      guard rules test .guard/rules
    """
    from devmatrix_guard.commands.rules.rules import render_tests, test_rules

    tests = test_rules(Path.cwd(), path)
    print_text(render_tests(tests, format_name, sys.stdout), nl=False)
    return EXIT_FINDINGS if any(test.failures for test in tests) else EXIT_CLEAN


@command.command("approve", short_help="Raise the stage of a rule.")
@click.argument("rule_id", metavar="RULE")
@click.option("--stage", type=click.Choice(STAGES), help="The stage to give it.")
@click.option("-m", "--message", "reason", default="", metavar="WHY", help="Why.")
def approve_command(rule_id: str, stage: str | None, reason: str) -> None:
    """Raise the stage of RULE by one step, or to the one named, in its file.

    \b
    Example:
      guard rules approve close-the-session --stage block -m "in 3 services"
    """
    from devmatrix_guard.commands.rules.rules import approve_rule

    print_text(approve_rule(Path.cwd(), rule_id, stage=stage or "", reason=reason))


@command.command("retire")
@click.argument("rule_id", metavar="RULE")
@click.option("-m", "--message", "reason", default="", metavar="WHY", help="Why.")
def retire_command(rule_id: str, reason: str) -> None:
    """Switch RULE off in its file; it stays there with its evidence.

    \b
    Example:
      guard rules retire close-the-session -m "the library does it now"
    """
    from devmatrix_guard.commands.rules.rules import retire_rule

    print_text(retire_rule(Path.cwd(), rule_id, reason=reason))
