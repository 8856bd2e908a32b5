"""Fix programs that a grammar makes up: `bench/fuzz_fixes.py N [--seed S] [--first K]`.

Programs are full of what the rules of `bench/fixes.py` and the shipped rules look for, in odd
scopes and layouts: names that fixes bind or import are parameters, attributes, deleted, global;
suites stand on one line, statements behind semicolons. Of each the same is asked as in
`bench/fixes.py`: safe fixes leave a file that compiles, with its comments and bound names, and a
second run changes nothing. What fails is printed with its number; the exit code is 1 where
something did.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import textwrap
from collections import Counter
from typing import Any

from bench.fixes import FAULTS, RULES, SHAPES, outcome
from devmatrix_guard.config import find_shipped_rules
from devmatrix_guard.engine.fixing.region import compiles
from devmatrix_guard.engine.rules.load import load_rules

_NAMES = (
    "a", "b", "c", "v", "w", "x", "y", "z", "io", "os", "Path", "pathlib", "partial", "self", "len",
    "map", "x.y", "self.v", "x[0]", "os.path", "d['k']",
)  # fmt: skip
_BOUND = ("a", "b", "v", "x", "y", "Path", "io", "partial", "pathlib", "len", "eval", "open")
_LITERALS = (
    "1",
    "0",
    "None",
    "'s'",
    "'''a\n  b'''",
    "b''",
    "f'{a}'",
    "[]",
    "{}",
    "()",
    "...",
    "-1",
)
_METAVARIABLE = re.compile(r"\$(\.\.\.)?[A-Z_0-9]+")
_EXPRESSIONS = [p for p, *_ in SHAPES if "\n" not in p and not p.startswith(("raise", "assert"))]
_EXPRESSIONS = [p for p in _EXPRESSIONS if " = " not in p and "+=" not in p and "return" not in p]
_STATEMENTS = [p for p, *_ in SHAPES if p not in _EXPRESSIONS]
_ATTEMPTS = 50


def list_rules() -> list[dict[str, Any]]:
    """Return the rules of `bench/fixes.py` and the shipped ones that have a fix."""
    shipped = load_rules(find_shipped_rules(), origin="shipped").rules
    return RULES + [dict(r.body) for r in shipped if "fix" in r.body or "fix-regex" in r.body]


def list_examples(rules: list[dict[str, Any]]) -> list[str]:
    """Return the code that the rules' own examples call wrong."""
    found = (rule["metadata"]["guard"].get("examples", ()) for rule in rules)
    return [one["invalid"] for some in found for one in some if "invalid" in one]


def make_program(number: int, seed: int, examples: list[str]) -> bytes:
    """Return a program that compiles."""
    chance = random.Random(f"{seed}/{number}")
    for _ in range(_ATTEMPTS):
        source = _Maker(chance, examples).make()
        if compiles(source):
            return source
    return b"x = len(a) == 0\n"


