"""A fix changes what it must and nothing else, and says when it cannot be trusted."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.fixing.fixes import (
    apply_edits,
    build_fix,
    build_fixes,
    edits_overlap,
    select_fixes,
)
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.finding import DOUBTS, Doubt, Edit, Finding, Fix
from tests.helpers_work import count_calls

ADD = ("foo($...ARGS)", "bar($...ARGS, timeout=10)")
NOT = ("neg($X)", "not $X")
STRIP = ("trim($X)", "$X.strip()")
IS_NONE = ("$X == None", "$X is None")
NO_KEY = ("f($X, k=$Y)", "f($X)")
NOT_IN = ("not $X in $Y", "$X not in $Y")
DELETE = ("debug($...ARGS)", "")
TRY = (
    "try:\n    $...BODY\nexcept:\n    $...HANDLER\n",
    "try:\n    $...BODY\nexcept Exception:\n    $...HANDLER\n",
)


def _rule(
    pattern: str, fix: str | dict[str, Any], *, imports: tuple[str, ...] = (), examples: Any = ()
) -> dict[str, Any]:
    key = "fix" if isinstance(fix, str) else "fix-regex"
    guard = {"imports": list(imports), "examples": list(examples)}
    return {"id": "r", "pattern": pattern, key: fix, "metadata": {"guard": guard}}


def _fixes(rule: dict[str, Any], source: bytes, **more: Any) -> list[Fix]:
    found = build_fixes([(rule, m) for m in find_matches(rule, source)], source, **more)
    return [fix for fix in found if fix is not None]


def _fixed(rule: dict[str, Any], code: str | bytes) -> str:
    source = code if isinstance(code, bytes) else code.encode()
    edits = [edit for fix in _fixes(rule, source) for edit in fix.edits]
    return apply_edits(source, edits).decode()


@pytest.mark.parametrize(
    ("rule", "code", "fixed"),
    [
        pytest.param(ADD, "foo(1,  2)\n", "bar(1,  2, timeout=10)\n", id="one-line"),
        pytest.param(ADD, "foo()\n", "bar(timeout=10)\n", id="no-arguments"),
        pytest.param(ADD, "foo( 1 )\n", "bar( 1, timeout=10 )\n", id="padded"),
        pytest.param(ADD, "foo(1,)\n", "bar(1, timeout=10)\n", id="trailing-comma-on-the-line"),
        pytest.param(
            ADD,
            "x = foo(\n    1,  # one\n    k='v',  # last\n)\n",
            "x = bar(\n    1,  # one\n    k='v',  # last\n    timeout=10,\n)\n",
            id="own-lines-comment-trailing-comma",
        ),
        pytest.param(
            ADD,
            "x = foo(\n    1,  # one\n    k='v'  # last\n)\n",
            "x = bar(\n    1,  # one\n    k='v',  # last\n    timeout=10\n)\n",
            id="own-lines-no-trailing-comma",
        ),
        pytest.param(
            ADD, "foo(\n    1, 2\n)\n", "bar(\n    1, 2, timeout=10\n)\n", id="one-inner-line"
        ),
        pytest.param(ADD, "foo(1,\n    2)\n", "bar(1,\n    2, timeout=10)\n", id="hanging-indent"),
        pytest.param(
            ADD,
            "foo(\r\n\t1,\r\n)\r\n",
            "bar(\r\n\t1,\r\n\ttimeout=10,\r\n)\r\n",
            id="crlf-and-tabs",
        ),
        pytest.param(
            ADD,
            "a = 1\r\nfoo(\n  1,\n)\r\nb = 2\n",
            "a = 1\r\nbar(\n  1,\n  timeout=10,\n)\r\nb = 2\n",
            id="mixed-newlines",
        ),
        pytest.param(ADD, "\x0cfoo(1)\n\x0c\n", "\x0cbar(1, timeout=10)\n\x0c\n", id="form-feed"),
        pytest.param(ADD, "\ufefffoo('é')", "\ufeffbar('é', timeout=10)", id="bom"),
        pytest.param(
            ADD,
            "foo(rb'a' b'b', f'{x!r:>{w}}')\n",
            "bar(rb'a' b'b', f'{x!r:>{w}}', timeout=10)\n",
            id="string-prefixes",
        ),
        pytest.param(
            ("sum_of($A, $B)", "$A + $B"),
            "x = sum_of(a, b) * 2\n",
            "x = (a + b) * 2\n",
            id="operator-in-an-operator",
        ),
        pytest.param(
            ("first($X)", "$X[0]"), "y = first(await z)\n", "y = (await z)[0]\n", id="await-indexed"
        ),
        pytest.param(
            ("run($X)", "await $X"),
            "async def f():\n    run(a).b\n",
            "async def f():\n    (await a).b\n",
            id="await-before-attribute",
        ),
        pytest.param(
            ("twice($X)", "[$X, $X]"),
            "twice(a if b else c)\n",
            "[a if b else c, a if b else c]\n",
            id="metavariable-twice",
        ),
        pytest.param(
            ("$X: $T = made($F)", "$X: $T = Field(default_factory=$F)"),
            "class A:\n    b: int = made(c)\n",
            "class A:\n    b: int = Field(default_factory=c)\n",
            id="annotated-name-takes-no-parentheses",
        ),
        pytest.param(ADD, "# foo(1)\ns = 'foo(1)'\n", "# foo(1)\ns = 'foo(1)'\n", id="no-match"),
        pytest.param(NOT, "y = neg(a or b)\n", "y = not (a or b)\n", id="copy-needs-parentheses"),
        pytest.param(NOT, "y = neg(a) == 1\n", "y = (not a) == 1\n", id="whole-needs-parentheses"),
        pytest.param(NOT, "y = neg(a)\n", "y = not a\n", id="no-parentheses-needed"),
        pytest.param(NOT, "if neg(a): pass\n", "if not a: pass\n", id="keyword-keeps-its-blank"),
        pytest.param(STRIP, "trim(a or b)\n", "(a or b).strip()\n", id="receiver"),
        pytest.param(STRIP, "trim(1)\n", "(1).strip()\n", id="number-receiver"),
        pytest.param(
            STRIP, "trim(a\n  + b)\n", "(a\n  + b).strip()\n", id="lines-stay-in-parentheses"
        ),
        pytest.param(
            IS_NONE,
            "if (a.b [0]   # why\n    ==   None): pass\n",
            "if (a.b [0]   # why\n    is   None): pass\n",
            id="operator-only",
        ),
        pytest.param(
            IS_NONE, "x = ((a  == None)) + 1\n", "x = ((a  is None)) + 1\n", id="grouped-match"
        ),
        pytest.param(
            IS_NONE,
            "x = (  # why\n    a == None  # what\n)\n",
            "x = (  # why\n    a is None  # what\n)\n",
            id="grouped-over-lines",
        ),
        pytest.param(
            IS_NONE, "(a) == (b) == None\n", "(a) == (b) == None\n", id="chain-is-no-match"
        ),
        pytest.param(
            ("($A, $B)", "[$A, $B]"), "x = (1, (2))\n", "x = [1, (2)]\n", id="tuple-keeps-none"
        ),
        pytest.param(
            ("$X == None", "($X is None)"), "(a == None)\n", "(a is None)\n", id="own-parentheses"
        ),
        pytest.param(
            ("$F($X)", "$F[$X]"), "y = (a)(b)\n", "y = (a)[b]\n", id="two-pairs-are-no-group"
        ),
        pytest.param(NO_KEY, "f(a, k=2)\n", "f(a)\n", id="drop-an-argument"),
        pytest.param(NO_KEY, "f(k=2, *[])\n", "f(k=2, *[])\n", id="star-is-another-argument"),
        pytest.param(NO_KEY, "f(a,\n  k=2)\n", "f(a)\n", id="drop-a-hanging-argument"),
        pytest.param(
            NO_KEY,
            "f(\n    a,  # one\n    k=2,\n)\n",
            "f(\n    a,  # one\n)\n",
            id="drop-an-own-line",
        ),
        pytest.param(
            NO_KEY,
            "f(\n    a,  # one\n    k=2,  # two\n)\n",
            "f(\n    a,  # one\n    # two\n)\n",
            id="comments-outlive-their-argument",
        ),
        pytest.param(NOT_IN, "not a.b in (1,  2)\n", "a.b not in (1,  2)\n", id="word-moves"),
        pytest.param(
            TRY,
            "def f():\n    try:  # a\n        x()  # b\n        # c\n"
            "        if x:\n            y()\n    # d\n    except:\n        pass  # e\n",
            "def f():\n    try:  # a\n        x()  # b\n        # c\n"
            "        if x:\n            y()\n    # d\n    except Exception:\n        pass  # e\n",
            id="statements-and-their-comments",
        ),
        pytest.param(DELETE, "a\ndebug(1)\nb\n", "a\nb\n", id="delete-the-line"),
        pytest.param(
            DELETE,
            "def f():\n    debug(\n        1)\n\nx\n",
            "def f():\n    pass\n\nx\n",
            id="delete-the-only-statement",
        ),
        pytest.param(
            DELETE, "a\ndebug(1)  # why\nb\n", "a\n# why\nb\n", id="delete-and-keep-the-comment"
        ),
        pytest.param(
            ("once($X)", "with $X as y:\n    use(y)\n    if y:\n        done()"),
            "def f():\n\tif a:\n\t\tonce(b)\n",
            "def f():\n\tif a:\n\t\twith b as y:\n\t\t\tuse(y)\n\t\t\tif y:\n\t\t\t\tdone()\n",
            id="template-takes-the-file's-indentation",
        ),
        pytest.param(
            ("old($X)", {"regex": r"old\((.*)\)", "replacement": r"new(\1)"}),
            "z = old(1,)  # c\n",
            "z = new(1,)  # c\n",
            id="fix-regex",
        ),
    ],
)
def test_code_becomes(rule: tuple[str, Any], code: str, fixed: str) -> None:
    assert _fixed(_rule(*rule), code) == fixed


@pytest.mark.parametrize(
    ("rule", "code", "fixed"),
    [
        pytest.param(("$X + 1", "$X"), "(a  + 1)", "(a)", id="blanks go with the end"),
        pytest.param(("$X + 1", "$X"), "(a\n + 1)", "(a\n )", id="a line break before it stays"),
        pytest.param(("$X + 1", "$X"), "(a # why\n + 1)", "(a # why\n )", id="so does a comment"),
        pytest.param(("1 + $X", "$X"), "(1 +  a)", "(a)", id="blanks go with the beginning"),
        pytest.param(("1 + $X", "$X"), "(1 +\n a)", "(\n a)", id="a line break behind it stays"),
        pytest.param(("1 + $X", "$X"), "(1 + # why\n a)", "( # why\n a)", id="and a comment"),
        pytest.param(("not $X", "$X"), "if not(a): b", "if (a): b", id="words stay apart"),
        pytest.param(("not $X", "$X"), "x = (not\n a)", "x = (\n a)", id="a word on its own line"),
    ],
)
def test_what_stands_between_a_deleted_edge_and_the_rest_stays(
    rule: tuple[str, str], code: str, fixed: str
) -> None:
    assert _fixed(_rule(*rule), code) == fixed


PROOF = ({"invalid": "g = 1\nf(1)\n", "fixed": "g = 1\ng(1)\n"},)


def _one(rule: dict[str, Any], code: str | bytes, **more: Any) -> Fix:
    (fix,) = _fixes(rule, code if isinstance(code, bytes) else code.encode(), **more)
    return fix


def _sentence(fix: Fix) -> str:
    assert fix.doubt is not None and fix.doubt.code in DOUBTS
    return fix.doubt.sentence


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (_rule("f($X)", "g($X)"), "no-example"),
        (_rule("f($X)", "g($X)", examples=({"invalid": "f(1)", "fixed": "g(2)"},)), "example"),
        (_rule("f($X)", "g($X, $X)", examples=PROOF), "meaning"),
        (_rule("f($X)", "k($X)", examples=PROOF), "names"),
        (_rule("f($X)", "g($Y)", examples=PROOF), "template"),
        (_rule("f($X)", "g($X", examples=PROOF), "parse"),
        (_rule("f($X)", "f(int($X))", examples=PROOF), "still-found"),
    ],
)
def test_a_doubt_has_a_code(rule: dict[str, Any], code: str) -> None:
    fix = _one(rule, "g = 1\nf(h())\n")
    assert fix.doubt is not None
    assert (fix.doubt.code, fix.lacks_example) == (code, code == "no-example")


def test_fix_is_safe_when_everything_holds() -> None:
    fix = _one(_rule("f($X)", "g($X)", examples=PROOF), "def g(x): ...\nf(2)  # why\n")
    assert fix == Fix((Edit(2, 1, 2, 2, "g"),))


@pytest.mark.parametrize(
    ("fix", "code"),
    [
        ("await nap()", "async def f():\n    def g():\n        nap()\n"),
        ("return nap()", "nap()\n"),
        ("yield nap()", "class C:\n    nap()\n"),
    ],
)
def test_fix_after_which_the_file_would_not_compile_is_not_safe(fix: str, code: str) -> None:
    rule = _rule("nap()", fix, examples=[{"invalid": "nap()", "fixed": fix}])
    (found,) = _fixes(rule, code.encode())
    assert not found.safe
    assert found.doubt == Doubt("parse", "the fixed file would not compile")


def test_rule_without_a_fix_has_none() -> None:
    rule = {"id": "r", "pattern": "f($X)"}
    (match,) = find_matches(rule, b"f(1)")
    assert build_fix(rule, match, b"f(1)") is None


@pytest.mark.parametrize(
    ("rule", "code", "reason"),
    [
        pytest.param(
            _rule("f($X)", "g($X)"), "g = 1\nf(1)\n", "no example that proves", id="no-example"
        ),
        pytest.param(
            _rule("f($X)", "g($X)", examples=({"invalid": "f(1)", "fixed": "h(1)"},)),
            "g = 1\nf(1)\n",
            "not do what the rule's own example says",
            id="example-says-otherwise",
        ),
        pytest.param(
            _rule("pair($X, $Y)", "$X", examples=PROOF),
            "y = pair(a,  # first\n    b)\n",
            "would delete the comment '# first'",
            id="comment-lost",
        ),
        pytest.param(
            _rule("f($X)", "g($X)", examples=PROOF), "f(1)\n", "not import g", id="unknown-name"
        ),
    ],
)
def test_unsafe_fix_is_shown_with_its_reason(rule: dict[str, Any], code: str, reason: str) -> None:
    fix = _one(rule, code)
    assert not fix.safe
    assert fix.edits
    assert reason in _sentence(fix)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        pytest.param(_rule("f($X)", "f(int($X))"), "still finds", id="still-triggers"),
        pytest.param(_rule("f($X)", "f( $X )"), "changes nothing", id="no-change"),
        pytest.param(_rule("f($X)", "g($X"), "would not parse", id="does-not-parse"),
        pytest.param(_rule("f($X)", "g($Y)"), "names $Y", id="unbound-metavariable"),
        pytest.param(_rule("f($X)", "__guard_0__"), "reserved", id="reserved-name"),
        pytest.param(
            _rule("f($X)", {"regex": "(", "replacement": ""}), "regular expression", id="bad-regex"
        ),
        pytest.param(
            _rule("f($X)", {"regex": "f", "replacement": r"\9"}),
            "regular expression",
            id="bad-group",
        ),
    ],
)
def test_fix_that_cannot_stand_comes_without_edits(rule: dict[str, Any], reason: str) -> None:
    fix = _one(rule, "f(1)\n")
    assert (fix.safe, fix.edits) == (False, ())
    assert reason in _sentence(fix)


def test_fix_whose_regex_never_ends_says_that_it_took_too_long() -> None:
    rule = _rule("f($X)", {"regex": "(a+)+b", "replacement": ""})
    fix = _one(rule, f"f('{'a' * 40}')\n")
    assert (fix.safe, fix.edits) == (False, ())
    assert "took more than 2 seconds" in _sentence(fix)


def test_deleting_an_expression_is_refused() -> None:
    assert not _one(_rule(*DELETE), "x = debug(1)\n").edits


def test_fix_outside_the_changed_lines_is_not_safe() -> None:
    rule = _rule("f($X)", "g($X)", examples=PROOF)
    code = "g = 1\nf(\n    1\n)\n"
    assert _one(rule, code, lines=[(2, 2)]).safe
    fix = _one(rule, code, lines=[(3, 4)])
    assert fix.doubt == Doubt("lines", "it would change lines outside the change")


def test_import_may_be_added_outside_the_changed_lines() -> None:
    example = {"invalid": "f(1)\n", "fixed": "from m import g\n\ng(1)\n"}
    rule = _rule("f($X)", "g($X)", imports=("from m import g",), examples=(example,))
    assert _one(rule, "import os\n\nf(1)\n", lines=[(3, 3)]).safe


def test_blank_lines_of_an_example_do_not_count() -> None:
    example = {"invalid": "x = f(1)\n", "fixed": "import m\nx = m.g(1)\n\n"}
    rule = _rule("f($X)", "m.g($X)", imports=("import m",), examples=(example,))
    assert _one(rule, "import m\nf(1)\n").safe


def test_latin_1_file_keeps_its_bytes() -> None:
    source = "# coding: latin-1\ng = 'é'\nf('é')  # ü\n".encode("latin-1")
    rule = _rule("f($X)", "g($X)", examples=PROOF)
    fixed = apply_edits(source, _one(rule, source).edits)
    assert fixed == source.replace(b"\nf(", b"\ng(")


def test_fix_the_encoding_cannot_hold_is_not_safe() -> None:
    rule = _rule("f($X)", "g($X, '→')", examples=({"invalid": "f(1)", "fixed": "g(1, '→')"},))
    fix = _one(rule, b"# coding: latin-1\ng = 1\nf(1)\n")
    assert fix.doubt == Doubt("encoding", "the file's encoding iso8859-1 cannot hold it")
    with pytest.raises(UsageError, match="correct the code by hand"):
        apply_edits(b"# coding: latin-1\ng = 1\nf(1)\n", fix.edits)


def test_nested_matches_are_fixed_both() -> None:
    rule = _rule("f($X)", "g($X)", examples=PROOF)
    source = b"g = 1\nf(f(2))\n"
    fixes = _fixes(rule, source)
    assert all(fix.safe for fix in fixes)
    assert apply_edits(source, [e for f in fixes for e in f.edits]) == b"g = 1\ng(g(2))\n"


def test_bad_fix_does_not_spoil_its_neighbours() -> None:
    good = _rule("f($X)", "g($X)", examples=PROOF)
    bad = _rule("h($X)", "h(int($X))", examples=PROOF)
    source = b"g = 1\nf(1); h(2)\n"
    found = [(rule, m) for rule in (good, bad) for m in find_matches(rule, source)]
    assert [fix.safe for fix in build_fixes(found, source) if fix] == [True, False]


def test_file_that_cannot_be_written_back_has_no_fix() -> None:
    rule = _rule("f($X)", "g($X)")
    (match,) = find_matches(rule, b"f(1)")
    fix = build_fix(rule, match, b"f(1)  # \xff")
    assert fix == Fix((), Doubt("unreadable", "the file cannot be read and written back exactly"))


def _finding(line: int, *edits: Edit, safe: bool = True) -> Finding:
    fix = Fix(edits, None if safe else Doubt("names", "x is another"))
    return Finding("r", "a.py", line, 1, line, 9, "warn", "WARNING", None, "m", fix=fix)


def test_first_of_two_overlapping_fixes_is_chosen() -> None:
    one = _finding(1, Edit(1, 1, 1, 5, "a"))
    two = _finding(2, Edit(1, 4, 1, 6, "b"))
    three = _finding(3, Edit(3, 1, 3, 2, "c"))
    assert select_fixes([three, two, one]) == (one, three)


def test_fix_between_the_edits_of_another_waits() -> None:
    outer = _finding(1, Edit(1, 1, 1, 2, "g"), Edit(1, 8, 1, 9, ""))
    inner = _finding(1, Edit(1, 3, 1, 4, "h"))._replace(start_col=3)
    assert select_fixes([inner, outer]) == (outer,)


def test_fix_that_adds_where_another_ends_waits() -> None:
    outer = _finding(1, Edit(1, 1, 2, 9, "while a:\n    assert b\n    break"))
    inner = _finding(2, Edit(2, 9, 2, 9, ", c"))
    outer = outer._replace(end_line=2)
    assert select_fixes([inner, outer]) == (outer,)


def test_unsafe_fix_is_not_chosen() -> None:
    assert select_fixes([_finding(1, Edit(1, 1, 1, 5, "a"), safe=False)]) == ()


def test_import_shared_by_two_fixes_is_no_overlap() -> None:
    shared = Edit(1, 1, 1, 1, "import os\n")
    one = _finding(1, shared, Edit(1, 1, 1, 2, "x"))
    two = _finding(2, shared, Edit(2, 1, 2, 2, "y"))
    chosen = select_fixes([one, two])
    assert chosen == (one, two)
    edits = [edit for finding in chosen if finding.fix for edit in finding.fix.edits]
    assert apply_edits(b"a\nb\n", edits) == b"import os\nx\ny\n"


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Edit(1, 1, 1, 5, ""), Edit(1, 5, 1, 6, ""), False),
        (Edit(1, 1, 2, 1, ""), Edit(1, 3, 1, 3, "x"), True),
        (Edit(1, 3, 1, 3, "x"), Edit(1, 3, 1, 3, "y"), True),
        (Edit(1, 1, 1, 1, "x\n"), Edit(1, 1, 1, 1, "y\n"), False),
        (Edit(2, 1, 2, 1, "x\n"), Edit(1, 1, 3, 1, ""), True),
    ],
)
def test_edits_overlap_when_they_touch_the_same_text(one: Edit, other: Edit, overlap: bool) -> None:
    assert edits_overlap(one, other) is edits_overlap(other, one) is overlap


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(UsageError, match="overlap"):
        apply_edits(b"abc", [Edit(1, 1, 1, 3, "x"), Edit(1, 2, 1, 4, "y")])


def test_columns_count_code_points() -> None:
    edit = Edit(1, 4, 1, 5, "x")
    assert apply_edits("'𝄞'a\r\n".encode(), [edit]) == "'𝄞'x\r\n".encode()


def test_an_import_and_an_insertion_at_one_place_go_one_after_the_other() -> None:
    body = {
        "id": "reload",
        "languages": ["python"],
        "severity": "WARNING",
        "message": "m",
        "pattern": "main()",
        "fix": "tornado.autoreload.main()",
        "metadata": {"guard": {"imports": ["import tornado.autoreload"]}},
    }
    source = b"main()\n"
    fixes = build_fixes([(body, match) for match in find_matches(body, source)], source)
    assert [apply_edits(source, fix.edits) for fix in fixes if fix] == [
        b"import tornado.autoreload\n\ntornado.autoreload.main()\n"
    ]


def _count_calls_of_fixing(sites: int) -> int:
    source = "".join(f"foo({n})\n" for n in range(sites)).encode()
    rule = _rule(*ADD)
    found = [(rule, match) for match in find_matches(rule, source)]
    edits: set[Edit] = set()
    calls = count_calls(
        lambda: edits.update(
            edit for fix in build_fixes(found, source) if fix for edit in fix.edits
        )
    )
    assert len(edits) >= sites
    return calls


def test_very_many_fixes_in_one_file_cost_in_proportion() -> None:
    few, many = (_count_calls_of_fixing(sites) for sites in (30, 240))
    assert many < 12 * few  # 8 times the sites; each compared with all others would be 64


def test_very_many_statements_on_all_levels_are_fixed_in_one_go() -> None:
    code = "".join(
        f"try:\n    foo({n}); foo(-{n})\nexcept E:\n    with a:\n        foo({n})\n"
        for n in range(40)
    )
    assert _fixed(_rule(*ADD), code) == code.replace(")", ", timeout=10)").replace("foo", "bar")


@pytest.mark.slow
@pytest.mark.parametrize("separator", ["; ", ",\n"], ids=["a line", "a statement"])
def test_proving_fixes_in_one_long_statement_is_bounded(separator: str) -> None:
    """Each proof parses all of the line or statement, and there may be one for each call in it."""
    source = ("[" + separator.join(f"foo({number})" for number in range(1_200)) + "]\n").encode()
    if separator == "; ":
        source = source.strip(b"[]\n") + b"\n"
    fixes = _fixes(_rule(*ADD, examples=[]), source)
    assert len(fixes) == 1_200
    unproven = [fix for fix in fixes if fix.doubt and fix.doubt.code == "length"]
    assert 0 < 1_200 - len(unproven) < 20
    assert all(fix.edits == () for fix in unproven)
