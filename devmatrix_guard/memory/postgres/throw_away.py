"""A memory in a schema of its own on a server, which is dropped when it is closed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devmatrix_guard.memory.postgres.address import read_address
from devmatrix_guard.memory.postgres.memory import open_postgres
from devmatrix_guard.model.knowledge.repository import Repository

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory


@contextmanager
def open_throw_away(url: str) -> Iterator[Memory]:
    """Give an empty memory on the server at `url`; the one that may be there is not touched.

    Raises:
        MemoryStoreError: the server is away, or does not let us make a schema.
    """
    from psycopg.conninfo import make_conninfo

    schema = f"guard_doctor_{secrets.token_hex(6)}"
    parameters = {**read_address(url).parameters, "options": f"-c search_path={schema}"}
    # A connection string goes on as a URL does: psycopg reads both.
    memory = open_postgres(make_conninfo("", **parameters), Repository(), create=True)
    try:
        yield memory
    finally:
        try:
            memory.database.run(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        finally:
            memory.close()
