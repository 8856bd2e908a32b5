"""Which part of the generator writes which file: where a fix of generated code belongs."""

from __future__ import annotations

# In order: the first glob that fits a path. `tests/generator/test_emitters.py` watches a generation
# and compares, so that this cannot say something else than what happens.
EMITTERS = (
    ("src/models/entities/__init__.py", "emit/models/entities.py:emit_entities_index"),
    ("src/models/entities/links.py", "emit/models/entities.py:emit_links"),
    ("src/models/entities/*.py", "emit/models/entities.py:emit_entity"),
    ("src/repositories/*_repository.py", "emit/models/repositories.py:emit_repository"),
    ("src/validators/*_validator.py", "emit/models/validators.py:emit_validator"),
    ("alembic/versions/0001_initial.py", "emit/models/migrations.py:emit_initial_migration"),
    ("alembic/versions/*.py", "emit/models/revisions.py:emit_revision"),
    ("src/seed.py", "emit/models/seeds.py:emit_seeds"),
    (".guard/repairs.json", "repairs.py:render_repairs"),
    ("src/models/schemas/[!_]*.py", "emit/models/schemas.py:emit_schemas"),
    ("src/views/[!_]*.py", "emit/services/views.py:emit_views"),
    ("src/api/routes/__init__.py", "emit/api/routes.py:emit_router_index"),
    ("src/api/routes/*.py", "emit/api/routes.py:emit_routes"),
    ("src/services/*_service.py", "emit/services/services.py:emit_service"),
    ("src/api/about.py", "emit/api/openapi.py:emit_about"),
    ("src/api/principal.py", "emit/api/openapi.py:emit_principal"),
    ("src/api/schemes.py", "emit/api/openapi.py:emit_schemes"),
    ("src/api/error_bodies.py", "emit/api/errors.py:emit_error_bodies"),
    ("src/api/error_rules.py", "emit/api/errors.py:emit_error_rules"),
    ("src/workflows/[!_]*.py", "emit/services/workflows.py:emit_workflow"),
    ("src/state_machines/*_state.py", "emit/services/states.py:emit_state_machine"),
    ("tests/[!_]*.py", "emit/tests/suite.py:emit_tests"),
    ("ledger.json", "ledger/ledger.py:render_ledger"),
    ("*__init__.py", "strata.py:_emit_packages"),
    (".gitattributes", "strata.py:_emit_packages"),
)


def find_emitter(path: str) -> str:
    """Return the module below `generator/` and the function that write a file, "" for unknown.

    A file that comes from an InfraPattern has none.
    """
    return next((emitter for glob, emitter in EMITTERS if _fits(path, glob)), "")


def _fits(path: str, glob: str) -> bool:
    """Tell whether a path fits a glob: to compile them all takes as long as to record a run."""
    start, star, end = glob.partition("*")
    if not star:
        return path == glob
    plain = start.removesuffix("[!_]")
    if not path.startswith(plain) or not path.endswith(end) or len(path) < len(plain) + len(end):
        return False
    middle = path[len(plain) : len(path) - len(end)]
    return plain == start or (middle != "" and middle[0] != "_")
