"""Tests of refresh tokens and of changed passwords: the right secret counts, and no other."""

from __future__ import annotations

from devmatrix_guard.generator.emit.models.columns import find_attribute, name_row
from devmatrix_guard.generator.emit.models.entities import PACKAGE as ENTITIES
from devmatrix_guard.generator.emit.python.printer import Lines, call, put, shift, write_string
from devmatrix_guard.generator.emit.tests.crud import OperationTests
from devmatrix_guard.generator.emit.tests.factories import name_factory
from devmatrix_guard.generator.emit.tests.requests import Source
from devmatrix_guard.generator.names import name_row_class
from devmatrix_guard.ir.api import Operation

_SECURITY = "src.core.security"


def emit_renewal_tests(tests: OperationTests) -> list[str]:
    """Return the tests of an operation that renews a token or changes a password."""
    if not tests.prepare() or not isinstance(tests.make_body(), dict):
        return []
    name = tests.operation.name
    if tests.operation.action.kind == "refresh":
        return [tests.write_test(f"test_{name}_takes_refresh_tokens_alone", _try_tokens(tests))]
    if tests.operation.action.kind == "reset_password":
        return [tests.write_test(f"test_{name}_takes_a_token_once", _try_reset(tests))]
    lines = _try_passwords(tests)
    return [tests.write_test(f"test_{name}_asks_for_the_old_password", lines)] if lines else []


def _try_tokens(tests: OperationTests) -> Lines:
    """Return calls with a refresh token, which is answered, and with others, which are not."""
    plan, entity, operation = tests.plan, tests.entity, tests.operation
    make = tests.imports.use("tests.factories", name_factory(plan, entity.name))
    if not tests.setup:
        tests.setup = [f"caller = await {make}(session)"]
    key = f"str(caller.{name_row(entity.key)})"
    good = f"{tests.imports.use(_SECURITY, 'issue_refresh_token')}({key})"
    access = f"{tests.imports.use(_SECURITY, 'issue_token')}({key})"
    called = _call(tests, {_get_secret(operation): Source(good)})
    wrong = _call(tests, {_get_secret(operation): Source("wrong")})
    return [
        *tests.read_stored([*called, access]),
        *called,
        f"assert answer.status_code == {operation.status}, answer.text",
        f'for wrong in ({access}, "a.b.c"):',
        *shift([*wrong, f"assert answer.status_code == {_find_refusal(operation)}, wrong"]),
    ]


def _try_reset(tests: OperationTests) -> Lines:
    """Return calls with a token for a new password: the first is answered, others are not."""
    entity, operation = tests.entity, tests.operation
    make = tests.imports.use("tests.factories", name_factory(tests.plan, entity.name))
    if not tests.setup:
        tests.setup = [f"caller = await {make}(session)"]
    issue = tests.imports.use(_SECURITY, "issue_reset_token")
    token = f"token = {issue}(str(caller.{name_row(entity.key)}), caller.password_hash)"
    called = _call_with(tests, "token")
    wrong = _call_with(tests, "wrong")
    return [
        *tests.read_stored([*called, token]),
        token,
        *called,
        f"assert answer.status_code == {operation.status}, answer.text",
        'for wrong in (token, "a.b.c"):',
        *shift([*wrong, f"assert answer.status_code == {_find_refusal(operation)}, wrong"]),
    ]


def _call_with(tests: OperationTests, name: str) -> Lines:
    """Return a call whose token, in the body or beside it, is what a variable holds."""
    secret = tests.operation.action.secret
    if secret is not None and secret.parameter:
        tests.values[secret.parameter] = name
        return _call(tests, {})
    return _call(tests, {_get_secret(tests.operation): Source(name)})


def _try_passwords(tests: OperationTests) -> Lines:
    """Return calls that change a password with a wrong one, and then with the right one."""
    operation, body = tests.operation, tests.make_body()
    changed = operation.action.new_secret
    old, new = body[_get_secret(operation)], body[changed.field] if changed else ""
    if tests.headers is None or not tests.setup or old == new:
        return []
    hashed = tests.imports.use(_SECURITY, "hash_password")
    verify = tests.imports.use(_SECURITY, "verify_password")
    make = name_factory(tests.plan, tests.entity.name)
    column = name_row(find_attribute(tests.entity, "password_hash").name)
    given = f"{hashed}({write_string(old)})"
    tests.setup = put(call(f"await {make}", "session", **{column: given}), before="caller = ")
    wrong = _call(tests, {_get_secret(operation): new})
    called = _call(tests, {})
    return [
        *tests.read_stored(called),
        *wrong,
        f"assert answer.status_code == {_find_refusal(operation)}, answer.text",
        *called,
        f"assert answer.status_code == {operation.status}, answer.text",
        "",
        *_read_hash(tests, column),
        f"assert {verify}({write_string(new)}, await database.read(read_hash))",
    ]


def _read_hash(tests: OperationTests, column: str) -> Lines:
    """Return a function that reads what is stored of the caller's password."""
    entity = tests.entity
    row = tests.imports.use(
        f"{ENTITIES}.{tests.plan.modules[entity.name]}", name_row_class(entity.name)
    )
    session = tests.imports.use("sqlalchemy.ext.asyncio", "AsyncSession")
    select = tests.imports.use("sqlalchemy", "select")
    key = name_row(entity.key)
    return [
        f"async def read_hash(session: {session}) -> str | None:",
        *shift(
            put(
                call(f"{select}({row}.{column}).where", f"{row}.{key} == caller.{key}"),
                before="chosen = ",
            )
        ),
        "    return await session.scalar(chosen)",
        "",
    ]


def _call(tests: OperationTests, given: dict[str, object]) -> Lines:
    return tests.call({**tests.make_body(), **given})


def _get_secret(operation: Operation) -> str:
    return operation.action.secret.field if operation.action.secret else ""


def _find_refusal(operation: Operation) -> int:
    rules: dict[str, int] = {rule.cause: rule.status for rule in operation.errors}
    return rules.get("bad_credentials", 401)
