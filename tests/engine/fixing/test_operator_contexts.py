"""A fix means the same tree whatever operators stand in it and around it."""

from __future__ import annotations

import ast
import itertools
import random

import pytest
from hypothesis import settings

from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fixes
from devmatrix_guard.engine.matching.match import find_matches

OPERANDS = (
    "a - b", "a ** -b", "a // b * c", "not a", "-a", "a < b < c", "a not in b is c", "a and b or c",
    "a if b else c", "lambda: a", "(w := a)", "await a", "a[b]", "a(b)", "a @ b", "(a, b)", "[*a]",
)  # fmt: skip
TEMPLATES = (
    "$X - $Y", "$Y - $X", "$X ** $Y", "$X * $Y", "$X // $Y", "-$X", "not $X", "$X if $Y else $X",
    "await $X", "$X.m", "$X[$Y]", "$X($Y)", "lambda: $X", "(v := $X)", "[*$X]", "{**$X}", "k(*$X)",
    "k(j=$X)", "$X < $Y", "$X < $Y < $X", "$X in $Y", "$X and $Y", "$X or $Y", "[$X for t in $Y]",
    "$X[$Y:$X]", "{$X: $Y}", "($X, $Y)", "$X | $Y",
)  # fmt: skip
AROUND = (
    "{}", "k - {}", "{} - k", "-{}", "k ** {}", "{} ** k", "not {}", "{} < k", "k < {} < k",
    "{}[0]", "{}.q", "await {}", "lambda: {}", "k if {} else k", "[*{}]", "k(*{})", "k and {}",
    "k // {}",
    "k[{}]", "k[1:{}]", "[1, {}]", "{} if k else k", "k in {}", "{}(1)",
)  # fmt: skip


class _Fill(ast.NodeTransformer):
    """Puts trees in the place of names."""

    def __init__(self, trees: dict[str, ast.expr]) -> None:
        self._trees = trees

    def visit_Name(self, node: ast.Name) -> ast.expr:  # what `ast` calls
        return self._trees.get(node.id, node)


def _read(text: str) -> ast.expr:
    function = ast.parse(f"async def f():\n    z = ({text})\n").body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    assert isinstance(function.body[0], ast.Assign)
    return function.body[0].value


def _fix(template: str, around: str, operands: tuple[str, str]) -> None:
    shown = around.format(f"zz({', '.join(operands)})")
    source = f"async def f():\n    z = {shown}\n".encode()
    rule = {"id": "r", "pattern": "zz($X, $Y)", "fix": template}
    (fix,) = build_fixes([(rule, match) for match in find_matches(rule, source)], source)
    assert fix is not None
    assert fix.edits, (template, shown, fix.doubt)
    x, y = map(_read, operands)
    filled = _Fill({"X": x, "Y": y}).visit(_read(template.replace("$", "")))
    wanted = _Fill({"ZZ": filled}).visit(_read(around.format("ZZ")))
    fixed = apply_edits(source, fix.edits)
    function = ast.parse(fixed).body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    assert isinstance(function.body[0], ast.Assign)
    assert ast.dump(function.body[0].value) == ast.dump(wanted), fixed


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_fix_means_the_same_whatever_stands_around_it(template: str) -> None:
    combinations = list(itertools.product(AROUND, itertools.product(OPERANDS, repeat=2)))
    for around, operands in random.Random(template).sample(combinations, settings().max_examples):
        if "await" in template + "".join(operands) and "lambda" in around + template:
            continue  # no `await` in a function that is not asynchronous
        if "for" in template and ":=" in operands[1]:
            continue  # no assignment in what a comprehension goes over
        _fix(template, around, operands)


def test_a_chain_of_comparisons_is_copied_from_its_first_operand() -> None:
    source = b"x = zz(g < a not in b, b)\n"
    rule = {"id": "r", "pattern": "zz($X, $Y)", "fix": "$X == $Y"}
    (fix,) = build_fixes([(rule, match) for match in find_matches(rule, source)], source)
    assert fix is not None
    assert apply_edits(source, fix.edits) == b"x = (g < a not in b) == b\n"
