"""Read the URL of a server: which schema it means, and how to speak of it without its secrets."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import quote

from devmatrix_guard.errors import MissingExtraError, UsageError

SCHEMA = "guard"
_SEARCH_PATH = re.compile(r"search_path\s*=\s*(?:\\ |\s)*\"?([^\s,\"\\]+)")


class Address(NamedTuple):
    """What `connect` is called with, the schema of the memory, and a name that holds no secret."""

    parameters: dict[str, Any]
    schema: str
    name: str


def read_address(url: str) -> Address:
    """Return what a `postgresql://` URL says.

    Raises:
        UsageError: it is not such a URL; it is not repeated, for it may hold a password.
        MissingExtraError: psycopg is not installed.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise MissingExtraError("postgres", "A memory on PostgreSQL") from error
    try:
        parameters = dict(conninfo_to_dict(url))
    except ProgrammingError:
        raise _refuse_address() from None
    if "@" in str(parameters.get("host") or ""):  # the end of a password that held one
        raise _refuse_address()
    found = _SEARCH_PATH.search(str(parameters.get("options") or ""))
    schema = found[1] if found else SCHEMA
    if schema == "information_schema" or schema.startswith(("pg_", "$")):
        raise UsageError(
            f"the address in `memory` names the schema {schema!r}, which is PostgreSQL's own; "
            "name another in `search_path`."
        )
    return Address(parameters, schema, _name(parameters))


def _refuse_address() -> UsageError:
    return UsageError(
        "the address in `memory` is not one of PostgreSQL; write "
        "`postgresql://USER@HOST:5432/DATABASE`, with special characters percent-encoded."
    )


def _name(parameters: dict[str, Any]) -> str:
    user = f"{quote(str(parameters['user']))}@" if "user" in parameters else ""
    host = str(parameters.get("host") or "")
    port = f":{parameters['port']}" if "port" in parameters else ""
    database = quote(str(parameters.get("dbname") or ""))
    return f"postgresql://{user}{quote(host, safe='[]:,')}{port}/{database}"
