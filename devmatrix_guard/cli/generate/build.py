"""`guard build` on the command line."""

from __future__ import annotations

import math
from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.generate.application_options import (
    new_overlay_option,
    python_option,
    target_option,
)
from devmatrix_guard.cli.given import FileToWrite
from devmatrix_guard.cli.phases import watch_phases
from devmatrix_guard.cli.show import executor_option
from devmatrix_guard.commands.build.phases import PHASES
from devmatrix_guard.commands.build.pipeline import Build, BuildOptions, run_build
from devmatrix_guard.commands.build.report import reaches_gate, render_report
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INTERNAL, EXIT_USAGE, UsageError
from devmatrix_guard.files import write_output


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "specs", metavar="SPEC...", nargs=-1, required=False, type=click.Path(path_type=Path)
)
@target_option("The application's folder; of several specs, the folder that holds one for each.")
@new_overlay_option()
@python_option(
    "Interpreter of an environment that is ready; DIR/.venv by default, made if missing."
)
@click.option("--postgres", metavar="URL", default="", help="Try the migrations there as well.")
@click.option(
    "--until",
    metavar="PHASE",
    type=click.Choice(PHASES),
    help=f"The last phase to run: {', '.join(PHASES)}.",
)
@click.option("--accept-yours", is_flag=True, help="Do not fail for what is yours by decision.")
@click.option("--deploy", type=click.Choice(["compose"]), help="Deploy it, call it, take it down.")
@click.option(
    "--gate",
    metavar="SHARE",
    type=click.FloatRange(0, 1),
    help="The least share that compliance, checks, tests and operations must reach.",
)
@click.option(
    "--specs",
    "spec_list",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Build the specs that FILE names as well, a path a line.",
)
@executor_option
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many specs are built at once.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--report", metavar="FILE", type=FileToWrite(), help="Also write JSON.")
def command(
    specs: tuple[Path, ...],
    target: Path,
    overlay: Path | None,
    python: Path | None,
    postgres: str,
    until: str | None,
    accept_yours: bool,
    deploy: str | None,
    gate: float | None,
    spec_list: Path | None,
    executor: str,
    jobs: int,
    form: str,
    report: Path | None,
) -> int:
    """Build the application of a spec, and prove that it works.

    One command for generate, verify and repair, with a memory: what earlier builds met is looked up
    first, what this one meets is recorded. Interrupted, it goes on where it was. Exits with 1 if a
    phase failed, or with --gate if a share is below it.

    \b
    Example:
      guard build shop.yaml -o shop
    """
    if gate is not None and math.isnan(gate):
        raise UsageError("--gate is nan, and a share is a number from 0 to 1; write such as 0.9.")
    options = BuildOptions(
        overlay, python, postgres, until or "", deploy or "", accept_yours=accept_yours
    )
    if spec_list is not None:
        from devmatrix_guard.commands.executors import read_paths

        specs = (*specs, *read_paths(spec_list, "spec"))
    if not specs:
        raise UsageError("Name a spec, or with --specs a file that lists some.")
    if len(specs) == 1 and spec_list is None:
        with watch_phases() as watcher:
            builds, refused = [run_build(specs[0], target, options, watcher)], EXIT_CLEAN
    else:
        builds, refused = _build_all(specs, target, options, executor=executor, jobs=jobs)
    text = render_report(builds, gate)
    if report is not None:
        write_output(report, text.encode("utf-8", "backslashreplace"))
    if form == "json":
        print_text(text, nl=False)
    else:
        for build in builds:
            _show(build, gate)
    if refused:
        return refused
    return EXIT_CLEAN if all(reaches_gate(build, gate) for build in builds) else EXIT_FINDINGS


def _build_all(
    specs: tuple[Path, ...], folder: Path, options: BuildOptions, *, executor: str, jobs: int
) -> tuple[list[Build], int]:
    """Build several specs; a line is shown when one ends, and its phases in the report.

    With the builds comes the exit code of those that could not be built at all.
    """
    from devmatrix_guard.commands.build.many import build_many
    from devmatrix_guard.commands.build.phases import Phase, State
    from devmatrix_guard.commands.executors import Failed

    builds, refused = [], EXIT_CLEAN
    with watch_phases() as watcher:
        watcher.begin(f"{len(specs)} specs")
        workers = options._replace(workers=1 if jobs > 1 else 0)
        for spec, ended in build_many(specs, folder, workers, executor=executor, jobs=jobs):
            if isinstance(ended, Failed):
                refused = max(refused, EXIT_INTERNAL if ended.is_defect else EXIT_USAGE)
                watcher.end(Phase(spec.stem, "failed", 0.0, ended.reason))
                continue
            builds.append(ended)
            state: State = "done" if ended.passed else "failed"
            watcher.end(Phase(ended.target.name, state, ended.seconds, _describe(ended)))
    return sorted(builds, key=lambda build: build.target.name), refused


def _show(build: Build, gate: float | None) -> None:
    verdict = "green" if build.passed else "not green"
    if gate is not None:
        verdict += f", {'reaches' if reaches_gate(build, gate) else 'below'} the gate of {gate:g}"
    print_text(f"{build.target}: {verdict} in {build.seconds:.1f} s; {_describe(build)}")


def _describe(build: Build) -> str:
    shares = {n: s for n, s in build.quality._asdict().items() if s is not None}
    said = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
    return said or "nothing was measured"
