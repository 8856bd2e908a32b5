"""Where the parts of an application's IR stand in its spec and in its overlay: FILE:LINE."""

from __future__ import annotations

import itertools
from typing import Any

from devmatrix_guard.generator.spec.lines import SpecLines, list_forms
from devmatrix_guard.generator.spec.load import list_overlay_moves
from devmatrix_guard.generator.spec.pointer import join, split
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.nodes import iter_nodes

WHOLE = "#"  # how the whole spec is shown, whose pointer is empty
_DEPTH = 60
# What gave the parts that have no one place, the likeliest first.
_SOURCES = {
    "application": ("/info",),
    "infrastructure/settings": ("/x-infrastructure", "/components/securitySchemes", "/info"),
}


class SpecPlaces:
    """Where the nodes of an application's IR stand in what it was generated from.

    Attributes:
        nodes: address -> node of every part of the IR.
        names, version: of the application, which its files repeat; its name and its title.
    """

    def __init__(
        self, ir: ApplicationIR, spec: tuple[str, str], overlay: tuple[str, str] = ("", "")
    ) -> None:
        """Read the places of a spec and an overlay: the text of each, and the name to show."""
        self.nodes: dict[str, Any] = dict(iter_nodes(ir))
        self.names = frozenset(filter(None, (ir.name, ir.api.title)))
        self.version = ir.api.version
        self._spec, self._overlay = SpecLines(spec[0]), SpecLines(overlay[0])
        self._files = spec[1], overlay[1]
        self._moves = (
            list_overlay_moves(spec[0].encode(), overlay[0].encode()) if overlay[0] else []
        )

    def find_pointer(self, address: str) -> str:
        """Return the JSON pointer of a node's reason; "" is the whole spec."""
        node = self.nodes.get(address)
        if pointer := str(getattr(node, "pointer", "") or ""):
            return pointer
        kind, _, name = address.partition("/")
        if kind in ("views", "errors"):
            schema = f"schemas/{getattr(node, 'schema', '') or name}"
            known = schema in self.nodes
            return self.find_pointer(schema) if known else self._find_answer(name)
        return next((p for p in _SOURCES.get(address, ()) if self._locate(p)), "")

    def find_place(self, pointer: str) -> str:
        """Return `FILE:LINE` of what a pointer leads to, or else of the nearest around it."""
        parts = split(pointer)[:_DEPTH]
        forms = (join("", *parts[:count]) for count in range(len(parts), -1, -1))
        return next(filter(None, map(self._locate, forms)), "")

    def _locate(self, pointer: str) -> str:
        """Return the place of a pointer: an overlay comes first only with a value of its own."""
        given, is_value = self._locate_in_overlay(pointer)
        if is_value:
            return given
        lines = (self._spec.find_line(form)[0] for form in list_forms(pointer))
        line = next(filter(None, lines), 0)
        return f"{self._files[0]}:{line}" if line else given

    def _locate_in_overlay(self, pointer: str) -> tuple[str, bool]:
        for form, (where, target) in itertools.product(list_forms(pointer), self._moves):
            if form == target or form.startswith(f"{target}/"):
                line, is_value = self._overlay.find_line(where + form.removeprefix(target))
                if line:
                    return f"{self._files[1]}:{line}", is_value
        return "", False

    def _find_answer(self, body: str) -> str:
        """Return the pointer of the first answer that has an error's body."""
        for node in self.nodes.values():
            for rule in getattr(node, "errors", ()):
                if rule.body == body:
                    answers = {answer.status: answer.pointer for answer in node.responses}
                    return str(answers.get(str(rule.status)) or node.pointer)
        return ""
