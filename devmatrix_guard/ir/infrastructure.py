"""The infrastructure area: how callers prove who they are, the database, settings."""

from __future__ import annotations

from typing import Literal

from devmatrix_guard.ir.node import Node
from devmatrix_guard.ir.shape import JsonValue


class AuthScheme(Node):
    """A security scheme.

    Attributes:
        name: a Python identifier; `wire` is the key in the spec.
        kind: as in OpenAPI.
        location, parameter: for `apiKey`: where, and the name of the header, parameter or cookie.
        prefix: the word before the credential in a header: `Bearer`, `Basic`, `Token`; "" for none.
        format: `bearerFormat`.
        issuer: `token` when operations of this API issue the credentials (login, register),
            `password` for HTTP basic against the principal, `configured` when they are given by
            settings.
        flows: OAuth2 flows as canonical JSON text, for the published OpenAPI.
        declared: False where operations name a scheme that the spec does not describe.
    """

    name: str
    wire: str
    kind: Literal["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"]
    location: Literal["", "header", "query", "cookie"] = ""
    parameter: str = ""
    prefix: str = ""
    format: str = ""
    issuer: Literal["token", "password", "configured"] = "configured"
    scopes: tuple[tuple[str, str], ...] = ()
    flows: str = ""
    connect_url: str = ""
    description: str = ""
    pointer: str = ""
    declared: bool = True


class Principal(Node):
    """The entity whose rows sign in.

    Attributes:
        entity: its name.
        login: attributes any of which identifies it (`email`, `username`), all unique.
        password: the attribute that holds the hash.
        token: name of the `Derived` that shows a token, or "".
    """

    entity: str
    login: tuple[str, ...]
    password: str
    token: str = ""


class AppSetting(Node):
    """A setting read from the environment; a secret has no default."""

    name: str
    type: Literal["string", "integer", "boolean"]
    default: JsonValue | None = None
    secret: bool = False
    description: str = ""


class InfrastructureModel(Node):
    """Everything around the application; `database` is what compose starts, SQLite is the default
    of a plain run."""

    auth_schemes: tuple[AuthScheme, ...] = ()
    principal: Principal | None = None
    database: Literal["postgresql", "sqlite"] = "postgresql"
    observability: tuple[str, ...] = ("prometheus", "structlog")
    platform: str = "docker"
    servers: tuple[str, ...] = ()
    settings: tuple[AppSetting, ...] = ()
