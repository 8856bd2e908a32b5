"""The strata: which file of the application comes from what, and all of them as text.

template: InfraPatterns; ast: typed IR through text emitters, proven to parse; llm: the flows that
have a part in free text, which without a provider answer 501.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.emit.api.errors import emit_error_bodies, emit_error_rules
from devmatrix_guard.generator.emit.api.openapi import emit_about, emit_principal, emit_schemes
from devmatrix_guard.generator.emit.api.routes import (
    answers_other_json,
    emit_router_index,
    emit_routes,
    group_operations,
    name_route_module,
    reads_other_bodies,
)
from devmatrix_guard.generator.emit.models.entities import (
    emit_entities_index,
    emit_entity,
    emit_links,
)
from devmatrix_guard.generator.emit.models.migrations import (
    REVISION,
    VERSIONS,
    emit_initial_migration,
)
from devmatrix_guard.generator.emit.models.repositories import (
    emit_repository,
    name_repository_module,
)
from devmatrix_guard.generator.emit.models.schemas import emit_schemas, iter_references
from devmatrix_guard.generator.emit.models.seeds import PATH as SEEDS
from devmatrix_guard.generator.emit.models.seeds import emit_seeds
from devmatrix_guard.generator.emit.models.signatures import list_form_schemas
from devmatrix_guard.generator.emit.models.validators import (
    emit_validator,
    has_validator,
    name_validator_module,
)
from devmatrix_guard.generator.emit.python.printer import write_docstring
from devmatrix_guard.generator.emit.services.services import (
    emit_service,
    is_written,
    name_service_module,
)
from devmatrix_guard.generator.emit.services.states import emit_state_machine, name_state_module
from devmatrix_guard.generator.emit.services.views import emit_views
from devmatrix_guard.generator.emit.services.workflows import (
    calls_ports,
    emit_workflow,
    emits_events,
    is_described,
    name_workflow_module,
    takes_numbers,
)
from devmatrix_guard.generator.ledger import ledger
from devmatrix_guard.generator.ledger.ledger import make_ledger, render_ledger, write_summary
from devmatrix_guard.generator.plan import Plan
from devmatrix_guard.generator.trim import trim_runtime
from devmatrix_guard.ir.shape import Schema
from devmatrix_guard.model.named_value import NamedValue

Stratum = Literal["template", "ast", "llm"]
_README, _LEDGER = "README.md", "%%ledger%%"
_PLACEHOLDER = re.compile(r"%%([a-z]+)%%")
_BRACES = re.compile(r"\{[^}]*\}")
_PROBES = ("/health/live", "/health/ready", "/metrics")
_PACKAGES = {
    "src": "The application.",
    "src.api": "The HTTP interface.",
    "src.core": "Settings, database, logging, metrics, security.",
    "src.models": "Tables and schemas.",
    "src.models.schemas": "The schemas of the API.",
    "src.repositories": "Reading and writing tables.",
    "src.services": "What can be done with each entity.",
    "src.state_machines": "States and transitions.",
    "src.validators": "What must hold between rows.",
    "src.views": "How rows are shown.",
    "src.workflows": "Business flows, each in one transaction.",
    "tests": "Tests of the application.",
}


_ATTRIBUTES = """\
# Ends of lines as generated, on every system; merged by meaning once `guard init` was run.
* text=auto eol=lf
*.py merge=guard
*.json merge=guard
.guard/generation_manifest.json merge=guard linguist-generated
.guard/base/* -diff linguist-generated
"""


class GeneratedFile(NamedValue):
    """A file of the application.

    Attributes:
        path: relative, with forward slashes.
        text: its content.
        stratum: what it comes from.
        nodes: ids of the IR nodes it depends on, sorted.
        pattern: id, version and hash of the InfraPattern it comes from, or None.
        omitted: what a module of tests leaves out, a sentence each.
    """

    path: str
    text: str
    stratum: Stratum
    nodes: tuple[str, ...] = ()
    pattern: tuple[str, int, str] | None = None
    omitted: tuple[str, ...] = ()


# Patterns that the emitted code calls for: the line that imports them.
_CALLED = (
    ("moments", "from src.core import moments"),
    ("stored_moments", "from src.repositories.moments import "),
)


def generate_files(plan: Plan, bank: PatternBank) -> list[GeneratedFile]:
    """Return every file of the application, sorted by path."""
    files = [*_emit_packages(), *_emit_domain(plan), *_emit_interface(plan)]
    files += [*_emit_behavior(plan), *_emit_test_files(plan)]
    called = [pattern for pattern, use in _CALLED if any(use in file.text for file in files)]
    files += _read_templates(plan, bank, called)
    shorter = trim_runtime({file.path: file.text for file in files})
    files = [file._replace(text=shorter.get(file.path, file.text)) for file in files]
    if bank.repairs:
        files = _repair(plan, bank, files)
    return sorted(_add_ledger(plan, files), key=lambda file: file.path)


def _repair(plan: Plan, bank: PatternBank, files: list[GeneratedFile]) -> list[GeneratedFile]:
    """Apply the known repairs, and keep those that changed something beside the application."""
    from devmatrix_guard.generator.entity_names import list_entity_names  # few know any
    from devmatrix_guard.generator.repairs import REPAIRS, apply_repairs, render_repairs

    changed, applied = apply_repairs(
        {file.path: file.text for file in files},
        bank.repairs,
        list_entity_names(plan),
        {file.path: f"{file.pattern[0]}@{file.pattern[1]}" for file in files if file.pattern},
    )
    files = [file._replace(text=changed.get(file.path, file.text)) for file in files]
    if applied:
        files.append(GeneratedFile(REPAIRS, render_repairs(applied), "template"))
    return files


def _add_ledger(plan: Plan, files: list[GeneratedFile]) -> Iterator[GeneratedFile]:
    """Yield the files with what they keep of the spec, as a file and in the README."""
    lines = make_ledger(plan, {file.path: file.text for file in files})
    for file in files:
        text = file.text.replace(_LEDGER, write_summary(lines)) if file.path == _README else None
        yield file if text is None else file._replace(text=text)
    nodes = tuple(sorted(f"api/{operation.name}" for operation in plan.ir.api.operations))
    yield GeneratedFile(ledger.PATH, render_ledger(lines), "ast", nodes)


def _find_path(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _read_templates(
    plan: Plan, bank: PatternBank, called: Sequence[str]
) -> Iterator[GeneratedFile]:
    values = _make_placeholders(plan)
    for pattern_id in sorted([*_choose_patterns(plan), *called]):
        pattern = bank.get(pattern_id)
        text = pattern.body
        if pattern.signature.inputs:  # at once: a value may look like a placeholder
            text = _PLACEHOLDER.sub(lambda found: values[found[1]], text)
        for path in pattern.signature.outputs:
            reference = (pattern.pattern_id, pattern.version, pattern.sha)
            nodes = ("application",) if pattern.signature.inputs else ()
            yield GeneratedFile(path, text, "template", nodes, reference)


def _choose_patterns(plan: Plan) -> list[str]:
    wanted = list(ALWAYS)
    if emits_events(plan):
        wanted += ["outbox", "outbox_entity"]
    if takes_numbers(plan):
        wanted += ["series", "series_entity"]
    if calls_ports(plan):
        wanted.append("ports")
    if plan.ir.infrastructure.auth_schemes:
        wanted.append("auth")
    if reads_other_bodies(plan, plan.ir.api.operations):
        wanted.append("bodies")
    if plan.ir.behavior.flows:
        wanted.append("workflow_base")
    if plan.ir.behavior.state_machines:
        wanted.append("state_base")
    if answers_other_json(plan):
        wanted.append("media")
    return sorted(wanted)


ALWAYS = [
    "alembic_env",
    "alembic_ini",
    "alembic_script",
    "base_repository",
    "ci",
    "config",
    "database",
    "docker_compose",
    "dockerfile",
    "dockerignore",
    "env_example",
    "errors",
    "gitignore",
    "grafana_dashboard",
    "grafana_dashboards",
    "grafana_datasource",
    "health_routes",
    "logging",
    "main",
    "metrics",
    "middleware",
    "model_base",
    "openapi",
    "prometheus",
    "pyproject",
    "readme",
    "requirements",
    "routing",
    "schema_base",
    "security",
    "service_base",
    "test_conftest",
    "test_database",
    "test_errors",
    "test_migrations",
    "test_operations",
    "test_security",
    "view_base",
]


def _make_placeholders(plan: Plan) -> Mapping[str, str]:
    api = plan.ir.api
    title = " ".join(api.title.split()) or plan.ir.name
    return {
        "name": _write_toml(plan.ir.name or "app"),
        "slug": plan.ir.name or "app",
        "version": _write_toml(_choose_python_version(api.version)),
        "description": _write_toml(title),
        "title": _escape_markdown(title),
        "operations": _write_operation_table(plan),
        "ledger": _LEDGER,
        "probes": _choose_probes(plan),
    }


def _choose_probes(plan: Plan) -> str:
    """Return what the paths of the probes begin with: nothing, where the spec has none of them."""
    paths = {operation.path for operation in plan.ir.api.operations}
    taken = [re.compile("[^/]+".join(map(re.escape, _BRACES.split(path)))) for path in paths]
    prefix = ""
    while any(path.fullmatch(prefix + probe) for path in taken for probe in _PROBES):
        prefix += "/-"
    return prefix


def _write_toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _choose_python_version(text: str) -> str:
    """Return the version if Python packaging understands it, otherwise 0.1.0."""
    parts = text.strip().split(".")
    return text.strip() if all(part.isdigit() for part in parts) and parts else "0.1.0"


def _escape_markdown(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in printable)


def _write_operation_table(plan: Plan) -> str:
    rows = ["| method | path | operation |", "| --- | --- | --- |"]
    for operation in plan.ir.api.operations:
        name = f"`{operation.name}`"
        rows.append(f"| {operation.method} | {_escape_markdown(operation.path)} | {name} |")
    return "\n".join(rows)


def _emit_packages() -> Iterator[GeneratedFile]:
    yield GeneratedFile(".gitattributes", _ATTRIBUTES, "template")
    for package, summary in _PACKAGES.items():
        text = write_docstring(summary) + "\n"
        yield GeneratedFile(f"{package.replace('.', '/')}/__init__.py", text, "template")


def _emit_domain(plan: Plan) -> Iterator[GeneratedFile]:
    entities = plan.ir.domain.entities
    outbox = emits_events(plan)
    every = tuple(f"domain/{entity.name}" for entity in entities)
    for entity in entities:
        module = plan.modules[entity.name]
        own = (f"domain/{entity.name}",)
        near = tuple(sorted({*own, *(f"domain/{r.target}" for r in entity.relations)}))
        text = emit_entity(plan, entity)
        yield GeneratedFile(f"src/models/entities/{module}.py", text, "ast", near)
        text = emit_repository(plan, entity)
        yield GeneratedFile(
            _find_path(name_repository_module(plan, entity.name)), text, "ast", every
        )
        if is_written(plan, entity.name) and has_validator(entity):
            text = emit_validator(plan, entity)
            yield GeneratedFile(
                _find_path(name_validator_module(plan, entity.name)), text, "ast", near
            )
    index = emit_entities_index(plan, outbox=outbox)
    yield GeneratedFile("src/models/entities/__init__.py", index, "ast", every)
    links = emit_links(entities, plan.entities)
    if links is not None:
        yield GeneratedFile("src/models/entities/links.py", links, "ast", every)
    seeds = emit_seeds(plan)
    if seeds:
        yield GeneratedFile(SEEDS, seeds, "ast", ("application", *every))
    migration = emit_initial_migration(plan, outbox=outbox)
    yield GeneratedFile(f"{VERSIONS}{REVISION}.py", migration, "ast", every)


def _emit_interface(plan: Plan) -> Iterator[GeneratedFile]:
    yield from _emit_schema_files(plan)
    for module, text in emit_views(plan).items():
        nodes = tuple(
            f"views/{view.schema}"
            for view in plan.ir.domain.views
            if plan.places[view.schema].module.rpartition(".")[2] == module.rpartition(".")[2]
        )
        yield GeneratedFile(_find_path(module), text, "ast", nodes)
    groups = group_operations(plan)
    for group, operations in groups.items():
        nodes = tuple(sorted(f"api/{operation.name}" for operation in operations))
        text = emit_routes(plan, group, operations)
        yield GeneratedFile(_find_path(name_route_module(group)), text, "ast", nodes)
    index = emit_router_index(list(groups))
    yield GeneratedFile("src/api/routes/__init__.py", index, "ast", ("application",))
    for entity in plan.ir.domain.entities:
        nodes = tuple(sorted(f"api/{op.name}" for op in plan.list_operations(entity.name)))
        text = emit_service(plan, entity)
        path = _find_path(name_service_module(plan, entity.name))
        yield GeneratedFile(path, text, "ast", (*nodes, f"domain/{entity.name}"))
    every = tuple(f"api/{operation.name}" for operation in plan.ir.api.operations)
    bodies = tuple(f"errors/{body.name}" for body in plan.ir.api.error_bodies)
    schemes = tuple(f"infrastructure/auth/{s.name}" for s in plan.ir.infrastructure.auth_schemes)
    settings = ("infrastructure/settings",)
    for name, text, nodes in (
        ("about", emit_about(plan), ("application", *every, *schemes)),
        ("error_bodies", emit_error_bodies(plan), bodies),
        ("error_rules", emit_error_rules(plan), every),
        ("principal", emit_principal(plan), settings),
        ("schemes", emit_schemes(plan) if schemes else "", schemes),
    ):
        if not text:
            continue
        yield GeneratedFile(f"src/api/{name}.py", text, "ast", tuple(sorted(nodes)))


def _emit_schema_files(plan: Plan) -> Iterator[GeneratedFile]:
    groups: dict[str, list[Schema]] = {}
    for schema in plan.ir.api.schemas:
        groups.setdefault(plan.places[schema.name].module, []).append(schema)
    requested = _emit_request_schemas(plan)
    forms = list_form_schemas(plan)
    for module, schemas in groups.items():
        text = emit_schemas(module, schemas, plan.schemas, plan.places, requested, forms)
        nodes = tuple(sorted(f"schemas/{schema.name}" for schema in schemas))
        yield GeneratedFile(_find_path(module), text, "ast", nodes)


def _emit_request_schemas(plan: Plan) -> frozenset[str]:
    """Return the schemas that request bodies are made of."""
    found: set[str] = set()
    queue: list[str] = []
    for operation in plan.ir.api.operations:
        for content in operation.body.content if operation.body else ():
            if content.shape is not None:
                queue += iter_references(content.shape)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += iter_references(plan.schemas[name].shape)
    return frozenset(found)


def _emit_behavior(plan: Plan) -> Iterator[GeneratedFile]:
    for flow in plan.ir.behavior.flows:
        stratum: Stratum = "llm" if is_described(flow) else "ast"
        nodes = (f"behavior/flows/{flow.name}", *(f"domain/{name}" for name in flow.entities))
        path = _find_path(name_workflow_module(flow))
        yield GeneratedFile(path, emit_workflow(plan, flow), stratum, tuple(sorted(nodes)))
    for machine in plan.ir.behavior.state_machines:
        text = emit_state_machine(plan, machine)
        nodes = (f"behavior/states/{machine.entity}",)
        yield GeneratedFile(_find_path(name_state_module(plan, machine.entity)), text, "ast", nodes)


def _emit_test_files(plan: Plan) -> Iterator[GeneratedFile]:
    from devmatrix_guard.generator.emit.tests.suite import emit_tests

    for path, text, nodes, omitted in emit_tests(plan):
        yield GeneratedFile(path, text, "ast", nodes, omitted=omitted)
