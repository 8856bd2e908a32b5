"""Values are followed from statement to statement as semgrep follows them."""

from __future__ import annotations

import ast
import textwrap

import pytest

from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.deep import call_deeply
from devmatrix_guard.engine.matching.formula import FileMatcher
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compile_rule import compile_body
from devmatrix_guard.engine.rules.load import parse_rules
from devmatrix_guard.engine.tree.source import Source
from devmatrix_guard.model.diff import Target

TEXT = 'use("=~/^s$/")'


def _matches(pattern: str, code: str) -> int:
    rule, options = compile_body({"pattern": pattern})
    source = Source(textwrap.dedent(code).encode())
    return len(FileMatcher(source, [(rule, options)]).matches(None)[0])


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("try:\n    b = 1\nexcept E:\n    a = 't'\nuse(a)", id="an assignment"),
        pytest.param("try:\n    b = c.d\nexcept E:\n    a = 't'\nuse(a)", id="an attribute"),
        pytest.param("try:\n    import q\nexcept E:\n    a = 't'\nuse(a)", id="an import"),
        pytest.param("try:\n    pass\nfinally:\n    b()\nuse(a)", id="a finally"),
        pytest.param("try:\n    a = 's'\nexcept E:\n    return\nuse(a)", id="a return"),
        pytest.param("try:\n    b()\nexcept E:\n    use(a)\n    a = 't'", id="before the call"),
    ],
)
def test_a_value_survives_what_cannot_throw(code: str) -> None:
    body = textwrap.indent(code, "    ")
    assert _matches(TEXT, f"def f():\n    a = 's'\n{body}\n") == 1


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("try:\n    b()\nexcept E:\n    a = 't'\nuse(a)", id="a call throws"),
        pytest.param("try:\n    raise E\nexcept E:\n    a = 't'\nuse(a)", id="a raise throws"),
        pytest.param("try:\n    pass\nexcept E:\n    use(a)", id="never reached"),
        pytest.param("try:\n    a = b()\nexcept E:\n    use(a)", id="the call assigns"),
        pytest.param("c = [x for x in y]\nuse(a)", id="behind a comprehension"),
        pytest.param("match b:\n    case [a, *_]:\n        use(a)", id="a captured name"),
        pytest.param("match b:\n    case [*a]:\n        use(a)", id="captured items"),
        pytest.param("a, b = 's', 't'\nuse(a)", id="a pair"),
        pytest.param("return\nuse(a)", id="behind a return"),
    ],
)
def test_a_value_is_not_known_where_it_may_be_another(code: str) -> None:
    body = textwrap.indent(code, "    ")
    assert _matches(TEXT, f"def f():\n    a = 's'\n{body}\n") == 0


@pytest.mark.parametrize("value", ['"a %s" % "b"', '"a" - "b"', '"a" == "b"', '"a" and "b"'])
def test_an_operation_on_two_texts_is_a_text_where_its_result_is_read(value: str) -> None:
    assert _matches('use("...")', f"def f():\n    a = {value}\n    use(a)\n") == 1
    assert _matches('use("...")', f"use({value})\n") == 0


def test_a_global_is_known_inside_an_operation() -> None:
    code = "M = 's'\ndef f():\n    a = M + ''\n    use(a)\n    a = 1\n"
    assert _matches(TEXT, code) == 1


@pytest.mark.parametrize("length", [900, 3000])
def test_a_long_chain_of_texts_is_one_text(length: int) -> None:
    rules = parse_rules(
        b"rules: [{id: long, message: m, severity: ERROR, languages: [python],"
        b" pattern: 'use(\"=~/^a+$/\")'}]",
        "long.yml",
    )
    code = f"""a = {" + ".join(["'a'"] * length)}\nuse(a)\n"""
    report = check_targets(compile_rules(rules.rules), [Target("a.py", code.encode(), None)])
    if _is_too_deep_for_python(code):  # Python 3.12 ends at a depth of its own, whatever the stack
        assert [skip.reason for skip in report.skipped] == ["nested too deeply to parse"]
        return
    assert [finding.start_line for finding in report.findings] == [2]
    assert not report.skipped


def _is_too_deep_for_python(code: str) -> bool:
    try:
        call_deeply(lambda: ast.parse(code))
    except (RecursionError, MemoryError):
        return True
    return False
