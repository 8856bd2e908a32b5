"""`--output FORMAT:FILE`: several at once, each file whole or untouched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devmatrix_guard.errors import UsageError
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.output import Output, parse_output, write_outputs
from devmatrix_guard.reports.render import render
from tests.reports.samples import ordinary_report


def test_output_names_a_format_and_a_file() -> None:
    assert parse_output("sarif:out/guard.sarif") == Output("sarif", Path("out/guard.sarif"))
    assert parse_output("json:a:b.json") == Output("json", Path("a:b.json"))


@pytest.mark.parametrize("text", ["sarif", "sarif:", "yaml:x", ":x", ""])
def test_anything_else_is_refused_with_the_formats(text: str) -> None:
    with pytest.raises(UsageError, match="FORMAT:FILE"):
        parse_output(text)


def test_several_outputs_are_written_at_once(tmp_path: Path) -> None:
    outputs = [Output("json", tmp_path / "new/a.json"), Output("text", tmp_path / "b.txt")]
    write_outputs(outputs, ordinary_report(), RenderOptions(color=True))
    assert json.loads((tmp_path / "new/a.json").read_text())["schema_version"] == 1
    assert (tmp_path / "b.txt").read_text() == render("text", ordinary_report())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.txt", "new"]


def test_a_link_keeps_being_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    write_outputs([Output("json", tmp_path / "link.json")], ordinary_report())
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == render("json", ordinary_report())


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_outputs([Output("json", Path("/dev/null"))], ordinary_report())
    assert Path("/dev/null").is_char_device()


def test_an_unwritable_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"x\.json cannot be written: .*; choose"):
        write_outputs([Output("json", tmp_path / "file/x.json")], ordinary_report())
