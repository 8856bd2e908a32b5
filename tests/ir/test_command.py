from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from devmatrix_guard.cli.generate.ir import command
from devmatrix_guard.errors import SpecError

SHOP = Path(__file__).parents[2] / "examples" / "shop" / "shop.yaml"


def test_the_summary_lists_what_was_understood_and_why() -> None:
    result = CliRunner().invoke(command, [str(SHOP)])
    assert result.exit_code == 0
    assert "Entities (6)" in result.output
    assert "Operations (30)" in result.output
    assert "explicit 1.00  domain/Product: Product is an entity" in result.output


def test_an_ir_file_says_the_same_as_its_spec(tmp_path: Path) -> None:
    written = CliRunner().invoke(command, [str(SHOP), "--format", "json"])
    file = tmp_path / "shop.json"
    file.write_text(written.output)
    result = CliRunner().invoke(command, ["diff", str(SHOP), str(file)], standalone_mode=False)
    assert (result.output, result.return_value) == ("", 0)


def test_a_difference_is_shown_and_told_by_the_exit_code(tmp_path: Path) -> None:
    changed = tmp_path / "shop.yaml"
    changed.write_text(SHOP.read_text().replace("maxLength: 255", "maxLength: 200"))
    result = CliRunner().invoke(command, ["diff", str(SHOP), str(changed)], standalone_mode=False)
    assert result.return_value == 1
    assert "~ domain/Product/name" in result.output
    rows = CliRunner().invoke(command, ["diff", str(SHOP), str(changed), "--format", "json"])
    assert {row["kind"] for row in json.loads(rows.output)} == {"changed"}


def test_a_difference_names_the_members_that_changed(tmp_path: Path) -> None:
    changed = tmp_path / "shop.yaml"
    text = SHOP.read_text()
    at = text.index("      properties:\n", text.index("\n    Product:\n")) + len(
        "      properties:\n"
    )
    changed.write_text(f"{text[:at]}        weight: {{type: integer}}\n{text[at:]}")
    result = CliRunner().invoke(command, ["diff", str(SHOP), str(changed)], standalone_mode=False)
    assert "~ domain/Product\n    attributes: +weight\n" in result.output
    assert "~ schemas/Product\n    shape.fields: +weight\n" in result.output


def test_a_bad_spec_is_an_error_with_its_pointer(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("openapi: 3.1.0\npaths: {/a: 1}")
    result = CliRunner().invoke(command, [str(bad)])
    assert isinstance(result.exception, SpecError)
    assert result.exception.pointer == "/paths/~1a"
