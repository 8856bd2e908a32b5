"""Keys: what tells the rows of an entity apart, inside the database and in the API."""

from __future__ import annotations

from collections.abc import Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.attributes import choose_stored_type
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.resources import find_noun
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.ir.domain import Attribute, Type
from devmatrix_guard.ir.names import to_singular, to_snake
from devmatrix_guard.ir.shape import Schema, Shape

_IDS = ("id", "uuid", "guid", "gid", "sid", "oid")
_KEY_KINDS = ("integer", "bigint", "number", "uuid", "string", "text")
_NATURAL = ("email", "username", "user_name", "login", "handle")
_OFTEN_UNIQUE = (*_NATURAL, "slug", "sku", "isbn", "code", "name", "title")
_UNMADE = ("input", "default")
_SLUGS = {"slug", "permalink", "alias", "handle"}
_SAYS_UNIQUE = ("exist", "duplicate", "taken", "unique", "conflict", "already")


def match_parameter(draft: EntityDraft, wire: str) -> str:
    """Return the attribute that a path parameter of this name addresses, or ""."""
    name = to_snake(wire)
    prefixes = {to_snake(draft.name), *(to_singular(noun[-1]) for noun in draft.nouns)}
    bare = [name.removeprefix(f"{prefix}_") for prefix in sorted(prefixes)]
    for candidate in (name, *bare):
        known = draft.attributes.get(candidate)
        if known is not None and not known.hidden and candidate not in draft.unshown:
            return candidate
    own = name in prefixes or name.removeprefix("id_") in prefixes  # `/clientes/{idCliente}`
    if name in (*_IDS, "key", "identifier") or name.endswith(_IDS) or own:
        return _find_shown_key(draft)
    key = draft.attributes.get(draft.key)
    for prefix in sorted(prefixes) if key is None or key.hidden else ():
        if prefix in draft.attributes and prefix != draft.key:
            return prefix  # `/entries/{id}/locales/{code}` of rows that have a `locale`
    return ""


def _find_shown_key(draft: EntityDraft) -> str:
    """Return the key, or what callers know rows by where they never see it."""
    key = draft.attributes.get(draft.key)
    if key is None or not key.hidden:
        return draft.key
    shown = [names[0] for names in draft.unique if len(names) == 1]
    if draft.is_counted:  # by numbers, which no text is
        shown = [
            name for name in shown if draft.attributes[name].type.kind in ("integer", "bigint")
        ]
    return shown[0] if len(shown) == 1 else draft.key


def choose_key(
    draft: EntityDraft,
    endpoints: list[Endpoint],
    schemas: Mapping[str, Schema],
    findings: Findings,
    referenced: str = "",
) -> None:
    """Settle the primary key and the unique keys of an entity.

    Args:
        referenced: the attribute that `x-references` of other entities name, if any.
    """
    parameters = _find_addressing(draft, endpoints)
    draft.unshown = _find_unshown(draft, schemas)
    draft.is_counted = any(shape.kind in ("integer", "number") for _, shape in parameters)
    natural = [match_parameter(draft, wire) for wire, _ in parameters]
    addressed = next((name for name in natural if _is_id(draft, name)), "")
    addressed = addressed or _find_made(draft, natural, schemas)
    named = referenced if referenced in draft.attributes else ""
    draft.key = _read_given_key(draft, findings) or _find_key(draft) or named or addressed
    if draft.key:
        _settle_key(draft, schemas, findings)
        _follow_path(draft, parameters)
        natural = [match_parameter(draft, wire) for wire, _ in parameters]
    if not draft.key:
        _add_surrogate(draft, parameters, natural, schemas, findings)
    for name in natural:
        if name and name != draft.key:
            _add_natural(draft, name, endpoints, schemas, findings)
    _add_soft_delete(draft, findings)
    _add_declared_unique(draft, findings)
    _add_principal_unique(draft, findings)
    _add_conflict_unique(draft, endpoints, findings)


def _find_unshown(draft: EntityDraft, schemas: Mapping[str, Schema]) -> set[str]:
    """Return the ids that only requests have, where answers show rows with an id of their own."""
    shown = {field.wire for _, field in draft.iter_fields(schemas, "read")}
    wires = {name: attribute.wire for name, attribute in draft.attributes.items()}
    if not any(wires.get(name) in shown for name in _IDS if name in wires):
        return set()
    unshown = {name for name, wire in wires.items() if name.endswith("_id") and wire not in shown}
    whole = {field.wire for field in schemas[draft.main].shape.fields}
    own = {to_snake(draft.name), *(to_singular(noun[-1]) for noun in draft.nouns)}
    # what a score of the row calls it by: `job_id` beside the `id` that the row itself has
    other = {n for n, w in wires.items() if n.removesuffix("_id") in own and w not in whole}
    return unshown | (other - own)


def _find_addressing(draft: EntityDraft, endpoints: list[Endpoint]) -> list[tuple[str, Shape]]:
    """Return the path parameters that address rows of this entity, with their shapes."""
    found: dict[str, Shape] = {}
    for endpoint in endpoints:
        if not endpoint.ends_in_parameter or find_noun(endpoint) not in draft.nouns:
            continue
        wire = endpoint.segments[-1].parameter
        parameter = endpoint.find_parameter(wire, "path")
        if parameter is not None:
            found.setdefault(wire, parameter.shape)
    return list(found.items())


