"""What the names of schemas and verbs in a spec say about each other."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from devmatrix_guard.ir.names import split_words, to_pascal

_BEFORE = frozenset(
    (
        "new",
        "create",
        "update",
        "patch",
        "edit",
        "add",
        "put",
        "post",
        "insert",
        "upsert",
        "replace",
        "modify",
        "save",
        "register",
        "base",
        "partial",
        "get",
        "list",
        "fetch",
        "read",
        "write",
        "api",
        "single",
        "multiple",
        "simple",
        "minimal",
        "full",
        "mutable",
        "created",
        "updated",
        "public",
        "paginated",
        "paged",
        "signup",
        "login",
        "optional",
        "delete",
    )
)
_AFTER = frozenset(
    (
        "create",
        "created",
        "creation",
        "update",
        "updated",
        "patch",
        "edit",
        "new",
        "request",
        "response",
        "reply",
        "result",
        "results",
        "dto",
        "schema",
        "model",
        "entity",
        "resource",
        "view",
        "input",
        "output",
        "in",
        "out",
        "read",
        "write",
        "base",
        "summary",
        "detail",
        "details",
        "list",
        "page",
        "paged",
        "collection",
        "array",
        "body",
        "payload",
        "params",
        "form",
        "fields",
        "data",
        "info",
        "full",
        "short",
        "brief",
        "compact",
        "mini",
        "preview",
        "public",
        "private",
        "record",
        "object",
        "draft",
        "properties",
        "attributes",
        "envelope",
        "wrapper",
        "insert",
        "put",
        "post",
        "add",
        "partial",
        "optional",
        "req",
        "res",
        "resp",
        "with",
        "command",
        "registration",
        "register",
        "credentials",
        "db",
        "embedded",
        "reference",
        "ref",
        "overview",
        "complete",
        "simple",
        "minimal",
        "basic",
        "extended",
        "signup",
        "replace",
    )
)
_TECHNICAL = frozenset(
    (
        "request",
        "response",
        "dto",
        "schema",
        "in",
        "out",
        "read",
        "create",
        "update",
        "base",
        "req",
        "res",
        "resp",
        "input",
        "output",
        "new",
        "patch",
        "body",
        "payload",
    )
)


@lru_cache(maxsize=8192)
def list_variants(name: str) -> tuple[str, ...]:
    """Return what is left of a schema name without words that only say how it is used.

    The name itself comes first, the shortest last: CreateUserRequest, UserRequest, ..., User.
    """
    found = [split_words(name)]
    for item in found:
        if len(item) > 1 and item[0] in _BEFORE and item[1:] not in found:
            found.append(item[1:])
        if len(item) > 1 and item[-1] in _AFTER and item[:-1] not in found:
            found.append(item[:-1])
    ordered = sorted(found, key=len, reverse=True)
    return tuple([to_pascal("_".join(item)) for item in ordered])


def find_base_name(
    name: str, anchors: Collection[str], addressed: Collection[str] = frozenset()
) -> str:
    """Return the name of the thing a schema is a view of.

    Args:
        name: class name of the schema.
        anchors: names that things may have: other schemas, and the nouns of the paths.
        addressed: names of what paths address row by row: `BookingPage` is no page of bookings
            where there is `/booking-pages/{id}`.
    """
    for variant in list_variants(name):
        if variant in addressed:
            return variant
    known = [variant for variant in list_variants(name)[1:] if variant in anchors]
    if known:
        return known[-1]
    parts = list(split_words(name))
    while len(parts) > 1 and parts[-1] in _TECHNICAL:
        parts.pop()
    while len(parts) > 1 and parts[0] in _TECHNICAL:
        parts.pop(0)
    return to_pascal("_".join(parts))


@lru_cache(maxsize=4096)
def find_stem(word: str) -> str:
    """Return what the forms of an English verb have in common: like, liked, likes, liking."""
    for ending in (
        "ings",
        "ing",
        "ied",
        "ed",
        "ies",
        "es",
        "ers",
        "er",
        "ions",
        "ion",
        "s",
        "e",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.replace("our", "or") if len(word) > 4 else word


def is_form_of(word: str, verb: str) -> bool:
    """Whether two words are forms of one verb: favorited and favorite, following and follow."""
    return bool(word) and bool(verb) and (word == verb or find_stem(word) == find_stem(verb))
