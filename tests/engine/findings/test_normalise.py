"""What is cut out of a whole file's layout is what taking the code apart alone would give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.findings.normalise import FileLayout, normalise, normalise_blanks
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.model.diff import Target
from tests.helpers_bounds import count_calls

_PIECES = st.sampled_from((
    "f", "x", "in", "(", ")", "[", "]", "{", "}", ",", ",", " ", "\n", "\\\n", "# c, (\n", "1", "é",
    "'a'", '"b"', "rb'\\''", "'''c\n'''", '"', "'", "\\", "u", ".",
))  # fmt: skip
_RULE = """
rules:
  - id: r
    languages: [python]
    severity: ERROR
    message: m
    pattern: $X + $Y
"""


NORMALISED = {
    # a comma before a closing bracket says nothing, except in a tuple of one
    "f(a, b,)": "f ( a , b )",
    "f(a,)": "f ( a )",
    "f(a)(b,)": "f ( a ) ( b )",
    "f(\n  a,  # why\n)": "f ( a )",
    "print (a,)": "print ( a )",
    "[a,]": "[ a ]",
    "{a,}": "{ a }",
    "{'a': 1,}": '{ "a" : 1 }',
    "(a, b,)": "( a , b )",
    "(a, b,)[0]": "( a , b ) [ 0 ]",
    "x[a, b,]": "x [ a , b ]",
    "(a,)": "( a , )",
    "(a\n,)": "( a , )",
    "x[a,]": "x [ a , ]",
    "x in (a,)": "x in ( a , )",
    "return (a,)": "return ( a , )",
    "lambda: (a,)": "lambda : ( a , )",
    "((a,), b,)": "( ( a , ) , b )",
    "f((a,),)": "f ( ( a , ) )",
    "x[(a,)]": "x [ ( a , ) ]",
    # the quotes of a text
    "'a'": '"a"',
    "u'a'": '"a"',
    "U'a'": '"a"',
    "b'a'": 'b"a"',
    "Rb'a'": 'rb"a"',
    "'''a'''": '"""a"""',
    "'it\\'s'": '"it\'s"',
    "r'it\\'s'": 'r"it\\\'s"',
    "'a\\n'": '"a\\n"',
    # blanks and comments
    "a  +\n b # c": "a + b",
    "a + \\\n b": "a + b",
    "": "",
    "# alone": "",
}


@pytest.mark.parametrize("code", NORMALISED)
def test_code_is_the_same_however_it_is_laid_out(code: str) -> None:
    assert normalise(code) == NORMALISED[code]
    assert normalise(normalise(code)) == NORMALISED[code]


@given(st.lists(_PIECES, max_size=30), st.data())
def test_what_is_cut_out_is_what_it_is_alone(pieces: list[str], data: st.DataObject) -> None:
    text = "".join(pieces)
    start = data.draw(st.integers(0, len(text)))
    code = text[start : data.draw(st.integers(start, len(text)))]
    before = text[:start]
    line, col = before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
    layout = FileLayout(text.encode().splitlines(keepends=True))
    assert layout.cut(line, col, code) in (None, (normalise(code), normalise_blanks(code)))


@pytest.mark.parametrize(
    "code",
    ["f(a, b,)", "(a,)", "[a,]", "x[a,]", "{'a': u'b',}", "f(\n  a,  # why\n)", '"""a\nb"""'],
)
def test_whole_expressions_are_cut_out(code: str) -> None:
    text = f"import x\ny = {code}; z\n"
    cut = FileLayout(text.encode().splitlines(keepends=True)).cut(2, 5, code)
    assert cut == (normalise(code), normalise_blanks(code))


def test_tuple_of_one_that_begins_a_line_is_judged_alone() -> None:
    """Behind a name the bracket would call it; the match says nothing of that name."""
    cut = FileLayout([b"x\n", b"(a,)\n"]).cut(2, 1, "(a,)")
    assert cut in (None, (normalise("(a,)"), normalise_blanks("(a,)")))


def test_the_cost_of_matches_in_one_another_grows_with_their_number() -> None:
    rules = compile_rules(parse_rules(_RULE.encode(), "r.yml").rules)

    def find(terms: int) -> None:
        source = f"x = {' + '.join(f'a{n}' for n in range(terms))}\n".encode()
        report = check_targets(rules, [Target("a.py", source, None)])
        assert len({finding.fingerprint for finding in report.findings}) == terms - 1

    find(2)  # what is done once
    assert count_calls(lambda: find(800)) < 6 * count_calls(lambda: find(200))
