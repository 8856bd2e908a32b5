"""What is found near a change without parsing the whole file is what the whole file gives."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import settings

from devmatrix_guard.engine.check import check_targets, touches
from devmatrix_guard.engine.prefilter.outline import Outline
from devmatrix_guard.engine.prefilter.partial_parse import extract
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule
from tests.engine.grammar import Programs, Rules

TWO = b"import m\n\n\ndef one():\n    near()\n\n\ndef two():\n    far()\n\n\nX = 1\n"
ROWS = b"%b = [\n" + 9 * b"    'row',\n" + b"]\n"
TABLES = ("a", "item", "LIMIT", "LABEL", "unread", "alias")
TOP = b"x = 1\ny = 2\n\n"
WAYS = ("plain", "CRLF", "BOM", "cookie", "suppressed", "no newline", "broken")


@pytest.mark.parametrize(
    ("data", "line", "kept", "gone"),
    [
        pytest.param(TWO, 5, [b"import m", b"near", b"X = 1"], [b"far"], id="a function"),
        pytest.param(TWO, 1, [b"import m", b"X = 1"], [b"near", b"far"], id="the top level"),
        pytest.param(
            b"@a(\n  b\n)\ndef f():\n    c()\n\ndef g():\n    d()\n",
            2, [b"@a", b"c()"], [b"d()"], id="a decorator",
        ),
        pytest.param(
            b'def f():\n    """\ndef x\n"""\n    c()\n\ndef g():\n    d()\n',
            8, [b"d()"], [b"c()", b"def x"], id="a head in a string",
        ),
        pytest.param(
            b"def f():\n    x = 1 + \\\ny\n    c()\n\ndef g():\n    d()\n",
            7, [b"d()"], [b"c()", b"y"], id="a joined line",
        ),
        pytest.param(
            b"def f():\n    import y as z\n\ndef g():\n    z.d()\n\ndef h():\n    e()\n",
            5, [b"import y as z", b"d()"], [b"e()"], id="an import in a function",
        ),
        pytest.param(
            b"def f():\n    global X\n    X = 2\n\ndef g():\n    d()\n\ndef h():\n    e()\n",
            6, [b"d()"], [b"X = 2", b"e()"], id="a global",
        ),
        pytest.param(
            b"class A:\n    x = 1\n\ndef g():\n    d()\n", 5, [b"d()"], [b"x = 1"], id="a class"
        ),
        pytest.param(
            ROWS % b"T" + b"# that was T2\ndef g():\n    d()\n",
            13, [b"d()", b"# that was"], [b"'row'"], id="a table nobody reads",
        ),
        pytest.param(
            ROWS % b"T" + ROWS % b"U" + b"V = T\ndef f():\n    e()\ndef g():\n    V.d()\n",
            26, [b"T = [\n    'row'", b"V.d()"], [b"U = ", b"e()"], id="a table read on",
        ),
    ],
)  # fmt: skip
def test_an_excerpt_keeps_what_can_matter_where_it_stood(
    data: bytes, line: int, kept: list[bytes], gone: list[bytes]
) -> None:
    excerpt = extract(Outline(data), [(line, line)])
    assert excerpt is not None
    assert all(text in excerpt.data for text in kept)
    assert not any(text in excerpt.data for text in gone)
    rows = excerpt.data.split(b"\n")
    assert len(rows) == data.count(b"\n") + 1
    assert all(not row or row == was for row, was in zip(rows, data.split(b"\n"), strict=True))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"x = 1\ny = 2\n", id="nothing to leave out"),
        pytest.param(TOP + ROWS % b"T" + b"T[0]\n", id="a table that is read"),
        pytest.param(TOP + ROWS % b"A = T", id="a table with two names"),
        pytest.param(TOP + ROWS % b"T, U", id="a table taken apart"),
        pytest.param(TOP + ROWS % b"T +", id="a table added"),
        pytest.param(TOP + ROWS.replace(b"'row'", b"x.pop()") % b"T", id="a table that calls"),
        pytest.param(TOP + ROWS.replace(b"'row'", b"(x := 1)") % b"T", id="a table that assigns"),
        pytest.param(TOP + ROWS.replace(b"]", b"] = y") % b"T", id="a table that is a target"),
        pytest.param(b"def f():\n    a()\x0c\ndef g():\n    b()\n", id="a form feed"),
        pytest.param(b"def f():\r    a()\rdef g():\r    b()\r", id="lone carriage returns"),
        pytest.param(b'def f():\n    a()\ndef g():\n    """b()\n', id="a string without end"),
        pytest.param(b"# eval(1)\n# eval(2)\n", id="comments alone"),
        pytest.param(b"    eval(1)\n\tx\n", id="indented lines alone"),
        pytest.param(b") # eval(1)\n]\n", id="closing brackets alone"),
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"# coding: utf-7\ndef f():\n  a()\ndef g():\n  b()\n", id="an odd encoding"),
    ],
)
def test_no_excerpt_is_made_where_it_could_mislead(data: bytes) -> None:
    assert extract(Outline(data), [(2, 2)]) is None


