"""What a generated application does when its database closes the connections it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import serve
from tests.generated.test_declared import Client
from tests.generated.test_shop import SHOP
from tests.helpers_apps import PYTHON, place_application
from tests.helpers_postgres import own_database

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first"),
]


@pytest.fixture(scope="module")
def database(postgres_url: str) -> Iterator[str]:
    with own_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def shop(
    database: str, tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("shop")
    run_generate(SHOP, folder / "app")
    place = place_application(folder / "app", **compiled)
    with ExitStack() as stack:
        url = database.replace("postgresql://", "postgresql+psycopg://")
        yield Client(stack.enter_context(serve(place, url)))


def _add(shop: Client, sku: str) -> Any:
    body = {"sku": sku, "name": "Lamp", "price": "1.50", "stock": 1}
    return shop.call("POST /products", body)


def _close_all(database: str) -> None:
    """End every connection but this one, as a restart of the server does."""
    with psycopg.connect(database, autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_no_request_notices_that_the_connections_were_closed(shop: Client, database: str) -> None:
    key = _add(shop, "LAMP-1").json["id"]
    _close_all(database)
    assert shop.call(f"GET /products/{key}").json["name"] == "Lamp"
    _close_all(database)
    assert _add(shop, "LAMP-2").status == 201
    _close_all(database)
    assert shop.call(f"POST /products/{key}/restock", {"quantity": 2}).json["stock"] == 3
    assert shop.call("GET /products?q=LAMP-2").json["total"] == 1


def test_what_only_reads_is_one_statement_without_a_transaction(
    shop: Client, database: str
) -> None:
    _close_all(database)
    assert shop.call(f"GET /products/{_add(shop, 'LAMP-3').json['id']}").status == 200
    with psycopg.connect(database, autocommit=True) as own:
        (state, last), *others = own.execute(
            "SELECT state, query FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert (state, last.split()[0], others) == ("idle", "SELECT", [])
