"""What is printed moves no cursor, whoever wrote it, and stays the text it was otherwise."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.visible_text import fit_terminal, make_printable, mask_passwords

PACKAGE = Path(__file__).parent.parent / "devmatrix_guard"
CLI = PACKAGE / "cli"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("grün 漢字 🙂", "grün 漢字 🙂"),
        ("a\u202eb", "a\\u202eb"),
        ("\x1b]0;title\x07", "\\u001b]0;title\\u0007"),
        ("\x1b[2J", "\\u001b[2J"),
        ("\x1b[8mhidden\x1b[0m", "\\u001b[8mhidden\x1b[0m"),
        ("\x1b[31;1mred\x1b[0m", "\x1b[31;1mred\x1b[0m"),
        ("a\rb\x85c\ufeff", "a\\u000db\\u0085c\\ufeff"),
        ("so\u00adft \u2060 \U000e0041", "so\\u00adft \\u2060 \\udb40\\udc41"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_is_invisible_is_written_out(text: str, shown: str) -> None:
    assert make_printable(text) == shown


@given(st.text())
def test_no_control_gets_through(text: str) -> None:
    kept = make_printable(text.replace("\x1b", ""))
    assert not {c for c in kept if unicodedata.category(c) == "Cc"} - {"\n", "\t"}
    assert not any(unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "RLI"} for c in kept)


@given(st.text())
def test_json_stays_the_same_json(text: str) -> None:
    assert json.loads(make_printable(json.dumps([text], ensure_ascii=False))) == [text]


def test_reports_write_json_in_one_way() -> None:
    """JSON from elsewhere would show an output's reader what turns the direction of its text."""
    kept = {"escape.py", "fills.py", "agent_setup.py", "ir.py"}  # files kept or given as they are
    for path in sorted([*PACKAGE.glob("reports/**/*.py"), *PACKAGE.glob("commands/**/*.py")]):
        assert path.name in kept or "ensure_ascii=False" not in path.read_text("utf-8"), path


def test_commands_print_in_one_way() -> None:
    """A command that called click's own echo would print what a repository's files say."""
    others = [p for p in sorted(CLI.rglob("*.py")) if p.name != "echo.py"]
    assert others
    for path in others:
        text = path.read_text("utf-8")
        assert "click.echo(" not in text, path.name
        assert "print(" not in text, path.name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ada:word@h/x", "postgresql://ada:****@h/x"),
        (
            "sub/postgresql:/ada:word@h/x: there is none",
            "sub/postgresql:/ada:****@h/x: there is none",
        ),
        ("postgresql://ada:wo@rd@h/x", "postgresql://ada:*****@h/x"),
        ("https://h/a:b/c@d", "https://h/a:b/c@d"),
    ],
)
def test_passwords_of_addresses_are_masked(text: str, shown: str) -> None:
    assert mask_passwords(text) == shown


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [40, 80])
def test_prose_is_broken_for_a_terminal_and_for_nothing_else(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = "    note: " + "what the spec leaves open answers 501 " * 4 + "`guard build it -o it`"
    rows = fit_terminal(text, _Terminal()).splitlines()
    assert max(map(len, rows)) <= columns
    assert rows[0].startswith("    note: ")
    assert all(row.startswith("      ") for row in rows[1:])
    assert "`guard build it -o it`" in rows[-1]
    assert fit_terminal(text, io.StringIO()) == fit_terminal(text, None) == text


NOTED = """openapi: 3.0.0
info: {title: Depot, version: '1'}
paths:
  /reports/monthly-and-yearly/of-everything-there-is:
    get: {responses: {'200': {description: ok, content: {text/csv: {schema: {type: string}}}}}}
"""


def test_notes_of_a_generation_fit_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(NOTED)
    code = "from devmatrix_guard.cli import main; main()"
    terminal, end = os.openpty()
    command = [sys.executable, "-c", code, "generate", "spec.yaml", "-o", "app", "--no-memory"]
    environment = {**os.environ, "COLUMNS": "80"}
    with (
        os.fdopen(terminal, "rb") as screen,
        subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=end
        ) as process,
    ):
        os.close(end)
        rows = screen.read1(9_999).decode().splitlines()
    assert process.returncode == 0
    assert rows[0].startswith("note: GET /reports")
    assert len(rows) > 1
    assert max(map(len, rows)) <= 80