@pytest.mark.slow
def test_an_excerpt_gives_what_the_whole_file_gives() -> None:
    cut = found = 0
    seeds = settings().max_examples // 2
    for seed in range(seeds):
        chance = random.Random(seed)
        program, written = _program(seed, chance)
        compiled = _rules(seed, program)
        whole = check_targets(compiled, [Target("a.py", written, None)])
        for _ in range(8):
            lines = _hunks(chance, program.count("\n") + 1)
            near = _near(compiled, written, lines)
            assert near == _select(whole, lines), (seed, lines)
            cut += extract(Outline(written), lines) is not None
            found += bool(near[0])
    assert cut > 2 * seeds
    assert found > 2 * seeds


def test_a_function_that_does_not_parse_leaves_others_to_be_checked() -> None:
    source = b"def old():\n    x = = 1\n\ndef new():\n    eval(x)\n"
    compiled = _compiled([{"pattern": "eval(...)"}])
    report = check_targets(compiled, [Target("a.py", source, ((5, 5),))])
    assert [finding.start_line for finding in report.findings] == [5]
    report = check_targets(compiled, [Target("a.py", source, ((2, 5),))])
    assert "line 2" in report.skipped[0].reason


def _program(seed: int, chance: random.Random) -> tuple[str, bytes]:
    """Return several programs in one file, and the bytes it is written as."""
    made = Programs(seed)
    parts = [made.program()]
    for number in range(chance.randint(3, 6)):
        body = "".join(f"    {line}\n" for line in made.program().splitlines()[8:])
        head = chance.choice((f"def part_{number}(a, b):", f"class Part{number}:", "def again():"))
        table = f"{chance.choice(TABLES)} = [\n" + 4 * "    'x',\n    LIMIT,\n" + "]\n"
        plain = [f"{head}\n{body}", table, "".join(made.program().splitlines(keepends=True)[8:])]
        parts.append(chance.choice(plain))
    program = "\n\n".join(parts)
    return program, _written(program, chance.choice(WAYS), chance)


def _written(program: str, way: str, chance: random.Random) -> bytes:
    rows = program.split("\n")
    place = chance.randrange(len(rows))
    if way == "suppressed":
        rows[place] += "  # guard: ignore[r1] reason=known"
    if way == "broken" and rows[place] and not rows[place][0].isspace():
        rows[place] += " )("
    text = "\n".join(rows)
    if way == "CRLF":
        return text.replace("\n", "\r\n").encode()
    if way == "BOM":
        return b"\xef\xbb\xbf" + text.encode()
    if way == "cookie":
        return text.replace("import pkg\n", "# coding: latin-1\n", 1).encode("latin-1")
    return text.rstrip("\n").encode() if way == "no newline" else text.encode()


def _hunks(chance: random.Random, count: int) -> tuple[tuple[int, int], ...]:
    found = []
    line = 1
    for _ in range(chance.randint(1, 3)):
        first = line + chance.randrange(count)
        if first > count:
            break
        last = min(first + chance.choice((0, 0, 1, 3)), count)
        found.append((first, last))
        line = last + 2
    return tuple(found) or ((1, 1),)


def _rules(seed: int, program: str) -> CompiledRules:
    made = Rules(seed)
    return _compiled([made.rule(program) for _ in range(12)])


def _compiled(bodies: list[dict[str, Any]]) -> CompiledRules:
    rules = []
    for number, body in enumerate(bodies):
        head = {"id": f"r{number}", "languages": ["python"], "severity": "ERROR"}
        whole = {**head, "message": "found $A $B", **body}
        rules.append(Rule(f"r{number}", "found $A $B", "ERROR", "block", None, ("python",), whole))
    return compile_rules(rules)


def _near(compiled: CompiledRules, data: bytes, lines: Any) -> tuple[Any, ...]:
    report = check_targets(compiled, [Target("a.py", data, lines)])
    return report.findings, report.suppressed, report.notes


def _select(report: CheckReport, lines: Any) -> tuple[Any, ...]:
    """Return what a report says about some lines."""
    findings = tuple(f for f in report.findings if touches(f, lines))
    suppressed = tuple(s for s in report.suppressed if touches(s.finding, lines))
    return findings, suppressed, report.notes
