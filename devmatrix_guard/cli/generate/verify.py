"""`guard verify` on the command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_prose, print_text
from devmatrix_guard.cli.generate.application_options import overlay_option, python_option
from devmatrix_guard.cli.given import FileToWrite
from devmatrix_guard.cli.progress import show_status
from devmatrix_guard.commands.application.origins.decisions import Decision
from devmatrix_guard.commands.application.verify import (
    Deviation,
    Verification,
    render_verification_json,
    run_verify,
)
from devmatrix_guard.files import write_output

_MARKS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "skip": ("-", "yellow")}
_SHOWN = 20


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--spec", metavar="FILE", type=click.Path(path_type=Path), help="The spec to verify against."
)
@overlay_option()
@python_option()
@click.option("--postgres", metavar="URL", default="", help="Try the migrations there as well.")
@click.option("--static", is_flag=True, help="Only compare the code with the spec; run nothing.")
@click.option("--accept-yours", is_flag=True, help="Do not fail for what is yours by decision.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--output", metavar="FILE", type=FileToWrite(), help="Also write JSON.")
def command(
    directory: Path,
    spec: Path | None,
    overlay: Path | None,
    python: Path | None,
    postgres: str,
    static: bool,
    accept_yours: bool,
    form: str,
    output: Path | None,
) -> int:
    """Verify that a generated application conforms to its spec and works.

    The code is compared with the spec without running it; then the application is linted, typed,
    migrated, tested, started and called. Exits with 1 if anything fails.

    \b
    guard verify shop
    """
    with show_status("verifying") as tell:
        verification = run_verify(
            directory,
            spec=spec,
            overlay=overlay,
            python=python,
            postgres=postgres,
            static=static,
            accept_yours=accept_yours,
            progress=tell,
        )
    report = render_verification_json(verification)
    if output is not None:
        write_output(output, report.encode("utf-8", "backslashreplace"))
    if form == "json":
        print_text(report, nl=False)
    else:
        _show(verification, directory)
    return 0 if verification.passed else 1


def _show(verification: Verification, directory: Path) -> None:
    overall = verification.compliance.overall
    _print_line(
        "pass" if verification.complies else "fail",
        "compliance",
        f"precision {overall.precision:.3f}, recall {overall.recall:.3f}, F1 {overall.f1:.3f} "
        f"({overall.expected} facts)",
    )
    decided = {decision.deviation for decision in verification.decisions}
    deviations = [d for d in verification.compliance.deviations if d not in decided]
    for deviation in deviations[:_SHOWN]:
        print_prose(f"    {_describe(deviation)}")
    _print_more(len(deviations))
    _show_decisions(verification.decisions)
    for key in verification.compliance.by_hand:
        _print_line("pass", "implemented by hand", key)
    for check in verification.checks:
        seconds = f"{check.seconds:.1f} s" if check.seconds else ""
        _print_line(check.status, check.name, seconds)
        for line in check.detail.splitlines()[-_SHOWN:]:
            print_text(f"    {line}")
    for difference in verification.openapi[:_SHOWN]:
        print_prose(f"    {difference.place}: {difference.expected} → {difference.found}")
    passed = sum(o.status == "pass" for o in verification.outcomes)
    if verification.outcomes:
        print_text(f"{passed} of {len(verification.outcomes)} operations answered as declared.")
    where = shlex.quote(str(directory))
    if verification.decisions and not verification.complies:
        print_prose(
            "The code departs from the spec where you decided so: change the spec or an overlay, "
            f"bring it back with `guard repair {where} --restore PATH`, or say --accept-yours."
        )
    kinds = set() if verification.complies else {deviation.kind for deviation in deviations}
    if "syntax" in kinds:
        print_prose(
            "Correct the syntax first: of a file that does not parse nothing else is known."
        )
    if kinds - {"syntax"}:
        print_prose(
            f"The code deviates from the spec; `guard repair {where} --dry-run` shows what it "
            "would change."
        )
    if verification.complies and verification.lacks_dependency:
        print_prose("The code conforms to the spec; whether it works could not be tried.")
    elif verification.complies and not verification.passed:
        print_prose("The code conforms to the spec but does not work: see the failures above.")


def _show_decisions(decisions: Sequence[Decision]) -> None:
    """Show what people decided, by the place of the spec: a removed route is many facts."""
    groups = [
        (place, list(found))
        for place, found in groupby(decisions, key=lambda d: (d.place, d.pointer, d.deviation.path))
    ]
    for (place, pointer, _), found in groups[:_SHOWN]:
        more = f", and {len(found) - 1} more of it" if len(found) > 1 else ""
        print_prose(f"    yours: {_describe(found[0].deviation)}{more}")
        if place:
            print_prose(f"        departs from {place}{f' ({pointer})' if pointer else ''}")
    _print_more(len(groups))


def _describe(deviation: Deviation) -> str:
    place = f"{deviation.path}:{deviation.line}" if deviation.line else deviation.path
    if deviation.kind == "syntax":
        return f"{place}  does not parse: {deviation.found}"
    return f"{place}  {deviation.kind} {deviation.key}: {_describe_problem(deviation)}"


def _describe_problem(deviation: Deviation) -> str:
    if deviation.problem == "differs":
        return f"expected {deviation.expected}, found {deviation.found}"
    return deviation.problem


def _print_more(count: int) -> None:
    if count > _SHOWN:
        print_text(f"    … and {count - _SHOWN} more; --format json has all.")


def _print_line(status: str, name: str, rest: str) -> None:
    mark, color = _MARKS[status]
    print_text(f"{click.style(mark, fg=color)} {name:<24}{rest}".rstrip())
