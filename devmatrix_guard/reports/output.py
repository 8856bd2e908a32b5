"""Writes one report in several formats at once, each file replaced whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import write_output
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.render import FORMATS, render


class Output(NamedTuple):
    """One `--output FORMAT:FILE`."""

    format_name: str
    path: Path


def parse_output(text: str) -> Output:
    """Return what `FORMAT:FILE` asks for.

    Raises:
        UsageError: no such format, or no file.
    """
    format_name, _, name = text.partition(":")
    if format_name not in FORMATS or not name:
        raise UsageError(
            f"--output {text!r} is not FORMAT:FILE; the formats are {', '.join(FORMATS)}."
        )
    return Output(format_name, Path(name))


def write_outputs(
    outputs: Iterable[Output], report: CheckReport, options: RenderOptions | None = None
) -> None:
    """Write the report to every output, without colour.

    Raises:
        FileError: a file cannot be written.
    """
    plain = (options or RenderOptions())._replace(color=False)
    for output in outputs:
        write_output(output.path, render(output.format_name, report, plain).encode())
