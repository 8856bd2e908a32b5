"""One connection to Neo4j, whose errors are those of a follower."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from devmatrix_guard.memory.followers.base import FollowerAwayError, RefusedError

PASSWORD_VARIABLE = "GUARD_NEO4J_PASSWORD"  # its name


class Neo4jConnection:
    """Runs statements on a server.

    Args:
        driver: of the neo4j package.
        name: what the server is called, without secrets.
    """

    def __init__(self, driver: Any, name: str) -> None:
        self._driver = driver
        self.name = name

    def run(self, query: str, /, **values: Any) -> list[Any]:
        """Run one statement and return its rows.

        Raises:
            FollowerAwayError: the server does not answer, or does not let us in.
            RefusedError: it takes no such statement.
        """
        with self._translate_errors(), self._driver.session() as session:
            return list(session.run(query, values))

    def write(self, action: Callable[[Any], None]) -> None:
        """Do all of `action`, which is given the transaction, or nothing; errors as of `run`."""
        with self._translate_errors(), self._driver.session() as session:
            session.execute_write(action)

    def close(self) -> None:
        """Let go of the server."""
        self._driver.close()

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        exceptions = import_module("neo4j.exceptions")
        try:
            yield
        except exceptions.AuthError:
            raise FollowerAwayError(
                f"{self.name} refused the login; set {PASSWORD_VARIABLE}, and the user in `graph`."
            ) from None
        except (exceptions.ServiceUnavailable, exceptions.SessionExpired) as error:
            raise FollowerAwayError(
                f"{self.name} does not answer; start it, or correct `graph`."
            ) from error
        except exceptions.TransientError as error:
            raise FollowerAwayError(f"{self.name} is busy ({error.code}).") from error
        except exceptions.DriverError as error:
            raise FollowerAwayError(
                f"{self.name} does not answer ({type(error).__name__})."
            ) from error
        except exceptions.Neo4jError as error:
            first = (error.message or "no reason given").splitlines()[0][:200].rstrip(".")
            raise RefusedError(f"{self.name} refuses this ({first}).") from error
