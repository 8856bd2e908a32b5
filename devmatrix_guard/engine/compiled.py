"""Compiled rules: the value the cache stores and a check runs; imports nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CompiledRule:
    """One rule that runs in process.

    `leaves` and `formula` are what `formula.RuleMatcher` evaluates, `anchors` what the prefilter
    needs, `body` the rule's own mapping in marshal's form.
    """

    __slots__ = (
        "anchors", "body", "exclude", "formula", "has_fix", "id", "include", "layer", "leaves",
        "message", "options", "origin", "path", "severity", "sources", "stage",
    )  # fmt: skip

    def __init__(self, fields: tuple[Any, ...]) -> None:
        (
            self.id, self.message, self.severity, self.stage, self.layer, self.origin, self.path,
            self.sources, self.include, self.exclude, self.has_fix, self.options, self.anchors,
            self.leaves, self.formula, self.body,
        ) = fields  # fmt: skip

    def fields(self) -> tuple[Any, ...]:
        """Return what the constructor takes."""
        return (
            self.id, self.message, self.severity, self.stage, self.layer, self.origin, self.path,
            self.sources, self.include, self.exclude, self.has_fix, self.options, self.anchors,
            self.leaves, self.formula, self.body,
        )  # fmt: skip

    def mapping(self) -> dict[str, Any]:
        """Return the rule's own YAML mapping."""
        import marshal

        found: dict[str, Any] = marshal.loads(self.body)  # noqa: S302 - our own bytes
        return found


class CompiledRules:
    """Every rule of a set: those that run in process, and why the others do not.

    `refused` maps a rule's id to the reason it needs semgrep; `errors` are (path, line, text) of
    rules that are not valid; `bodies` holds the refused rules' fields for semgrep.
    """

    __slots__ = ("errors", "index", "refused", "rules", "semgrep")

    def __init__(self, fields: tuple[Any, ...]) -> None:
        rules, self.index, self.refused, self.semgrep, self.errors = fields
        self.rules: list[CompiledRule | tuple[Any, ...]] = list(rules)

    @property
    def in_process(self) -> tuple[str, ...]:
        """The ids of the rules that run in process."""
        return tuple(self.rule(number).id for number in range(len(self.rules)))

    def rule(self, number: int) -> CompiledRule:
        """Return a rule; it is unpacked when first asked for."""
        found = self.rules[number]
        if isinstance(found, tuple):
            found = self.rules[number] = CompiledRule(found)
        return found

    def fields(self) -> tuple[Any, ...]:
        """Return what the constructor takes, in marshal's form."""
        rules = [self.rule(number).fields() for number in range(len(self.rules))]
        return (rules, self.index, self.refused, self.semgrep, self.errors)
