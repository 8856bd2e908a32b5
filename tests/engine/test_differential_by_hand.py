"""The matcher gives the findings semgrep gives: on rules thought out by hand, with near misses.

Each rule of `tests/cases/oracle/*.yaml`, a pattern or the body of a rule, runs on each program of
`tests/cases/oracle/programs`; those of `public`, in the shapes of public rules, on programs of
their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.engine.patterns.compile import PatternError
from devmatrix_guard.engine.rules.compile_rule import compile_body
from tests.engine.differences import differences, semgrep_rules, spans_of
from tests.engine.oracle import ask, semgrep_path

CASES = Path(__file__).parent.parent / "cases" / "oracle"
# How many need semgrep, of all sets of a folder; more would mean that a kind left the process.
REFUSED = {CASES: 29, CASES / "public": 0}

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(
        semgrep_path() is None, reason="semgrep is not installed: run scripts/setup dev first"
    ),
]


def read_rules(folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the rules that compile in process, by name, and the names of the others."""
    rules: dict[str, dict[str, Any]] = {}
    refused = []
    for file in sorted(folder.glob("*.yaml")):
        for number, entry in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
            name = f"{file.stem}-{number}"
            body = {"pattern": entry} if isinstance(entry, str) else entry
            try:
                compile_body(body)
            except PatternError:
                refused.append(name)
            else:
                rules[name] = body
    return rules, refused


@pytest.mark.slow
@pytest.mark.timeout(600)  # semgrep alone can take minutes on a busy machine
@pytest.mark.parametrize("folder", REFUSED, ids=lambda folder: folder.name)
def test_rules_written_by_hand_find_what_semgrep_finds(folder: Path, tmp_path: Path) -> None:
    rules, refused = read_rules(folder)
    assert len(refused) <= REFUSED[folder], refused
    sources = {
        file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("programs/*.py"))
    }
    answer = ask(tmp_path, semgrep_rules(rules), sources)
    found = differences(rules, sources, spans_of(rules, sources), answer)
    assert not found, "\n".join(found)