class _Maker:
    """Makes code of a grammar, as chance will have it."""

    def __init__(self, chance: random.Random, examples: list[str]) -> None:
        self._chance = chance
        self._examples = examples
        self._unit = chance.choice(("    ", "  ", "\t"))

    def make(self) -> bytes:
        head = self._chance.choice(
            ("", '"""Doc."""\n', "#!/bin/x\n# c\n", "from __future__ import annotations\n",
             "import os, io\n", "from pathlib import Path as P\n", "from os import *\n"),
        )  # fmt: skip
        text = head + "".join(self._statement(0) for _ in range(self._chance.randint(1, 4)))
        if self._chance.random() < 0.1:
            text = text.rstrip("\n")
        newline = self._chance.choice(("\n", "\n", "\n", "\r\n"))
        return text.replace("\n", newline).encode()

    def _expression(self, depth: int) -> str:
        kind = self._chance.random()
        if depth > 2 or kind < 0.3:
            return self._chance.choice(_NAMES if kind < 0.22 else _LITERALS)
        if kind < 0.65:
            return self._shape(self._chance.choice(_EXPRESSIONS), depth)
        one, two = (self._expression(depth + 1) for _ in range(2))
        bound = self._chance.choice(_BOUND)
        forms = (
            f"({one} or {two})", f"({one},\n {two})", f"[{one} for {bound} in {two}]",
            f"(lambda {bound}: {one})", f"({one} if {two} else {bound})",
            f"{bound}({one}, k={two})",
            f"({bound} := {one})", f"not {one}", f"-{one}", f"{{{one}: {two}}}", f"{one}.m({two})",
            f"f'{{{bound}}}' + {one}", f"({one}  # note\n and {two})", f"{bound}(*{one})",
        )  # fmt: skip
        return self._chance.choice(forms)

    def _shape(self, pattern: str, depth: int) -> str:
        """Return a pattern with code in place of its metavariables; one name is one code."""
        codes: dict[str, str] = {}

        def fill(found: re.Match[str]) -> str:
            name = found.group()
            if name not in codes:
                codes[name] = self._expression(depth + 1)
                if found.group(1) and self._chance.random() < 0.4:
                    codes[name] += f", {self._expression(depth + 1)}"
            return codes[name]

        text = _METAVARIABLE.sub(fill, pattern)
        return f"({text})" if depth and self._chance.random() < 0.6 else text

    def _statement(self, depth: int) -> str:
        kind = self._chance.random()
        end = self._chance.choice(("\n", "\n", "  # tail\n", "; q = 1\n", " ;\n"))
        if kind < 0.4 or depth > 2:
            return self._simple() + end
        if kind < 0.55:
            pattern = self._chance.choice(_STATEMENTS).replace("$...B", "$B").replace("$...H", "$H")
            if "\n" not in pattern:
                return self._shape(pattern, 0) + end
            return self._shape(pattern, 1).replace("\n    ", f"\n{self._unit}").strip("()") + "\n"
        if kind < 0.7:
            return self._chance.choice(self._examples).rstrip("\n") + "\n"
        return self._block(depth)

    def _simple(self) -> str:
        bound, code = self._chance.choice(_BOUND), self._expression(0)
        forms = (
            code, f"x = {code}", f"{bound} = {code}", f"del {bound}", f"global {bound}",
            f"{bound}: int = {code}", f"x, *{bound} = {code}", "import os", "import io as v",
            "from pathlib import Path", f"return {code}", f"yield {code}", f"await {code}",
            f"__all__ = ['{bound}']", f"print(locals(), {code})", f"exec({code})",
        )  # fmt: skip
        return self._chance.choice(forms)

    def _block(self, depth: int) -> str:
        bound, code = self._chance.choice(_BOUND), self._expression(1)
        heads = (
            f"def f({bound}, *, k={code}):", "async def g():", f"class C({code}):", f"if {code}:",
            f"for {bound} in {code}:", f"while {code}:", f"with {code} as {bound}:", "try:",
            f"@{bound}\ndef h(self):", f"match {code}:\n{self._unit}case {bound}:", "class D:",
        )  # fmt: skip
        head = self._chance.choice(heads)
        if self._chance.random() < 0.15 and head != "try:":
            return f"{head} {self._simple()}; {self._simple()}\n"
        body = "".join(self._statement(depth + 1) for _ in range(self._chance.randint(1, 3)))
        deeper = self._unit * (2 if head.startswith("match") else 1)
        text = f"{head}\n{textwrap.indent(body, deeper)}"
        if head == "try:":
            text += f"except {self._chance.choice(('', f'E as {bound}'))}:\n{self._unit}pass\n"
        return text


def main() -> None:
    """Fix programs, print what fails and a count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    rules = list_rules()
    examples = list_examples(rules)
    total: Counter[str] = Counter()
    for number in range(options.first, options.first + options.count):
        source = make_program(number, options.seed, examples)
        found = outcome(source, rules)
        total.update(found)
        for fault in sorted(found & Counter(dict.fromkeys(FAULTS, 1))):
            sys.stdout.write(f"{number}: {fault}\n")
    sys.stdout.write(", ".join(f"{count} {name}" for name, count in sorted(total.items())) + "\n")
    sys.exit(1 if any(total[fault] for fault in FAULTS) else 0)


if __name__ == "__main__":
    main()
