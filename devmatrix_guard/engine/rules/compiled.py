"""Compiled rules: the value the cache stores and a check runs; imports nothing but marshal."""

from __future__ import annotations

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class CompiledRule:
    """One rule; `leaves` and `formula` are empty for a rule that needs semgrep.

    `leaves` and `formula` are what `formula.RuleMatcher` evaluates, `anchors` and `near` what the
    prefilter asks of the file and of the statements around a change, `body` the rule's own mapping.
    """

    __slots__ = (
        "anchors", "body", "exclude", "formula", "has_fix", "id", "include", "layer", "leaves",
        "message", "near", "options", "origin", "path", "severity", "sources", "stage",
    )  # fmt: skip

    def __init__(self, fields: tuple[Any, ...]) -> None:
        (
            self.id, self.message, self.severity, self.stage, self.layer, self.origin, self.path,
            self.sources, self.include, self.exclude, self.has_fix, self.options, self.anchors,
            self.near, self.leaves, self.formula, self.body,
        ) = fields  # fmt: skip

    def packed(self) -> bytes:
        """Return the rule as bytes that `unpacked` reads."""
        return marshal.dumps((
            self.id, self.message, self.severity, self.stage, self.layer, self.origin, self.path,
            self.sources, self.include, self.exclude, self.has_fix, self.options, self.anchors,
            self.near, self.leaves, self.formula, self.body,
        ))  # fmt: skip


def unpack(data: bytes) -> CompiledRule:
    """Return the rule that was packed."""
    return CompiledRule(marshal.loads(data))  # noqa: S302 - written and checked by our cache


class CompiledRules:
    """A set of rules: those that run in process, and why the others do not.

    Rules are unpacked when first asked for. `refused` maps the id of a rule that needs semgrep to
    the reason; `errors` are (path, line, text) of what is not a valid rule.
    """

    __slots__ = ("_rules", "_semgrep", "errors", "in_process", "index", "near_index", "refused")

    def __init__(self, fields: tuple[Any, ...]) -> None:
        self.in_process: tuple[str, ...] = fields[0]
        self._rules: list[bytes | CompiledRule] = list(fields[1])
        self.index = fields[2]
        self.near_index = fields[3]
        self.refused: dict[str, str] = fields[4]
        self._semgrep: dict[str, bytes] = fields[5]
        self.errors: list[tuple[str, int, str]] = fields[6]

    def __len__(self) -> int:
        return len(self._rules)

    def rule(self, number: int) -> CompiledRule:
        """Return an in-process rule by its number."""
        found = self._rules[number]
        if isinstance(found, bytes):
            found = self._rules[number] = unpack(found)
        return found

    @property
    def has_semgrep_rules(self) -> bool:
        """Whether a rule needs semgrep, for all its files or for those that are not Python."""
        return bool(self._semgrep)

    def semgrep_rules(self) -> Iterable[CompiledRule]:
        """Return the rules that need semgrep.

        One that also runs in process has only its other languages in its body.
        """
        return [unpack(data) for data in self._semgrep.values()]

    def fields(self) -> tuple[Any, ...]:
        """Return what the constructor takes, in marshal's form."""
        rules = [found if isinstance(found, bytes) else found.packed() for found in self._rules]
        return (
            self.in_process, rules, self.index, self.near_index, self.refused, self._semgrep,
            self.errors,
        )  # fmt: skip
