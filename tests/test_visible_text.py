"""What is printed moves no cursor, whoever wrote it, and stays the text it was otherwise."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.visible_text import make_printable, mask_passwords

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
