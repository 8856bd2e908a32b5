"""What holds for every safe fix, over generated programs in every layout and a set of rules."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fixes, select_fixes
from devmatrix_guard.engine.matching.match import Match, find_matches
from devmatrix_guard.engine.tree.lexer import read_comments
from devmatrix_guard.engine.tree.source_text import SourceText, decode_source
from devmatrix_guard.model.finding import Edit, Finding, Fix


def _rule(
    pattern: str, fix: str, invalid: str, fixed: str, imports: tuple[str, ...] = ()
) -> dict[str, Any]:
    guard = {"imports": list(imports), "examples": [{"invalid": invalid, "fixed": fixed}]}
    return {"id": pattern, "pattern": pattern, "fix": fix, "metadata": {"guard": guard}}


RULES = [
    _rule("foo($...ARGS)", "bar($...ARGS, timeout=10)", "foo(1)", "bar(1, timeout=10)"),
    _rule("foo($X, ...)", "$X.foo()", "foo(a)", "a.foo()"),
    _rule("foo($X)", "not $X", "foo(a or b)", "not (a or b)"),
    _rule("foo($X, $Y)", "bar($Y, $X)", "foo(a, b)", "bar(b, a)"),
    _rule("foo($X, $Y)", "$X + $Y", "foo(a, b) * 2", "(a + b) * 2"),
    _rule("foo($X, k=$Y)", "foo($X)", "foo(a, k=1)", "foo(a)"),
    _rule("foo(..., k=$Y, ...)", "bar(k=$Y)", "foo(a, k=1)", "bar(k=1)"),
    _rule("$X == None", "$X is None", "a == None", "a is None"),
    _rule(
        "foo($X)", "lib.bar([$X, $X])", "foo(1)", "import lib\n\nlib.bar([1, 1])", ("import lib",)
    ),
    _rule(
        "foo($...A)",
        "bar($...A)",
        "foo(1)",
        "from lib import bar\n\nbar(1)",
        ("from lib import bar",),
    ),
    _rule("if $X:\n    $...B", "while $X:\n    $...B", "if a:\n    b", "while a:\n    b"),
    _rule("foo($...ARGS)", "", "a\nfoo()\n", "a\n"),
]

_NAMES = st.sampled_from(["a", "b", "x.y", "z[0]", "é", "'s'", "f'{a}'", "1", "None", "b'''\n'''"])
_GAPS = st.sampled_from(["", " ", "  ", "\n    ", "\n\n\t", "  # note\n", " \\\n  "])


@st.composite
def _expressions(draw: st.DrawFn, depth: int = 0) -> str:
    kind = draw(st.integers(0, 8)) if depth < 3 else 0
    if kind <= 2:
        return draw(_NAMES)
    inner = _expressions(depth + 1)
    if kind <= 5:
        return draw(_calls(depth))
    left, right = draw(inner), draw(inner)
    return draw(
        st.sampled_from(
            [
                f"({left} or {right})",
                f"({left}  ==  {right})",
                f"(not {left})",
                f"({left}, {right})",
                f"[{left} for q in {right}]",
                f"(lambda: {left})",
                f"({left} if {right} else a)",
                f"-{left}",
            ]
        )
    )


@st.composite
def _calls(draw: st.DrawFn, depth: int = 0) -> str:
    """Draw a call whose blanks, line breaks, comments and trailing comma vary."""
    name = draw(st.sampled_from(["foo", "foo", "foo", "baz", "x.foo"]))
    values = draw(st.lists(_expressions(depth + 1), max_size=3))
    if values and draw(st.booleans()):
        values[-1] = draw(st.sampled_from(["k=", "k = ", "*", "other="])) + values[-1]
    text = f"{name}(" + draw(_GAPS)
    for number, value in enumerate(values):
        last = number == len(values) - 1
        comma = "" if last and draw(st.booleans()) else ","
        text += value + draw(_GAPS) + comma + draw(_GAPS)
    return text + ")"


@st.composite
def _programs(draw: st.DrawFn) -> bytes:
    """Draw a file of the statements, in blocks, with its own newlines, indentation and mark."""
    unit = draw(st.sampled_from(["    ", "  ", "\t"]))
    head = draw(
        st.sampled_from(
            ["", '"""Doc."""\n', "#!/bin/x\n# c\n\n", "from __future__ import d\nimport os\n"]
        )
    )
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        value = draw(_expressions())
        form = draw(st.sampled_from(["{}", "x = {}", "return {}", "x = {}; y = 1", "del a"]))
        code = form.format(value) + draw(st.sampled_from(["", "  # tail", " ;"]))
        block = draw(st.sampled_from(["", "def f():", "if a == None:", "class C:", "else"]))
        if block == "else":
            lines.append(f"if {value}:  # head\n{unit}# lone\n{unit}{code}\nelse:\n{unit}pass")
        else:
            lines.append(f"{block}\n{unit}{code}" if block else code)
    own = draw(st.sampled_from(["bar = 1\n", "import lib as li\n", "from lib import zed\n", "bar"]))
    text = head + own + "\n" + "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.replace("\n", newline).encode()


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def _comments(source: bytes) -> Counter[str]:
    text = decode_source(source)
    return Counter(c.text for c in read_comments(text) or []) if text else Counter()


def _cases(rule: dict[str, Any], source: bytes) -> list[tuple[Match, Fix]]:
    matches = find_matches(rule, source)
    fixes = build_fixes([(rule, match) for match in matches], source)
    return [(m, f) for m, f in zip(matches, fixes, strict=True) if f is not None and f.safe]


def _is_import(edit: Edit, text: SourceText) -> bool:
    joins = text.line(edit.start_line).startswith("from lib")
    return joins or "import lib" in edit.text or "from lib" in edit.text


def _around(text: SourceText, match: Match) -> tuple[str, str]:
    start = text.offset(match.start_line, match.start_col)
    end = text.offset(match.end_line, match.end_col)
    return text.text[:start], text.text[end:]


@pytest.mark.parametrize("rule", RULES, ids=[f"{r['id']} -> {r['fix']}" for r in RULES])
@settings(suppress_health_check=list(HealthCheck))
@given(source=_programs())
def test_safe_fix_holds_what_it_promises(rule: dict[str, Any], source: bytes) -> None:
    text = decode_source(source)
    if text is None or not _parses(source):
        return
    for match, fix in _cases(rule, source):
        fixed = apply_edits(source, fix.edits)
        assert _parses(fixed)
        assert not _comments(source) - _comments(fixed)
        assert fixed.startswith(b"\xef\xbb\xbf") == source.startswith(b"\xef\xbb\xbf")
        local = apply_edits(source, [e for e in fix.edits if not _is_import(e, text)])
        inside = decode_source(local)
        assert inside is not None
        before, after = _around(text, match)
        if rule["fix"]:
            assert inside.text.startswith(before)
            assert inside.text.endswith(after)
        assert len(find_matches(rule, fixed)) < len(find_matches(rule, source))


@pytest.mark.parametrize("rule", RULES, ids=[f"{r['id']} -> {r['fix']}" for r in RULES])
@settings(suppress_health_check=list(HealthCheck))
@given(source=_programs())
def test_fixing_until_nothing_is_left_comes_to_rest(rule: dict[str, Any], source: bytes) -> None:
    if decode_source(source) is None or not _parses(source):
        return
    for _ in range(30):
        findings = [
            Finding("r", "a", *m[:4], "warn", "WARNING", None, "m", fix=f)
            for m, f in _cases(rule, source)
        ]
        chosen = select_fixes(findings)
        if not chosen:
            return
        source = apply_edits(source, {e for c in chosen if c.fix for e in c.fix.edits})
        assert _parses(source)
    pytest.fail("the fixes never come to rest")
