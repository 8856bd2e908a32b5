"""What a suppressing comment reaches, and what is said about one that is wrong or idle."""

from __future__ import annotations

import pytest

from devmatrix_guard.engine.findings.suppressions import apply_suppressions, find_suppressions
from devmatrix_guard.model.finding import Finding

RULES = {"demo.one", "demo.two"}


def _finding(line: int, rule: str = "demo.one", end: int = 0) -> Finding:
    return Finding(rule, "a.py", line, 1, end or line, 5, "warn", "WARNING", None, "m")


def _apply(code: str | bytes, *findings: Finding, ran: set[str] = RULES):
    source = code.encode() if isinstance(code, str) else code
    return apply_suppressions(
        "a.py", findings, find_suppressions(source), ran=ran, known=RULES | {"demo.idle"}
    )


@pytest.mark.parametrize(
    ("code", "line"),
    [
        pytest.param("f(1)  # guard: ignore[demo.one]\n", 1, id="same-line"),
        pytest.param("#guard:ignore[demo.one]\nf(1)\n", 2, id="line-above"),
        pytest.param("# guard: ignore[demo.one]\n# why\nf(1)\n", 3, id="above-a-comment"),
        pytest.param("f(\n    1,  # guard: ignore[demo.one]\n)\n", 1, id="inside-the-call"),
        pytest.param("f(\n    1,\n)  # guard: ignore[demo.one]\n", 1, id="last-line-of-the-call"),
        pytest.param("x = 1 + \\\n  f(1)  # guard: ignore[demo.one]\n", 2, id="continuation"),
        pytest.param("@a\n@b  # guard: ignore[demo.one]\ndef f(): pass\n", 3, id="decorator"),
        pytest.param("@b\ndef f(): pass  # guard: ignore[demo.one]\n", 1, id="below-a-decorator"),
        pytest.param("@b\n# guard: ignore[demo.one]\ndef f(): pass\n", 1, id="among-decorators"),
        pytest.param("f(1)  # noqa: E501  # guard: ignore[demo.one]\n", 1, id="after-noqa"),
        pytest.param("f(1)  # guard: ignore[demo.two, demo.one] reason=x\n", 1, id="second-rule"),
        pytest.param("f(1)  # guard: ignore[one]\n", 1, id="last-part-of-the-id"),
        pytest.param("\ufeff\r\nf(1)  # guard: ignore[demo.one]\r\n", 2, id="bom-and-crlf"),
        pytest.param("f(1)  # nosemgrep\n", 1, id="nosemgrep"),
        pytest.param("f(1)  # see nosem please\n", 1, id="nosem-in-a-comment"),
        pytest.param("f(1)  # NOSEMGREP: demo.two, demo.one\n", 1, id="nosemgrep-with-rules"),
        pytest.param("# nosemgrep: demo.one\nf(1)\n", 2, id="nosemgrep-above"),
        pytest.param("f(1)  # nosemgrep: rules.demo.one\n", 1, id="nosemgrep-with-folders"),
    ],
)
def test_comment_silences_the_finding(code: str, line: int) -> None:
    result = _apply(code, _finding(line))
    assert not result.kept
    assert [s.how for s in result.suppressed] == ["inline"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        pytest.param("f('# guard: ignore[demo.one]')\n", 1, id="in-a-string"),
        pytest.param('"""\n# guard: ignore[demo.one]\n"""; f(1)\n', 3, id="in-a-docstring"),
        pytest.param("f(1)  # write guard: ignore[demo.one] here\n", 1, id="in-prose"),
        pytest.param("g()  # guard: ignore[demo.one]\nf(1)\n", 2, id="on-another-statement"),
        pytest.param("# guard: ignore[demo.one]\n\nf(1)\n", 3, id="blank-line-between"),
        pytest.param("f(1)  # guard: ignore[demo.two]\n", 1, id="another-rule"),
        pytest.param("f(1)  # guard: ignore[emo.one]\n", 1, id="half-a-name"),
        pytest.param(
            "def f():  # guard: ignore[demo.one]\n    g(1)\n", 2, id="header-above-a-body"
        ),
        pytest.param("f(1,\n  2)  # nosemgrep\n", 1, id="nosemgrep-on-the-last-line"),
        pytest.param("g()  # nosemgrep\nf(1)\n", 2, id="nosemgrep-on-the-statement-above"),
        pytest.param("f(1)  # nosemgrep: demo.two\n", 1, id="nosemgrep-of-another-rule"),
        pytest.param("f(1)  # nosemgrep: rules.xdemo.one\n", 1, id="nosemgrep-of-a-longer-id"),
        pytest.param("f(1)  # guard: ignore[rules.demo.one]\n", 1, id="guard-with-folders"),
        pytest.param("x = 'nosemgrep'; f(1)\n", 1, id="nosemgrep-in-a-string"),
    ],
)
def test_comment_leaves_the_finding(code: str, line: int) -> None:
    result = _apply(code, _finding(line))
    assert len(result.kept) == 1
    assert not result.suppressed