def _list_addressing(
    draft: EntityDraft, endpoints: list[Endpoint]
) -> list[tuple[tuple[str, ...], str]]:
    """Return the collections in which paths address rows of this entity, and by what."""
    return [
        (find_noun(endpoint), endpoint.segments[-1].parameter)
        for endpoint in endpoints
        if endpoint.ends_in_parameter and find_noun(endpoint) in draft.nouns
    ]


def _read_given_key(draft: EntityDraft, findings: Findings) -> str:
    given = draft.options.get("key")
    name = to_snake(str(given)) if given else ""
    if name in draft.attributes:
        findings.add_explicit(f"domain/{draft.name}", f"is stored under {name}", draft.pointer)
        return name
    return ""


def _find_key(draft: EntityDraft) -> str:
    own = to_snake(draft.name)
    candidates = [*_IDS, *(f"{own}_{name}" for name in _IDS)]
    called = [own, *(to_singular(noun[-1]) for noun in draft.nouns)]
    candidates += [form.format(word) for word in called for form in ("{}_id", "id_{}", "{}id")]
    if draft.is_principal:  # who signs in, under the name of an answer: `RegisterResponse`
        candidates += ["user_id", "account_id"]
    for name in candidates:
        attribute = draft.attributes.get(name)
        if attribute is not None and attribute.type.kind in _KEY_KINDS:
            return name
    return ""


def _is_id(draft: EntityDraft, name: str) -> bool:
    """Tell whether paths address rows by an id, whatever it is the id of: `/special/{event_id}`."""
    attribute = draft.attributes.get(name)
    if attribute is None or attribute.references:
        return False
    return attribute.type.kind in _KEY_KINDS and name.rpartition("_")[2] in _IDS


def _find_made(draft: EntityDraft, natural: list[str], schemas: Mapping[str, Schema]) -> str:
    """Return what paths address rows by and no request gives, where an operation makes rows.

    A name made from a title, such as a slug, is none: it follows what it is made from.
    """
    for name in natural if draft.list_schemas_as("create") else ():
        attribute = draft.attributes.get(name)
        if attribute is None or attribute.references or draft.is_input(attribute.wire, schemas):
            continue
        is_slug = bool(_SLUGS & set(name.split("_"))) or attribute.origin not in _UNMADE
        if attribute.type.kind in _KEY_KINDS and not attribute.type.enum and not is_slug:
            return name
    return ""


def _settle_key(draft: EntityDraft, schemas: Mapping[str, Schema], findings: Findings) -> None:
    attribute = draft.attributes[draft.key]
    given = draft.takes(attribute.wire, schemas, "create")
    kind = attribute.type
    if kind.kind == "text":
        kind = kind._replace(kind="string")
    if kind.kind == "number":
        kind = kind._replace(kind="bigint")  # `type: number` of what counts rows
    draft.attributes[draft.key] = attribute._replace(
        type=kind,
        nullable=False,
        default=None,
        origin="client_key" if given else "key",
        unique=False,
    )
    draft.unique.pop((draft.key,), None)
    how = "given by the request or made" if given else "made"
    claim = f"is the primary key, {how} by the application"
    node = f"domain/{draft.name}/{draft.key}"
    findings.add_inferred(node, claim, attribute.pointer, 0.95)


def _follow_path(draft: EntityDraft, parameters: list[tuple[str, Shape]]) -> None:
    """Let a key that is any text be the UUID that the paths to its rows ask for."""
    key = draft.attributes[draft.key]
    free = key.type.kind in ("string", "text") and not key.type.format and not key.constraints
    if free and key.origin == "key" and any(shape.format == "uuid" for _, shape in parameters):
        draft.attributes[draft.key] = key._replace(type=key.type._replace(format="uuid"))


