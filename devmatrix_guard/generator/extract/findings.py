"""The record of an extraction: what was said and why, and what the user should know."""

from __future__ import annotations

from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.ir.application import Inference, Notice


class Findings:
    """Collects inferences and notices while the parts of the IR are made.

    Claims whose reason lies in the overlay or in a vendor extension are explicit; everything else
    is inferred, with the confidence of the rule that was used.
    """

    def __init__(self, document: Document) -> None:
        self._inferences: dict[tuple[str, str], Inference] = {}
        self._notices: dict[tuple[str, str], Notice] = {}
        for kind, message, pointer in document.notices:
            if kind == "unknown-key":
                self._notices[pointer, message] = Notice("unknown-key", message, pointer)
            elif kind == "assumed":
                self.add_assumed(message, pointer)

    def add_explicit(self, node: str, claim: str, pointer: str) -> None:
        """Record what the spec or overlay itself says."""
        self._inferences[node, claim] = Inference(node, claim, "explicit", pointer, 1.0)

    def add_inferred(self, node: str, claim: str, pointer: str, confidence: float) -> None:
        """Record what was concluded."""
        made = Inference(node, claim, "inferred", pointer, confidence)
        self._inferences.setdefault((node, claim), made)

    def add_ignored(self, message: str, pointer: str) -> None:
        """Record a part of the spec that has no effect."""
        self._notices.setdefault((pointer, message), Notice("ignored", message, pointer))

    def add_assumed(self, message: str, pointer: str) -> None:
        """Record what was taken for granted and the user may want otherwise."""
        self._notices.setdefault((pointer, message), Notice("assumed", message, pointer))

    def add_not_implemented(self, message: str, pointer: str) -> None:
        """Record an operation that will answer 501."""
        self._notices.setdefault((pointer, message), Notice("not-implemented", message, pointer))

    def forget(self, node: str) -> None:
        """Drop what was concluded of a node that turned out otherwise."""
        self._inferences = {key: i for key, i in self._inferences.items() if key[0] != node}

    def list_inferences(self) -> tuple[Inference, ...]:
        """Return all inferences, sorted."""
        return tuple(sorted(self._inferences.values(), key=lambda i: (i.node, i.claim)))

    def list_notices(self) -> tuple[Notice, ...]:
        """Return all notices, sorted."""
        return tuple(sorted(self._notices.values(), key=lambda n: (n.kind, n.pointer, n.message)))
