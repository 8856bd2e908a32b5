"""Findings that people dismissed: by rule and code, while more call them wrong than useful."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.mining.candidates.dismissals import (
    dump_dismissed,
    load_dismissed,
    select_dismissed,
)
from devmatrix_guard.model.knowledge.review import Dismissal

WRONG, USEFUL, LATER = "false-positive", "useful", "wont-fix"


@pytest.mark.parametrize(
    ("verdicts", "is_dismissed"),
    [
        ([WRONG], True),
        ([WRONG, USEFUL], False),
        ([USEFUL, WRONG], False),
        ([WRONG, WRONG, USEFUL], True),
        ([USEFUL], False),
        ([LATER], False),
        ([LATER, WRONG], True),
        ([], False),
    ],
)
def test_more_than_half_have_to_call_it_wrong(verdicts: list[str], is_dismissed: bool) -> None:
    said = [Dismissal(f"f{n}", "rule", verdict, code="c") for n, verdict in enumerate(verdicts)]
    assert select_dismissed(said) == (frozenset({("rule", "c")}) if is_dismissed else frozenset())


def test_rules_and_codes_are_told_apart_and_no_code_is_nothing() -> None:
    said = [
        Dismissal("f1", "a", WRONG, code="c"),
        Dismissal("f2", "a", USEFUL, code="d"),
        Dismissal("f3", "b", USEFUL, code="c"),
        Dismissal("f4", "b", WRONG, code=""),
    ]
    assert select_dismissed(said) == {("a", "c")}


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    kept = frozenset({("a", "c"), ("b", "ü")})
    path = tmp_path / "dismissed.json"
    path.write_bytes(dump_dismissed(kept))
    assert load_dismissed(path) == kept
    assert path.read_bytes() == dump_dismissed(frozenset(sorted(kept, reverse=True)))


@pytest.mark.parametrize("data", [b"", b"{", b"1", b"[1]", b'[["a"]]', b'[["a", "b", "c"]]'])
def test_what_cannot_be_read_dismisses_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "dismissed.json"
    assert load_dismissed(path) == frozenset()
    path.write_bytes(data)
    assert load_dismissed(path) == frozenset()
