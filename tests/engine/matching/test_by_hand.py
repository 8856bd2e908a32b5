"""Rules thought out by hand find what they did when semgrep found the same: quick, without it.

`tests/engine/test_differential_by_hand.py` compares with semgrep. What it found equal is kept as
`program rule count checksum` in `tests/cases/oracle/found.txt`; `STORE_OUTPUT=1` writes it anew,
after which that test has to pass.
"""

from __future__ import annotations

import os
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.engine.differences import spans_of
from tests.engine.test_differential_by_hand import CASES, REFUSED, read_rules

FOUND = CASES / "found.txt"
PROGRAMS = [file for folder in REFUSED for file in sorted(folder.glob("programs/*.py"))]


@cache
def _read_rules(folder: Path) -> dict[str, dict[str, Any]]:
    return read_rules(folder)[0]


def _read_kept() -> dict[str, set[str]]:
    kept: dict[str, set[str]] = {}
    for line in FOUND.read_text(encoding="utf-8").splitlines():
        program, _, found = line.partition(" ")
        kept.setdefault(program, set()).add(found)
    return kept


def _store(program: str, found: set[str]) -> None:
    kept = _read_kept() | {program: found}
    lines = sorted(f"{name} {line}" for name, lines in kept.items() for line in lines)
    FOUND.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _name(program: Path) -> str:
    return program.relative_to(CASES).as_posix()


def _find(program: Path) -> dict[str, str]:
    """Return what rules find in a program: `rule count checksum` by rule."""
    rules = _read_rules(program.parent.parent)
    spans = spans_of(rules, {"": program.read_text(encoding="utf-8")})
    return {
        rule: f"{rule} {len(found)} {zlib.crc32(repr(sorted(found)).encode()):08x}"
        for (rule, _), found in spans.items()
    }


@pytest.mark.parametrize("program", PROGRAMS, ids=_name)
def test_rules_written_by_hand_find_what_they_did(program: Path) -> None:
    found = _find(program)
    if os.environ.get("STORE_OUTPUT"):
        _store(_name(program), set(found.values()))
    kept = _read_kept().get(_name(program), set())
    rules = _read_rules(program.parent.parent)
    other = {line.partition(" ")[0] for line in kept ^ set(found.values())}
    assert not other, [f"{rules.get(name)}: {found.get(name)}" for name in sorted(other)[:5]]
