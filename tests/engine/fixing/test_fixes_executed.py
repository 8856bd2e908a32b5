"""A safe fix by a rule that keeps behaviour keeps it: programs are run before and after.

Each rule replaces a call by what the called function does, so that only captured names, lost or
repeated evaluation, and torn code can make a difference.
"""

from __future__ import annotations

import contextlib
import io
import random
from typing import Any

import pytest
from hypothesis import settings

from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fixes
from devmatrix_guard.engine.matching.match import find_matches

FUNCTIONS = """\
trace = []
def t(x): trace.append(repr(x) if not callable(x) else 'f'); return x
def both(x, y): return [x, y]
def first(x, y): return x
def each(f, x): return [f(v) for v in x]
def double(x): return [x, x]
def late(x): return x
def run(f): return f()
def swapped(y, x): return [x, y]
def swap(x, y): return [x, y]
def keep(x): return x
def held(x): return (x, 'y')
def chosen(x, y): return x and y
"""
_SHAPES = [
    ("both($X, $Y)", "[$X, $Y]", "both(1, 2)", "[1, 2]"),
    ("first($X, $Y)", "$X", "first(1, 2)", "1"),
    ("each($F, $X)", "[$F(v) for v in $X]", "each(t, a)", "[t(v) for v in a]"),
    ("double($X)", "[$X, $X]", "double(1)", "[1, 1]"),
    ("late($X)", "run(lambda: $X)", "late(1)", "run(lambda: 1)"),
    ("swap($X, $Y)", "swapped($Y, $X)", "swap(1, 2)", "swapped(2, 1)"),
    ("keep($X)", "(n := $X)", "q = keep(1)", "q = (n := 1)"),
    ("held($X)", "($X, 'y')", "held(1)", "(1, 'y')"),
    ("chosen($X, $Y)", "$X and $Y", "chosen(1, 2)", "1 and 2"),
    ("late($X)", "[$X for _ in 'a'][0]", "late(1)", "[1 for _ in 'a'][0]"),
    ("$Z = keep($X)", "for n in [$X]:\n    $Z = n", "z = keep(1)", "for n in [1]:\n    z = n"),
]
RULES: list[dict[str, Any]] = [
    {
        "id": f"{pattern} -> {fix}",
        "pattern": pattern,
        "fix": fix,
        "metadata": {"guard": {"examples": [{"invalid": before, "fixed": after}]}},
    }
    for pattern, fix, before, after in _SHAPES
]
_IN_A_STRING = "f'{v}'"
_CALLS = ("both", "first", "double", "late", "swap", "keep", "held", "chosen")


class _Programs:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        """Return a program whose names, statements and layout are drawn."""
        lines = ["v = n = a = y = 3", "x = [1, 2]", "_ = 7"]
        lines += [self._statement(0) for _ in range(self.random.randint(2, 5))]
        return FUNCTIONS + "\n".join(lines) + "\n"

    def _statement(self, depth: int) -> str:
        pick = self.random.choice
        one, name = self._expression(0), pick("vnay")
        forms = [f"{name} = {one}", f"t({one})", f"t({one}); {name} = 1", f"if {one}: t(1); t(2)"]
        if depth < 2:
            inner = "\n".join("    " + line for line in self._statement(depth + 1).split("\n"))
            forms += [
                f"def g(v, n=1):\n    global a\n{inner}\n    return v\nt(g(2))",
                f"for {name} in [1, 2]:\n{inner}\nelse:\n    t({one})",
                f"class C:\n    {name} = 5\n{inner}",
                f"try:\n{inner}\nexcept TypeError:\n    t('e')",
            ]
        return pick(forms)

    def _expression(self, depth: int) -> str:
        pick = self.random.choice
        if depth > 2:
            return pick(["v", "n", "a", "y", "1", "0", "t(4)", "[]", "'s'", "_"])

        def e() -> str:
            return self._expression(depth + 1)

        call = pick(_CALLS)
        args = [e()] if call in ("double", "late", "keep", "held") else [e(), e()]
        mapped = pick(["t", "lambda v: v", "lambda n: v", "keep", "lambda _: n"])
        return pick(
            [
                f"{call}({', '.join(args)})", f"{call}( {', '.join(args)} )", f"t({e()})", e(),
                f"each({mapped}, {pick(['x', '[v, n]', '[t(v)]'])})",
                f"({e()}, {e()})", f"(n := {e()})", f"({e()} if {e()} else {e()})",
                f"(lambda v: {e()})(2)", f"[{e()} for v in x]", f"({e()} or {e()})", _IN_A_STRING,
            ]
        )  # fmt: skip


def _outcome(code: str) -> object:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(code, "", "exec"), names)  # noqa: S102  # made by this test
        except (TypeError, NameError) as error:
            return names.get("trace"), type(error).__name__
    plain = {k: repr(names.get(k)) for k in "vay" if not callable(names.get(k))}
    return names["trace"], {k: text for k, text in plain.items() if " at 0x" not in text}


def _compiles(code: str) -> bool:
    try:
        compile(code, "", "exec")
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("seed", range(settings().max_examples))
def test_programs_do_the_same_after_a_safe_fix(seed: int) -> None:
    code = _Programs(seed).program()
    if not _compiles(code):
        return
    source = code.encode()
    body = source.index(b"v = n = a")
    for rule in RULES:
        found = [(rule, match) for match in find_matches(rule, source)]
        for fix in build_fixes(found, source):
            if fix is None or not fix.safe:
                continue
            fixed = apply_edits(source, fix.edits).decode()
            assert fixed.encode()[:body] == source[:body]
            assert _outcome(fixed) == _outcome(code), (rule["id"], code, fixed)
