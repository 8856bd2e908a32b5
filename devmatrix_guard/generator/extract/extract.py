"""A spec as a document, to the ApplicationIR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from devmatrix_guard.generator.extract.actions.actions import find_action
from devmatrix_guard.generator.extract.actions.addressed_rows import find_addressed_rows
from devmatrix_guard.generator.extract.actions.context import add_scopes
from devmatrix_guard.generator.extract.actions.result import KnownApplication, refuse
from devmatrix_guard.generator.extract.behavior import read_behavior
from devmatrix_guard.generator.extract.empty_keys import tell_empty_keys
from devmatrix_guard.generator.extract.endpoint import Endpoint, read_endpoints
from devmatrix_guard.generator.extract.entities.attributes import fill_attributes, find_named_keys
from devmatrix_guard.generator.extract.entities.auth import (
    SignIn,
    add_credentials,
    add_token_value,
    find_principal,
    find_sign_in,
    read_schemes,
)
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.entities.files import add_files
from devmatrix_guard.generator.extract.entities.keys import choose_key
from devmatrix_guard.generator.extract.entities.privileges import protect_privileges
from devmatrix_guard.generator.extract.entities.resources import find_entities, find_resources
from devmatrix_guard.generator.extract.entities.views import make_views
from devmatrix_guard.generator.extract.errors import Errors
from devmatrix_guard.generator.extract.findings import Findings
from devmatrix_guard.generator.extract.flat_paths import unfold_paths
from devmatrix_guard.generator.extract.operations import (
    OperationMaker,
    check_flow_answers,
    sort_for_routing,
)
from devmatrix_guard.generator.extract.relations.known import KnownEntities
from devmatrix_guard.generator.extract.relations.links import Link, add_link_values, find_links
from devmatrix_guard.generator.extract.relations.relations import add_relations
from devmatrix_guard.generator.extract.schemas.shapes import Shapes
from devmatrix_guard.generator.extract.seeds import read_seeds
from devmatrix_guard.generator.extract.undescribed import describe_answers
from devmatrix_guard.generator.extract.undescribed_bodies import describe_bodies
from devmatrix_guard.generator.extract.unfilled import settle_unfilled
from devmatrix_guard.generator.extract.unread import list_unread
from devmatrix_guard.generator.extract.validation_rules import gather_rules
from devmatrix_guard.generator.spec.document import Document, Place, require_list, require_mapping
from devmatrix_guard.generator.spec.lines import tell_place
from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.ir.api import ApiModel, Operation, Tag
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.ir.domain import DomainModel
from devmatrix_guard.ir.infrastructure import InfrastructureModel, Principal
from devmatrix_guard.ir.names import make_unique, split_words, to_plural, to_snake


def read_application(path: Path, overlay: Path | None = None) -> ApplicationIR:
    """Return the IR of the spec at `path`, with the overlay merged in.

    Raises:
        SpecError: the spec, the overlay or a flow in them cannot be understood.
    """
    document = read_spec(path, overlay)
    with tell_place(path):
        return extract(document)


def extract(document: Document) -> ApplicationIR:
    """Return the IR of a document.

    Raises:
        SpecError: a part of it cannot be understood.
    """
    findings = Findings(document)
    shapes = Shapes(document)
    shapes.convert_components()
    endpoints = unfold_paths(read_endpoints(document, shapes))
    _tell_ignored(document, shapes, findings)
    sign_in = find_sign_in(endpoints, shapes.schemas)
    endpoints = describe_bodies(endpoints, shapes, findings)
    endpoints = describe_answers(endpoints, shapes, sign_in, findings)
    drafts = find_entities(document, endpoints, shapes.schemas, sign_in, findings)
    principal = find_principal(drafts, endpoints, sign_in, shapes.schemas, findings)
    links = _fill(document, endpoints, drafts, principal, sign_in, shapes, findings)
    tables = _name_tables(drafts)
    domain = DomainModel(
        tuple(drafts[name].freeze(tables[name]) for name in sorted(drafts)),
        make_views(drafts, shapes.schemas),
    )
    schemes = read_schemes(document, endpoints, issues_tokens=principal is not None)
    known = KnownApplication(drafts, shapes.schemas, links, principal, sign_in, {}, findings)
    behavior = read_behavior(
        document,
        domain,
        shapes.schemas,
        endpoints,
        find_addressed_rows(endpoints, known),
        principal.name if principal else "",
        findings,
    )
    errors = Errors(shapes.schemas, endpoints)
    maker = OperationMaker(behavior.domain, schemes, errors, findings)
    known = known._replace(flows=behavior.flows)
    operations = [maker.make(endpoint, find_action(endpoint, known)) for endpoint in endpoints]
    check_flow_answers(operations, behavior.model)
    domain, refused = settle_unfilled(behavior.domain, operations, shapes.schemas, behavior.model)
    operations = _refuse(operations, endpoints, refused, maker, findings)
    tell_empty_keys(domain, operations, findings)
    api = _make_api(document, operations, shapes, errors)
    seeds = read_seeds(
        document,
        domain,
        behavior.model,
        operations,
        shapes.schemas,
        principal.name if principal else "",
    )
    return ApplicationIR(
        seeds=seeds,
        name=_read_application_name(document),
        domain=domain,
        api=api,
        behavior=behavior.model,
        validation=gather_rules(domain, api, behavior.model),
        infrastructure=_make_infrastructure(document, principal)._replace(auth_schemes=schemes),
        inferences=findings.list_inferences(),
        notices=findings.list_notices(),
    )


def _refuse(
    operations: Sequence[Operation],
    endpoints: Sequence[Endpoint],
    refused: Mapping[str, str],
    maker: OperationMaker,
    findings: Findings,
) -> list[Operation]:
    """Return the operations, those that cannot be done as ones that say why."""
    found = list(operations)
    for place, endpoint in enumerate(endpoints):
        if endpoint.name in refused:
            findings.forget(f"api/{endpoint.name}")
            found[place] = maker.make(endpoint, refuse(refused[endpoint.name]))
    return found


def _tell_ignored(document: Document, shapes: Shapes, findings: Findings) -> None:
    """Note what is documented and not checked, and what is not read at all."""
    for pointer, keyword in shapes.unchecked:
        findings.add_ignored(f"{keyword} is documented, and not checked", pointer)
    for pointer, sentence in list_unread(document):
        findings.add_ignored(sentence, pointer)


def _fill(
    document: Document,
    endpoints: list[Endpoint],
    drafts: dict[str, EntityDraft],
    principal: EntityDraft | None,
    sign_in: SignIn,
    shapes: Shapes,
    findings: Findings,
) -> list[Link]:
    """Work out attributes, keys, links and relations of every draft."""
    schemas = shapes.schemas
    if principal is not None:
        principal.is_principal = True
    for draft in drafts.values():
        fill_attributes(draft, drafts, schemas, document, findings)
    add_files(drafts, endpoints, findings)
    add_scopes(drafts, endpoints)
    if principal is not None:
        add_token_value(principal, schemas, findings)
        add_credentials(principal, endpoints, sign_in, schemas, findings)
        protect_privileges(principal, schemas, document, findings)
    referenced = find_named_keys(drafts, document)
    for draft in drafts.values():
        choose_key(draft, endpoints, schemas, findings, referenced.get(draft.name, ""))
    links = find_links(drafts, find_resources(endpoints), principal, schemas, findings)
    add_link_values(drafts, links, schemas, findings)
    add_relations(
        KnownEntities(
            drafts,
            {schema: draft for draft in drafts.values() for schema in draft.roles},
            schemas,
            document,
            endpoints,
            frozenset(name for link in links for name in (*link.makes, *link.breaks)),
            principal,
            findings,
        )
    )
    _name_link_tables(drafts)
    return links


def _name_tables(drafts: Mapping[str, EntityDraft]) -> dict[str, str]:
    taken: set[str] = set()
    made = {}
    for name in sorted(drafts):
        wanted = str(drafts[name].options.get("table", "")) or to_plural(to_snake(name))
        table = make_unique(to_snake(wanted), taken)
        taken.add(table)
        made[name] = table
    return made


def _name_link_tables(drafts: Mapping[str, EntityDraft]) -> None:
    """Give the table of a many-to-many relation another name where an entity has that name."""
    taken = set(_name_tables(drafts).values())
    names: dict[tuple[str, ...], str] = {}
    for draft in drafts.values():
        for name, relation in draft.relations.items():
            if relation.kind != "many_to_many":
                continue
            columns = sorted((relation.through_local, relation.through_target))
            table = names.get((relation.through, *columns)) or make_unique(relation.through, taken)
            names[relation.through, *columns] = table
            taken.add(table)
            draft.relations[name] = relation._replace(through=table)


def _make_api(
    document: Document, operations: list[Operation], shapes: Shapes, errors: Errors
) -> ApiModel:
    top = Place(document.root, "")
    info = top.get("info")
    tags = []
    for index in range(len(require_list(top.get("tags")))):
        tag = top.get("tags", index)
        tags.append(Tag(tag.get_text("name"), tag.get_text("description")))
    return ApiModel(
        title=info.get_text("title"),
        version=str(require_mapping(info).get("version", "")),
        description=info.get_text("description"),
        openapi=document.version,
        base_path=_read_base_path(document.root),
        operations=sort_for_routing(operations),
        schemas=tuple(shapes.schemas[name] for name in sorted(shapes.schemas)),
        error_bodies=errors.list_bodies(),
        tags=tuple(tags),
    )


def _read_servers(root: dict[str, Any]) -> tuple[str, ...]:
    servers = root.get("servers")
    found = []
    for server in servers if isinstance(servers, list) else ():
        url = server.get("url") if isinstance(server, dict) else None
        if isinstance(url, str):
            found.append(_fill_variables(url, server.get("variables")))
    return tuple(found)


def _fill_variables(url: str, variables: Any) -> str:
    """Return an address with the defaults of its variables: `{protocol}://{host}/v1`."""
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        default = variable.get("default") if isinstance(variable, dict) else None
        if isinstance(default, str | int):
            url = url.replace(f"{{{name}}}", str(default))
    return url


def _read_base_path(root: dict[str, Any]) -> str:
    """Return the path of the first server: where its clients expect the operations."""
    for url in _read_servers(root)[:1]:
        _, separator, rest = url.partition("://")
        path = rest.partition("/")[2] if separator else url.lstrip("/")
        if path and "{" not in path:
            return f"/{path.strip('/')}"
    return ""


def _make_infrastructure(document: Document, principal: EntityDraft | None) -> InfrastructureModel:
    made = InfrastructureModel(servers=_read_servers(document.root))
    given = document.root.get("x-infrastructure")
    if isinstance(given, dict):
        database: Literal["sqlite", "postgresql"] = (
            "sqlite" if given.get("database") == "sqlite" else "postgresql"
        )
        made = made._replace(
            database=database,
            observability=tuple(given.get("observability", made.observability)),
            platform=str(given.get("platform", made.platform)),
        )
    if principal is None or "password_hash" not in principal.attributes:
        return made
    login = tuple(names[0] for names in sorted(principal.unique) if len(names) == 1)
    token = next((d.name for d in principal.derived.values() if d.kind == "token"), "")
    return made._replace(principal=Principal(principal.name, login, "password_hash", token))


def _read_application_name(document: Document) -> str:
    title = Place(document.root, "").get("info").get_text("title")
    return (
        "-".join(split_words(title))[:60].strip("-")
        or "-".join(split_words(document.name))
        or "application"
    )
