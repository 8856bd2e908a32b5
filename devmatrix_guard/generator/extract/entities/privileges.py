"""Privileges: what decides over a user's rights, which he must not set himself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devmatrix_guard.generator.extract.entities.attributes import make_first_value, read_extensions
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.spec.document import Document
from devmatrix_guard.generator.spec.pointer import join
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.names import split_words, to_singular
from devmatrix_guard.ir.shape import JsonValue, Schema

_NAMES = frozenset(
    (
        "access_level",
        "account_role",
        "admin",
        "approved",
        "authority",
        "balance",
        "credit_limit",
        "credit",
        "group",
        "moderator",
        "permission",
        "privilege",
        "role",
        "scope",
        "staff",
        "super_admin",
        "superuser",
        "system_role",
        "user_role",
        "verified",
        "wallet_balance",
        "email_verified",
        "phone_verified",
        "account_balance",
        "trusted",
        "clearance",
        "clearance_level",
        "security_level",
        "entitlement",
        "access_tier",
        "tier",
        "quota",
        "kyc_status",
        "kyc_level",
        "banned",
        "blocked",
        "suspended",
    )
)
_LEFT = ("_left", "_remaining", "_limit", "_balance", "_available", "_count")
_POWERS = {"admin", "administrator", "superadmin", "superuser", "sysadmin", "root"}
_GREAT = ("admin", "administrator", "manager", "moderator", "owner", "root", "staff", "super")


def is_privilege(name: str) -> bool:
    """Tell whether an attribute of this name decides over rights, trust or money."""
    bare = name.removeprefix("is_").removeprefix("has_").removesuffix("_flag")
    stem = next((bare.removesuffix(ending) for ending in _LEFT if bare.endswith(ending)), bare)
    return bool({bare, to_singular(bare), stem, to_singular(stem)} & _NAMES)


def _gives_power(kind: Type) -> bool:
    """Tell whether one of a few values makes an administrator of whoever has it."""
    return any(_POWERS & set(split_words(str(value))) for value in kind.enum)


def protect_privileges(
    principal: EntityDraft, schemas: Mapping[str, Schema], document: Document, findings: Findings
) -> None:
    """Take what decides over the rights of who signs in out of his own hands.

    `x-writable-by: self` gives an attribute back to him.
    """
    for attribute in list(principal.attributes.values()):
        given = read_extensions(attribute.pointer, document).get("x-writable-by")
        node = f"domain/{principal.name}/{attribute.name}"
        if given is not None:
            how = "may be set by whom it is about" if given == "self" else "is set by nobody"
            findings.add_explicit(node, how, join(attribute.pointer, "x-writable-by"))
        powerful = is_privilege(attribute.name) or _gives_power(attribute.type)
        wanted = given == "nobody" or (given is None and powerful)
        if not wanted or attribute.origin != "input" or not attribute.wire:
            continue
        if not principal.is_input(attribute.wire, schemas):
            continue
        principal.attributes[attribute.name] = _protect(attribute)
        if given is None:
            claim = "is never taken from a request, as it decides over rights; see x-writable-by"
            findings.add_inferred(node, claim, attribute.pointer, 0.85)
            text = f"{principal.name}.{attribute.wire} is not his to set; x-writable-by: self"
            findings.add_assumed(f"{text} would let him", attribute.pointer)


def _protect(attribute: Attribute) -> Attribute:
    made = attribute._replace(origin="privilege")
    if attribute.nullable or attribute.default is not None:
        return made
    return made._replace(default=_choose_least(attribute.type))


def _choose_least(kind: Type) -> JsonValue | None:
    """Return the value that gives the fewest rights."""
    words = [value for value in kind.enum if isinstance(value, str)]
    small = [word for word in words if not any(great in word.lower() for great in _GREAT)]
    value: Any = next(iter((*small, *words)), None)
    return make_first_value(kind) if value is None else JsonValue(f'"{value}"')
