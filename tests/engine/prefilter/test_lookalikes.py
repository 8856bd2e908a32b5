"""Names are matched as Python reads them, whatever letters they are written with."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.prefilter.lookalikes import STABLE, reread_words
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.rule import Rule
from tests.helpers_bounds import count_calls

EVAL: dict[str, Any] = {"pattern": "eval(...)"}
SYSTEM: dict[str, Any] = {"pattern": "os.system(...)"}
NAMED: dict[str, Any] = {
    "patterns": [
        {"pattern": "$X.$F(...)"},
        {"metavariable-regex": {"metavariable": "$F", "regex": "^execute$"}},
    ]
}
CALLED: dict[str, Any] = {
    "patterns": [
        {"pattern": "$F(...)"},
        {"metavariable-regex": {"metavariable": "$F", "regex": "^eval$"}},
    ]
}
FOLLOWING = "\n\ndef other():\n    pass\n\n\ndef another():\n    pass\n"


def _lines(source: bytes, body: dict[str, Any], lines: Any) -> list[int]:
    whole = {"id": "r", "languages": ["python"], "severity": "ERROR", "message": "m", **body}
    compiled = compile_rules([Rule("r", "m", "ERROR", "block", None, ("python",), whole)])
    report = check_targets(compiled, [Target("a.py", source, lines)])
    assert report.skipped == ()
    return [finding.start_line for finding in report.findings]


@pytest.mark.parametrize("is_changed_only", [False, True], ids=["whole", "changed lines"])
@pytest.mark.parametrize(
    ("code", "body", "line"),
    [
        pytest.param("ｅval(x)\n", EVAL, 1, id="full width"),
        pytest.param("𝐞val(x)\n", EVAL, 1, id="mathematical"),
        pytest.param("def f(x):\n    return ｅｖａｌ(x)\n", EVAL, 2, id="in a function"),
        pytest.param("import os\nos.ｓystem(x)\n", SYSTEM, 2, id="attribute"),
        pytest.param("from os import ｓystem\nｓystem(x)\n", SYSTEM, 2, id="import"),
        pytest.param("import ｏs as o\no.system(x)\n", SYSTEM, 2, id="module"),
        pytest.param("from os import system as ｓ\ns(x)\n", SYSTEM, 2, id="alias"),
        pytest.param("r(x, ｓhell=True)\n", {"pattern": "r(..., shell=True)"}, 1, id="keyword"),
        pytest.param("def ｄanger():\n    pass\n", {"pattern": "def danger(): ..."}, 1, id="def"),
        pytest.param("naïve(1)\n", {"pattern": "naïve(...)"}, 1, id="decomposed"),
        pytest.param("c.ｅxecute(1)\n", NAMED, 1, id="regex of an attribute"),
        pytest.param("ｅval(1)\n", CALLED, 1, id="regex of a name"),
    ],
)
def test_lookalike_letters_are_seen_through(
    code: str, body: dict[str, Any], line: int, is_changed_only: bool
) -> None:
    lines = ((line, line),) if is_changed_only else None
    assert _lines((code + FOLLOWING).encode(), body, lines) == [line]


def test_letters_are_read_by_the_cookie() -> None:
    assert _lines("# coding: latin-1\nevªl(x)\n".encode("latin-1"), EVAL, ((2, 2),)) == [2]


def test_other_letters_stay_other_names() -> None:
    assert _lines("еval(x)\n".encode(), EVAL, None) == []  # a Cyrillic letter


def test_a_byte_order_mark_is_no_part_of_the_first_word() -> None:
    assert _lines("\ufeffeval(x)\n".encode(), EVAL, ((1, 1),)) == [1]
    renamed = "\ufefffrom os import system as s\n\n\ndef f():\n    s(x)\n" + FOLLOWING
    assert _lines(renamed.encode(), SYSTEM, ((5, 5),)) == [5]


@pytest.mark.parametrize("blank", ["\xa0", "\u200b", "\u2060", "\u3000", "\ufeff"])
def test_a_word_beside_a_blank_that_python_refuses_is_seen(blank: str) -> None:
    assert b"eval" in reread_words(f"eval{blank}(x)\n".encode())
    assert b"eval" in reread_words(f"\ufeffｅval{blank}(x)\n".encode())


@pytest.mark.parametrize("text", ["eval(x)\n", "# Größe, 寸法 …\n", "naïve = 1\n"])
def test_ordinary_text_is_read_as_it_is_written(text: str) -> None:
    assert reread_words(text.encode()) == frozenset()


def test_letters_that_count_as_stable_are_read_as_they_are_written() -> None:
    for first, last in STABLE:
        for letter in map(chr, range(first, last + 1)):
            if f"a{letter}".isidentifier():
                assert unicodedata.normalize("NFKC", letter) == letter
                assert unicodedata.combining(letter) == 0
                assert unicodedata.is_normalized("NFKC", f"a{letter}")


def test_a_text_is_read_once_for_all_blanks_it_may_hold() -> None:
    data = "name = '§'\n".encode()
    assert reread_words(data) == frozenset()
    assert count_calls(lambda: reread_words(data)) < 40  # there are 26 blanks
