"""A fingerprint follows the code, not the line it stands on."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.findings.fingerprint import (
    add_fingerprints,
    compute_fingerprint,
    is_fingerprint,
    move_fingerprint,
)
from devmatrix_guard.engine.findings.normalise import normalise
from devmatrix_guard.model.finding import Finding


def _prints(code: str, needle: str = "f(1)", path: str = "a.py") -> list[str]:
    """Return the fingerprints of every place of `needle` in `code`."""
    findings, codes = [], []
    for number, line in enumerate(code.split("\n"), start=1):
        start = line.find(needle)
        while start >= 0:
            end = start + len(needle) + 1
            findings.append(
                Finding("r", path, number, start + 1, number, end, "warn", "WARNING", None, "m")
            )
            codes.append(needle)
            start = line.find(needle, end)
    return [f.fingerprint for f in add_fingerprints(findings, codes, ast.parse(code))]


def test_moved_lines_keep_the_fingerprint() -> None:
    assert _prints("def a():\n    f(1)\n") == _prints("import x\n\n\ndef a():\n    y\n    f(1)\n")


def test_same_code_twice_in_a_function_is_told_apart() -> None:
    first, second = _prints("def a():\n    f(1); f(1)\n")
    assert first != second
    assert _prints("def a():\n    f(1)\n") == [first]


def test_same_code_in_two_functions_is_told_apart() -> None:
    prints = _prints("class A:\n  def a(s): f(1)\n  def b(s): f(1)\nif x:\n  def a(): f(1)\nf(1)\n")
    assert len(set(prints)) == 4


def test_new_twin_in_another_function_changes_nothing() -> None:
    alone = _prints("def b():\n    f(1)\n")
    assert alone[0] == _prints("def a():\n    f(1)\ndef b():\n    f(1)\n")[1]


def test_decorator_belongs_to_its_function() -> None:
    assert _prints("@f(1)\ndef a(): pass\n") == _prints("@g\n@f(1)\ndef a(): pass\n")


def test_order_of_the_findings_given_does_not_matter() -> None:
    one = Finding("r", "a.py", 1, 1, 1, 2, "warn", "WARNING", None, "m")
    two = one._replace(start_line=2, end_line=2)
    forwards = add_fingerprints([one, two], ["x", "x"])
    backwards = add_fingerprints([two, one], ["x", "x"])
    assert forwards == backwards[::-1]


def test_rename_changes_only_the_path_part() -> None:
    (old,), (new,) = _prints("f(1)"), _prints("f(1)", path="b/c.py")
    assert old != new
    assert move_fingerprint(new, "a.py") == old


def test_path_that_is_not_utf_8_has_a_fingerprint() -> None:
    assert is_fingerprint(
        compute_fingerprint("r", b"\xff.py".decode("utf-8", "surrogateescape"), "x")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f(1,2)", "f( 1,\r\n    2 )"),
        ("f(1)", "f(  # why\n1)"),
        ("a = b + \\\n c", "a=b+c"),
        ("f('#', \"it's\")", "f( '#' ,  \"it's\" )"),
        ("f('a')", 'f("a")'),
        ("f(u'it\\'s', R'x')", 'f("it\'s", r"x")'),
        ("f('''a''')", 'f("""a""")'),
        ("f('say \"a\"')", 'f("say \\"a\\"")'),
        ("f(1, 2)", "f(\n    1,\n    2,\n)"),
        ("f(x)([1])({2: 3})", "f(x,)([1,],)({2: 3,},)"),
        ("return (1, 2)", "return (1, 2,)"),
        ("f[1, 2]", "f[1, 2,]"),
    ],
)
def test_blank_space_and_comments_do_not_count(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("f('a b')", "f('a  b')"),
        ("ab", "a b"),
        ("'''#'''", "''''''"),
        ("(1,)", "(1)"),
        ("return (1,)", "return (1)"),
        ("f((1,))", "f((1))"),
        ("f[1,]", "f[1]"),
        ("f('a')", "f(b'a')"),
        (r"f(r'\'')", "f(r'')"),
    ],
)
def test_code_that_differs_stays_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_the_form_of_earlier_versions_is_kept_beside_todays() -> None:
    finding = Finding("r", "a.py", 1, 1, 1, 9, "warn", "WARNING", None, "m")
    (told,) = add_fingerprints([finding], ["f(b'a', 2,)"])
    assert told.former_fingerprint == compute_fingerprint("r", "a.py", "f ( b 'a' , 2 , )")
    (plain,) = add_fingerprints([finding], ["f(2)"])
    assert plain.former_fingerprint == ""
    assert plain.fingerprint == compute_fingerprint("r", "a.py", "f ( 2 )")


@given(st.text(max_size=200))
def test_any_text_is_normalised(code: str) -> None:
    assert "\n" not in normalise(code.replace("'", "").replace('"', ""))
    assert is_fingerprint(compute_fingerprint("r", "p", normalise(code)))


@pytest.mark.parametrize("text", ["", "x", "0" * 33, "0123456789ab-0123456789abcdef012\n4"])
def test_other_texts_are_no_fingerprints(text: str) -> None:
    assert not is_fingerprint(text)