def _add_surrogate(
    draft: EntityDraft,
    parameters: list[tuple[str, Shape]],
    natural: list[str],
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> None:
    name = draft.choose_free_name("id")
    kind = Type("bigint")
    if parameters and not any(natural):
        addressed = choose_stored_type(parameters[0][1], schemas)
        if addressed.kind in ("uuid", "string", "text"):
            kind = Type("uuid" if addressed.kind == "uuid" else "string")
    draft.attributes[name] = Attribute(
        name, "", kind, origin="key", hidden=True, pointer=draft.pointer
    )
    draft.key = name
    claim = "gets a key of its own, as no property of it is one that never changes"
    findings.add_inferred(f"domain/{draft.name}/{name}", claim, draft.pointer, 0.9)


def _add_natural(
    draft: EntityDraft,
    name: str,
    endpoints: list[Endpoint],
    schemas: Mapping[str, Schema],
    findings: Findings,
) -> None:
    attribute = draft.attributes[name]
    node = f"domain/{draft.name}/{name}"
    if not draft.is_input(attribute.wire, schemas) and attribute.origin != "slug":
        source = _find_slug_source(draft, name, schemas)
        if source and attribute.type.kind in ("string", "text"):
            attribute = attribute._replace(origin="slug", origin_of=source)
            claim = f"is made from {source}, as no request gives it"
            findings.add_inferred(node, claim, attribute.pointer, 0.85)
    nullable = attribute.nullable and _may_be_left_out(draft, attribute.wire, schemas)
    draft.attributes[name] = attribute._replace(unique=True, nullable=nullable, default=None)
    if (name,) not in draft.unique and attribute.origin != "slug":
        draft.unique_among[name] = tuple(
            noun
            for noun, wire in _list_addressing(draft, endpoints)
            if match_parameter(draft, wire) == name
        )
    draft.unique.setdefault((name,), attribute.pointer)
    findings.add_inferred(node, "is unique, as paths address rows by it", attribute.pointer, 0.9)


def _may_be_left_out(draft: EntityDraft, wire: str, schemas: Mapping[str, Schema]) -> bool:
    """Tell whether rows are made without this property, and none is ever shown that needs it."""
    made = [field for _, field in draft.iter_fields(schemas, "create") if field.wire == wire]
    shown = [field for _, field in draft.iter_fields(schemas, "read") if field.wire == wire]
    return bool(made) and not any(field.required for field in (*made, *shown))


def _find_slug_source(draft: EntityDraft, name: str, schemas: Mapping[str, Schema]) -> str:
    for wanted in ("title", "name", "headline", "subject", "label"):
        if wanted in draft.attributes and wanted != name:
            return wanted
    for _, field in draft.iter_fields(schemas, "create"):
        member = draft.members.get(field.wire)
        if field.required and member and member[0] == "attribute":
            kind = draft.attributes[member[1]].type
            if kind.kind in ("string", "text") and not kind.enum:
                return member[1]
    return ""


def _add_soft_delete(draft: EntityDraft, findings: Findings) -> None:
    if draft.options.get("soft_delete") is not True:
        return
    name = (
        "deleted_at" if "deleted_at" in draft.attributes else draft.choose_free_name("deleted_at")
    )
    known = draft.attributes.get(name)
    kept = known if known and known.type.kind == "datetime" else None
    draft.attributes[name] = (kept or Attribute(name, "", Type("datetime"), hidden=True))._replace(
        nullable=True, default=None, origin="default", pointer=draft.pointer
    )
    draft.soft_delete = name
    findings.add_explicit(f"domain/{draft.name}", "is marked when deleted, and kept", draft.pointer)


def _add_declared_unique(draft: EntityDraft, findings: Findings) -> None:
    for given in draft.options.get("unique", ()):
        names = tuple(to_snake(str(n)) for n in (given if isinstance(given, list) else [given]))
        draft.unique[names] = draft.pointer
        if len(names) == 1 and names[0] in draft.attributes:
            attribute = draft.attributes[names[0]]
            draft.attributes[names[0]] = attribute._replace(unique=True)
        claim = f"is unique by {', '.join(names)}"
        findings.add_explicit(f"domain/{draft.name}", claim, draft.pointer)


def _add_principal_unique(draft: EntityDraft, findings: Findings) -> None:
    if not draft.is_principal:
        return
    for name in _NATURAL:
        attribute = draft.attributes.get(name)
        if attribute is None or attribute.type.kind == "json":  # required, and not described
            continue
        if (name,) not in draft.unique:
            draft.attributes[name] = attribute._replace(unique=True)
            draft.unique[(name,)] = attribute.pointer
            node = f"domain/{draft.name}/{name}"
            findings.add_inferred(node, "is unique, as it signs in", attribute.pointer, 0.9)


def _add_conflict_unique(draft: EntityDraft, endpoints: list[Endpoint], findings: Findings) -> None:
    """A 409 that says "already exists" on creation means that something is unique."""
    if draft.unique:
        return
    for endpoint in endpoints:
        if endpoint.method != "POST" or endpoint.ends_in_parameter:
            continue
        if find_noun(endpoint) not in draft.nouns:
            continue
        conflict = next((r for r in endpoint.responses if r.status == "409"), None)
        if conflict is None:
            continue
        text = f"{conflict.description} {endpoint.description}".lower()
        if not any(word in text for word in _SAYS_UNIQUE):
            continue
        able = [n for n, a in draft.attributes.items() if n != draft.key and _tells_apart(a)]
        spoken = [name for name in able if name.replace("_", " ") in text]
        likely = [name for name in _OFTEN_UNIQUE if name in able]
        for name in (spoken + likely)[:1]:
            attribute = draft.attributes[name]
            draft.attributes[name] = attribute._replace(unique=True)
            draft.unique[(name,)] = conflict.pointer
            draft.unique_among[name] = (find_noun(endpoint),)
            claim = "is unique, as making a row can end in 409"
            findings.add_inferred(f"domain/{draft.name}/{name}", claim, conflict.pointer, 0.6)
        return


def _tells_apart(attribute: Attribute) -> bool:
    """Tell whether rows can differ in a value: not where there are few, or only one."""
    return attribute.type.kind != "boolean" and not attribute.type.enum
