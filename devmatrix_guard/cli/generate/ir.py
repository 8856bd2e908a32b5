"""`guard ir` on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from devmatrix_guard.cli.echo import print_text
from devmatrix_guard.cli.repositories import repository_options
from devmatrix_guard.commands.application.irs.ir import compare_ir, render_ir, show_ir

_FILE = click.Path(path_type=Path)
_FORMATS = click.Choice(["text", "json"])


class _SpecGroup(click.Group):
    """Takes a spec where a sub-command could stand: `guard ir shop.yaml`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and not any(arg in self.commands or arg in ("-h", "--help") for arg in args[:1]):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_SpecGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show what a spec was understood to mean.

    Every conclusion is listed with its reason in the spec and how sure it is; an overlay can
    correct each of them.

    Example: guard ir examples/shop/shop.yaml
    """


@command.command()
@click.argument("spec", type=_FILE)
@click.option("--overlay", type=_FILE, help="An overlay: a file that extends the spec.")
@click.option("--format", "format_name", type=_FORMATS, default="text", show_default=True)
def show(spec: Path, overlay: Path | None, format_name: str) -> int:
    """Print the IR of SPEC and the inference report.

    Example: guard ir show shop.yaml --format json
    """
    print_text(show_ir(spec, overlay, format_name), nl=False)
    return 0


@command.command("save", short_help="Keep the IR of a spec in the memory.")
@click.argument("spec", type=_FILE)
@click.option("--overlay", type=_FILE, help="An overlay: a file that extends the spec.")
def save_command(spec: Path, overlay: Path | None) -> int:
    """Keep the IR of SPEC in the memory, as a new version if it says something new.

    Example: guard ir save shop.yaml
    """
    from devmatrix_guard.commands.application.irs.ir_versions import save_ir

    name, version = save_ir(Path.cwd(), spec, overlay)
    print_text(f"{name}: version {version}")
    return 0


@command.command("load", short_help="Print an IR that was kept.")
@click.argument("name")
@click.option("--version", type=click.IntRange(min=1), help="Which; the newest unless given.")
@click.option("--format", "format_name", type=_FORMATS, default="text", show_default=True)
@repository_options
def load_command(
    name: str,
    version: int | None,
    format_name: str,
    repositories: tuple[str, ...],
    *,
    everything: bool,
) -> int:
    """Print the IR that was kept under NAME.

    Example: guard ir load shop --version 2 --format json
    """
    from devmatrix_guard.commands.application.irs.ir_versions import load_saved_ir

    ir = load_saved_ir(Path.cwd(), name, version, repositories=repositories, everything=everything)
    print_text(render_ir(ir, format_name), nl=False)
    return 0


@command.command("history", short_help="List the IRs that were kept.")
@click.argument("name", default="")
@repository_options
def history_command(name: str, repositories: tuple[str, ...], *, everything: bool) -> int:
    """List the versions that were kept of NAME, or of every application, the newest first.

    Example: guard ir history shop
    """
    from devmatrix_guard.commands.application.irs.ir_versions import list_ir_versions, write_history

    versions = list_ir_versions(Path.cwd(), name, repositories=repositories, everything=everything)
    for line in write_history(versions):
        print_text(line)
    return 0


@command.command("similar", short_help="List earlier specs whose IR is like that of a spec.")
@click.argument("spec", type=_FILE)
@click.option("--overlay", type=_FILE, help="An overlay: a file that extends the spec.")
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--format", "format_name", type=_FORMATS, default="text", show_default=True)
@repository_options
def similar_command(
    spec: Path,
    overlay: Path | None,
    limit: int,
    format_name: str,
    repositories: tuple[str, ...],
    *,
    everything: bool,
) -> int:
    """List the specs that were kept or generated whose IRs are most like that of SPEC.

    Example: guard ir similar shop.yaml --all-repositories
    """
    from devmatrix_guard.commands.application.irs.similar_irs import (
        find_similar_irs,
        render_similar,
    )

    found = find_similar_irs(
        Path.cwd(), spec, overlay, limit=limit, repositories=repositories, everything=everything
    )
    print_text(render_similar(found, format_name), nl=False)
    return 0


@command.command("diff", short_help="Print what changed between two specs, or two IR files.")
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@click.option("--format", "format_name", type=_FORMATS, default="text", show_default=True)
def diff_command(before: Path, after: Path, format_name: str) -> int:
    """Print what changed between two specs, or two IR files.

    Exits with 1 if anything changed.

    Example: guard ir diff old.yaml new.yaml
    """
    text, code = compare_ir(before, after, format_name)
    print_text(text, nl=False)
    return code
