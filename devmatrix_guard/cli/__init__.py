"""The `guard` command line: parses, calls one function of `commands`, returns its exit code.

One module per verb (or family of verbs) holds its click command under the name `command`, in a wing
for each section of `guard --help`; the work itself is a plain function with plain arguments in
`devmatrix_guard.commands`.
"""

from __future__ import annotations

import importlib
import io
from typing import TYPE_CHECKING, Any

import click

from devmatrix_guard import __version__
from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.error_handling import accept_any_character, leave
from devmatrix_guard.errors import (
    EXIT_CLEAN,
    EXIT_CODES,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    UsageError,
)
from devmatrix_guard.visible_text import mask_passwords

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# section -> verb -> one line for `guard --help`, which must not import every verb to say it.
_SECTIONS: dict[str, dict[str, str]] = {
    "Start": {
        "try": "Preview what the history would teach; writes nothing.",
        "init": "Set a repository up: hook, ignore entries, workflow.",
        "uninstall": "Remove exactly what init added.",
        "doctor": "Diagnose the set-up; each problem comes with its remedy.",
        "completion": "Print a completion script for bash, zsh or fish.",
        "schema": "Print the JSON Schema of settings, rules or an overlay.",
    },
    "Check": {
        "check": "Check staged changes, a range, files or everything.",
        "explain": "Explain a rule: what, why, the commits, the evidence.",
        "baseline": "Accept today's findings, so that only new ones count.",
        "feedback": "Say whether a finding was right.",
        "suppressions": "List the comments that silence findings.",
        "layers": "Tell what guards each layer, and who may change what.",
    },
    "Learn": {
        "learn": "Turn the fixes in the history into rules with evidence.",
        "rules": "List, show, test, approve and retire rules.",
        "patterns": "Search the mined fix patterns.",
        "audit": "Keep what is known of each file: debt, status, tasks.",
        "fix": "Fix a file by what was learned: apply, verify, record.",
        "variants": "List the unfixed siblings of a fix, with a patch each.",
        "report": "Report on a week, as Markdown, HTML or JSON.",
        "import": "Learn from reviews what is asked for again.",
        "recall": "Tell the lessons of a place before it is edited.",
        "tests": "Print the regression tests of the fixes a change touches.",
        "lineage": "Trace rules, patterns and files to their origins.",
        "memory": "Look after the memory and the servers that follow it.",
    },
    "Agents and editors": {
        "agent-hook": "Answer a coding agent's hook: check its edit, tell lessons.",
        "export": "Write what agents should know into AGENTS.md or a skill.",
        "lsp": "Serve findings to an editor, as a language server.",
        "mcp": "Serve what guard knows to agents, as an MCP server.",
        "serve": "Serve what guard knows over HTTP, with a page at `/`.",
    },
    "Generate": {
        "build": "Build an application from a spec, and prove that it works.",
        "generate": "Generate an application from an API spec.",
        "regenerate": "Update an application to a changed spec; edits are kept.",
        "drift": "Check whether spec, application and manifest agree.",
        "verify": "Check that a generated application conforms to its spec.",
        "repair": "Repair what verify found.",
        "outcome": "Tell the memory what CI found out about an application.",
        "trends": "Show how generated applications fare over time.",
        "suggest": "Suggest behavior for a spec, from specs like it that passed.",
        "ir": "Show the ApplicationIR of a spec.",
        "fill": "Have a language model write what no rule writes.",
        "bank": "Work with the bank of InfraPatterns.",
        "merge-driver": "Merge one file of a generated application, for git.",
    },
}
_SUMMARIES = {verb: line for verbs in _SECTIONS.values() for verb, line in verbs.items()}
_WINGS = {
    "Start": "start",
    "Check": "check",
    "Learn": "learn",
    "Agents and editors": "agents",
    "Generate": "generate",
}
_WING_OF = {verb: _WINGS[section] for section, verbs in _SECTIONS.items() for verb in verbs}
_MODULES = {  # where the verb is no name of Python
    "try": "try_",
    "import": "import_",
    "agent-hook": "agent_hook",
    "merge-driver": "merge_driver",
}


# Far longer than any path; a message or a note that somebody gives may well be of some pages.
_LONGEST_ARGUMENT = 65_536


class _LazyGroup(click.Group):
    """A group that imports a verb's module when, and only when, the verb is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUMMARIES:
            return None
        name = f"{__name__}.{_WING_OF[cmd_name]}.{_MODULES.get(cmd_name, cmd_name)}"
        try:
            command: Any = importlib.import_module(name).command
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise UsageError(f"`guard {cmd_name}` is not part of this installation.") from error
        return command if isinstance(command, click.Command) else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        longest = max(map(len, args), default=0)
        if longest > _LONGEST_ARGUMENT:
            raise UsageError(
                f"an argument has {longest:,} characters; no name, path or text that guard takes "
                f"has more than {_LONGEST_ARGUMENT:,}: give a shorter one."
            )
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _SUMMARIES and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], _SUMMARIES, n=1)
            hint = f"did you mean `guard {near[0]}`?" if near else "see `guard --help`."
            raise UsageError(f"There is no `guard {args[0]}`; {hint}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        verbs = [
            CompletionItem(verb, help=line)
            for verb, line in sorted(_SUMMARIES.items())
            if verb.startswith(incomplete)
        ]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # click would end with 1, which here means findings
            return EXIT_CLEAN

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, _SUMMARIES))
        for section, verbs in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(verb.ljust(width), line) for verb, line in verbs.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Exit codes: {EXIT_CODES}.",
)
@click.version_option(__version__, prog_name="guard")
def cli() -> None:
    """Keep a repository from repeating mistakes that it has already fixed."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    leave(_run)


def _run() -> int:
    accept_any_character()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        print_text(mask_passwords(said.getvalue()), nl=False, err=True)
        return EXIT_USAGE
    return code if isinstance(code, int) else EXIT_CLEAN