def test_reason_and_kind_are_kept() -> None:
    code = "f(1)  # guard: ignore[demo.one] reason=see #12, later kind=legacy  # noqa\n"
    (silenced,) = _apply(code, _finding(1)).suppressed
    assert (silenced.reason, silenced.kind) == ("see #12, later", "legacy")


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# guard: ignore", "names no rule"),
        ("# guard: ignore[]", "names no rule"),
        ("# guard: ignore[demo one]", "names no rule"),
        ("# guard: ignore[demo.one", "names no rule"),
        ("# guard: ignore[demo.one] kind=whim", "false-positive, wont-fix"),
        ("# guard: ignore[demo.one] because", "only reason= and kind="),
        ("# guard: ignore[demo.one] kind=test kind=test", "twice"),
    ],
)
def test_malformed_comment_silences_nothing_and_is_noted(comment: str, says: str) -> None:
    result = _apply(f"f(1)  {comment}\n", _finding(1))
    assert len(result.kept) == 1
    (note,) = result.notes
    assert note.line == 1
    assert says in note.text


def test_unknown_rule_is_noted_and_not_called_unused() -> None:
    (note,) = _apply("f(1)  # guard: ignore[demo.gone]\n").notes
    assert "unknown rule: demo.gone" in note.text


def test_unused_comment_is_noted() -> None:
    result = _apply("f(1)  # guard: ignore[demo.one, demo.two]\n", _finding(1, "demo.two"))
    assert [s.rules for s in result.unused] == [("demo.one",)]
    assert "demo.one is unused" in result.notes[0].text


def test_comment_is_not_unused_when_its_rule_did_not_run() -> None:
    assert not _apply("f(1)  # guard: ignore[demo.idle]\n").notes


def test_bare_nosemgrep_is_never_called_unused() -> None:
    assert not _apply("f(1)  # nosemgrep\n").notes


def test_comment_inside_a_long_finding_speaks_for_it() -> None:
    code = "try:\n    f()\nexcept E:  # guard: ignore[demo.one]\n    pass\n"
    assert not _apply(code, _finding(1, end=4)).kept


def test_comment_on_a_nested_finding_leaves_the_outer_one() -> None:
    code = "with a:\n    with b:  # guard: ignore[demo.one]\n        f()\n"
    outer, inner = _finding(1, end=3), _finding(2, end=3)
    assert _apply(code, outer, inner).kept == (outer,)


@pytest.mark.parametrize(
    "source",
    [
        b"# guard: ignore[demo.one]\xff\n",
        b"x = (  # guard: ignore[demo.one]\n",
        b"'''# nosemgrep",
        b"\x00 # nosemgrep",
        b"# coding: utf-99\n# nosemgrep\n",
        b" x\n  y # nosemgrep\n z\n",
        b"",
    ],
)
def test_source_that_cannot_be_read_never_raises(source: bytes) -> None:
    assert isinstance(find_suppressions(source), tuple)


def test_a_qualified_nosemgrep_that_silences_nothing_is_unused() -> None:
    (note,) = _apply("g(1)  # nosemgrep: rules.demo.one\n").notes
    assert note.text == "the suppression of rules.demo.one is unused; remove it"


def test_a_comment_in_a_long_finding_speaks_for_it_although_another_begins_below() -> None:
    code = "def f():\n    a()  # guard: ignore[demo.one]\n    b()\n"
    result = _apply(code, _finding(1, end=3), _finding(3))
    assert [found.start_line for found in result.kept] == [3]
