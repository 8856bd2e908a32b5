"""What is known of the entities when their relations are worked out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.ir.shape import Schema
from devmatrix_guard.model.named_value import NamedValue

Cascade: TypeAlias = Literal["cascade", "restrict", "set_null"]


class KnownEntities(NamedValue):
    """The drafts, whose attributes and keys are settled, and what speaks of their rows.

    Attributes:
        drafts: by name; relations are added to them.
        by_schema: the draft whose rows a schema shows.
        linked: names of the endpoints that make and break links.
    """

    drafts: Mapping[str, EntityDraft]
    by_schema: Mapping[str, EntityDraft]
    schemas: Mapping[str, Schema]
    document: Document
    endpoints: list[Endpoint]
    linked: frozenset[str]
    principal: EntityDraft | None
    findings: Findings
