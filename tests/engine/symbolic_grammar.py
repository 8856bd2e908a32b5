"""Seeded random programs in which names are assigned and used, and rules that look names up.

Few names and few functions, so that a random pattern often is what some name was assigned.
"""

from __future__ import annotations

import ast
import random
from typing import Any

_NAMES = "abxyz"
_FUNCTIONS = "fgh"
_FIELDS = "pq"
_LITERALS = ("1", "2", "'s'")
_OPERATORS = ("+", "%", "==", "<", "and", "or")


class SymbolicGrammar:
    """Writes random programs and rules; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        """Return one program that parses."""
        while True:
            lines: list[str] = []
            for number in range(3):
                lines.append(f"def fun{number}({self._name()}):")
                lines += [*self._block(3, 1), *self._block(2, 1)]
            text = "\n".join([*lines, *self._block(2, 0), *self._block(1, 0)]) + "\n"
            try:
                ast.parse(text)
            except SyntaxError:
                continue  # such as an argument without a name behind one that has one
            return text

    def rule(self) -> dict[str, Any]:
        """Return the body of one rule with `symbolic_propagation`."""
        choice, wanted = self.random.random(), self._pattern()
        options = {"options": {"symbolic_propagation": True}}
        if choice < 0.6:
            return {"pattern": wanted, **options}
        if choice < 0.7:
            return {"pattern": f"{self._choose('$V', 'x')} = {wanted}", **options}
        if choice < 0.76:
            return {"pattern": f"return {wanted}", **options}
        if choice < 0.82:
            return {"pattern": f"f(<... {wanted} ...>)", **options}
        if choice < 0.87:
            called = {"pattern": f"{self._choose(*_FUNCTIONS)}(..., $Z, ...)"}
            inner = {"metavariable-pattern": {"metavariable": "$Z", "pattern": wanted}}
            return {"patterns": [called, inner], **options}
        if choice < 0.93:
            return {"pattern": f"{wanted}\n...\n{self._expression(2, is_pattern=True)}", **options}
        other = {"pattern-not": self._expression(2, is_pattern=True)}
        return {"patterns": [{"pattern": wanted}, other], **options}

    def _choose(self, *options: str) -> str:
        return self.random.choice(options)

    def _name(self) -> str:
        return self._choose(*_NAMES)

    def _pattern(self) -> str:
        while True:
            found = self._expression(self.random.choice((2, 3)), is_pattern=True)
            if found not in _NAMES and found not in _LITERALS and not found.startswith("$"):
                return found

    def _expression(self, depth: int, *, is_pattern: bool = False) -> str:
        if is_pattern and self.random.random() < 0.18:
            return self._choose("$X", "$Y")
        if depth == 0 or self.random.random() < 0.3:
            return self._name()
        one = self._expression(depth - 1, is_pattern=is_pattern)
        other = self._expression(depth - 1, is_pattern=is_pattern)
        arguments = self._arguments(depth, is_pattern)
        called = f"{self._choose(*_FUNCTIONS)}({arguments})"
        field = f"{self._name()}.{self._choose(*_FIELDS)}"
        forms = [called] * 5 + [f"{one}.{self._choose(*_FIELDS)}", field, f"{field}({arguments})"]
        forms += [f"{field}({arguments})", f"{self._name()}[{one}]", f"(not {one})"]
        forms += [f"({one} {self._choose(*_OPERATORS)} {other})", self._choose(*_LITERALS)]
        forms += [self._choose(f"[{one}]", f"({one} if {other} else {one})")]
        if not is_pattern:
            forms.append(self._choose(f"f'{{{one}}}'", f"[{one} for b in {other}]"))
        return self._choose(*forms)

    def _arguments(self, depth: int, is_pattern: bool) -> str:
        found = []
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            if is_pattern and self.random.random() < 0.25:
                found.append("...")
                continue
            value, choice = self._expression(depth - 1, is_pattern=is_pattern), self.random.random()
            sign = "*" if choice < 0.05 and not is_pattern else "k=" if choice < 0.15 else ""
            found.append(sign + value)
        return ", ".join(sorted(found, key=lambda text: text.startswith("k=")))

    def _block(self, depth: int, indent: int) -> list[str]:
        count = self.random.choice((1, 2, 2, 3, 4) if depth else (1, 2))
        return [line for _ in range(count) for line in self._statement(depth, indent)]

    def _statement(self, depth: int, indent: int) -> list[str]:
        pad, choice = "    " * indent, self.random.random()
        if depth == 0 or choice < 0.38:
            return [f"{pad}{self._name()} = {self._expression(2)}"]
        if choice < 0.76:
            return [pad + self._simple_statement(indent)]
        inner = self._block(depth - 1, indent + 1)
        heads = [
            f"if {self._expression(1)}:",
            f"for {self._name()} in {self._expression(1)}:",
            f"while {self._expression(1)}:",
            f"with {self._expression(1)} as {self._name()}:",
        ]
        if choice < 0.82:
            return [
                f"{pad}if {self._expression(1)}:", *inner,
                f"{pad}else:", *self._block(depth - 1, indent + 1),
            ]  # fmt: skip
        if choice < 0.85:
            return [f"{pad}try:", *inner, f"{pad}except E:", *self._block(depth - 1, indent + 1)]
        return [pad + self._choose(*heads), *inner]

    def _simple_statement(self, indent: int) -> str:
        field = f"{self._name()}.{self._choose(*_FIELDS)}"
        value = self._expression(1)
        forms = [f"{self._choose(*_FUNCTIONS)}({self._arguments(2, False)})"] * 4
        forms += [f"{field}({self._arguments(1, False)})"] * 2
        forms += [f"{self._name()} += {value}", f"{self._name()} = {self._name()} = {value}"]
        forms += [f"{self._name()}, {self._name()} = {value}, {self._expression(1)}"]
        forms += [f"{self._name()}: int = {value}", f"del {self._name()}"]
        if indent:
            forms += [f"{field} = {value}", f"return {self._expression(2)}"]
        return self._choose(*forms)
