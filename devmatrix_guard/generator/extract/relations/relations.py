"""Relations: rows that point to rows, by keys, by embedded objects, by the nesting of paths."""

from __future__ import annotations

from devmatrix_guard.generator.extract.relations.embedded import add_embedded, list_embedded
from devmatrix_guard.generator.extract.relations.embedded_lists import add_collection
from devmatrix_guard.generator.extract.relations.inverses import add_counts, add_inverses
from devmatrix_guard.generator.extract.relations.key_lists import add_key_list, show_inverse_keys
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.extract.relations.owners import add_hidden_owner, settle_owner
from devmatrix_guard.generator.extract.relations.parents import add_parents, narrow_keys
from devmatrix_guard.generator.extract.relations.references import add_reference


def add_relations(known: KnownEntities) -> None:
    """Add every relation the spec declares or suggests."""
    for draft in known.drafts.values():
        for field in list_embedded(known, draft, many=False):
            add_embedded(known, draft, field)
    for draft in known.drafts.values():
        for attribute in list(draft.attributes.values()):
            add_reference(known, draft, attribute)
    for draft in known.drafts.values():
        for attribute in list(draft.attributes.values()):
            add_key_list(known, draft, attribute)
    add_parents(known)
    for draft in known.drafts.values():
        for field in list_embedded(known, draft, many=True):
            add_collection(known, draft, field)
    for draft in known.drafts.values():
        add_hidden_owner(known, draft)
        settle_owner(known, draft)
    narrow_keys(known)
    add_inverses(known)
    for draft in known.drafts.values():
        add_counts(known, draft)
        show_inverse_keys(known, draft)
