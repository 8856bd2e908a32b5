"""The options of a check, once: `guard check` and `guard-hook` both read this table."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue

FLAG, VALUE, MANY, SWITCH, RANGE = "flag", "value", "many", "switch", "range"


class Option(NamedValue):
    """One option.

    `parameter` is its name in code. `kind` tells whether it stands alone (`flag`), takes a value
    once or often (`value`, `many`), has a negative (`switch`, whose second name is that one), or
    takes a value in the command line and may do without in a hook (`range`).
    """

    parameter: str
    names: tuple[str, ...]
    help: str
    kind: str = FLAG
    metavar: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None

    @property
    def negative(self) -> str:
        """The name that switches the option off, empty where there is none."""
        return self.names[1] if self.kind == SWITCH else ""


OPTIONS = (
    Option("staged", ("--staged",), "Check what is staged (the default without paths)."),
    Option("range_text", ("--range",), "Check what a range changes.", RANGE, "A...B"),
    Option("all_files", ("--all",), "Check every file as a whole."),
    Option(
        "stdin_filename",
        ("--stdin-filename",),
        "Check standard input, named `-`, as the text of this file.",
        VALUE,
        "PATH",
    ),
    Option(
        "new_lines",
        ("--new-lines",),
        "Of standard input check only what differs from HEAD.",
    ),
    Option("rules", ("--rules",), "Use these Semgrep rules only.", MANY, "PATH"),
    Option(
        "rules_from",
        ("--rules-from",),
        "Where settings and rules of a range come from; by default its base.",
        VALUE,
        choices=("base", "worktree"),
    ),
    Option("fetch", ("--fetch",), "Fetch commits a range needs and this clone lacks."),
    Option("fix", ("--fix",), "Write safe fixes to the work tree; never stages them."),
    Option(
        "unsafe_fixes",
        ("--unsafe-fixes",),
        "Also take fixes whose rules bring no example to prove them.",
    ),
    Option("diff", ("--diff",), "Print the safe fixes as a patch and write nothing."),
    Option("fail_on", ("--fail-on",), "block, warn, advise or never.", VALUE, "STAGE"),
    Option(
        "on_warn",
        ("--on-warn",),
        "What a warning does to a commit in a hook.",
        VALUE,
        choices=("ask-once", "show", "stop"),
    ),
    Option("exit_zero", ("--exit-zero",), "Exit with 0 although there are findings."),
    Option("strict", ("--strict",), "Exit with 2 if a rule file is not valid."),
    Option("format_name", ("--format",), "The format to print.", VALUE, "FORMAT", default="text"),
    Option(
        "outputs", ("--output",), "Also write FILE; its folders are created.", MANY, "FORMAT:FILE"
    ),
    Option(
        "budget",
        ("--budget",),
        "Stop after a time such as 2s; the rest is left to CI.",
        VALUE,
        "TIME",
    ),
    Option("jobs", ("--jobs",), "Processes that share many files; 0 for all cores.", VALUE, "N"),
    Option(
        "semgrep", ("--semgrep", "--no-semgrep"), "Run the rules that only semgrep can run.", SWITCH
    ),
    Option("statistics", ("--statistics",), "Count the findings of each rule."),
    Option(
        "color",
        ("--color",),
        "Whether to use colour.",
        VALUE,
        choices=("auto", "always", "never"),
        default="auto",
    ),
    Option("verbose", ("-v", "--verbose"), "Say what was checked, and what was not."),
)


def list_choices(option: Option) -> tuple[str, ...]:
    """Return the values an option takes, empty where they are not a few fixed words."""
    if option.parameter != "format_name":
        return option.choices
    from devmatrix_guard.commands.formats import FORMATS  # brings the reports with it

    return tuple(FORMATS)
