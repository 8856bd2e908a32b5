"""TLS to PostgreSQL, with an authority and certificates made for the test."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.memory.connect import open_memory
from tests.helpers_postgres import PostgresServer, start_postgres

pytestmark = pytest.mark.server
HBA = (
    "local all postgres trust\n"
    "host all postgres 127.0.0.1/32 trust\n"  # the helper looks whether the server is there
    "hostssl all ada 127.0.0.1/32 cert\n"
)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, another one, and certificates of a server and of ada."""
    folder = tmp_path_factory.mktemp("papers")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not to be had here")
    for authority in ("ca", "other"):
        _run_openssl(
            folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={authority}", "-keyout", f"{authority}.key", "-out", f"{authority}.crt",
        )  # fmt: skip
    for name, subject, extra in (
        ("server", "localhost", "subjectAltName=DNS:localhost"),
        ("ada", "ada", "extendedKeyUsage=clientAuth"),
    ):
        _run_openssl(
            folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={subject}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr",
        )  # fmt: skip
        (folder / "extra").write_text(extra)
        _run_openssl(
            folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "extra", "-out", f"{name}.crt",
        )  # fmt: skip
        (folder / f"{name}.key").chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def server(papers: Path) -> Iterator[PostgresServer]:
    """A server that speaks TLS; the wheel's does not, so it is the system's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("a PostgreSQL server that speaks TLS is not to be had here")

    def keep(data: Path) -> None:
        for name in ("ca.crt", "server.crt", "server.key"):
            shutil.copy(papers / name, data / name)
        (data / "server.key").chmod(0o600)
        (data / "pg_hba.conf").write_text(HBA)

    settings = (
        "fsync=off", "ssl=on", "ssl_ca_file=ca.crt", "ssl_cert_file=server.crt",
        "ssl_key_file=server.key",
    )  # fmt: skip
    with start_postgres(*settings, programs=found[-1].parent, keep=keep) as running:
        import psycopg

        with psycopg.connect(running.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE ada LOGIN")
            connection.execute("CREATE SCHEMA guard AUTHORIZATION ada")
        yield running


def make_url(server: PostgresServer, papers: Path, host: str, **more: str) -> str:
    """Return a URL with what is given, and 127.0.0.1 as the address of every name."""
    port = server.url.rpartition(":")[2].partition("/")[0]
    given = {"hostaddr": "127.0.0.1", **more}
    query = "&".join(f"{name}={value}" for name, value in given.items())
    return f"postgresql://ada@{host}:{port}/postgres?{query}"


def test_a_server_that_proves_itself_is_used_with_a_certificate(
    server: PostgresServer, papers: Path, tmp_path: Path
) -> None:
    url = make_url(
        server, papers, "localhost", sslmode="verify-full", sslrootcert=f"{papers}/ca.crt",
        sslcert=f"{papers}/ada.crt", sslkey=f"{papers}/ada.key",
    )  # fmt: skip
    with open_memory(url, tmp_path) as memory:
        memory.state.set("a", "1")
        assert memory.state.get("a") == "1"
        row = memory.database.fetch_row("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert row == (True,)


@pytest.mark.parametrize(
    ("host", "changed", "said"),
    [
        pytest.param("localhost", {"sslrootcert": "other.crt"}, "certificate", id="of another"),
        pytest.param("db.example.org", {}, "does not match host name", id="of another host"),
        pytest.param("localhost", {"sslcert": "", "sslkey": ""}, "certificate", id="none of ours"),
        pytest.param("localhost", {"sslrootcert": "absent.crt"}, "root certificate", id="no file"),
        pytest.param("localhost", {"sslmode": "disable"}, "no encryption", id="without TLS"),
    ],
)
def test_who_does_not_prove_itself_is_refused_in_one_sentence(
    server: PostgresServer,
    papers: Path,
    tmp_path: Path,
    host: str,
    changed: dict[str, str],
    said: str,
) -> None:
    files = {"sslrootcert": "ca.crt", "sslcert": "ada.crt", "sslkey": "ada.key"}
    given = {"sslmode": "verify-full"} | {
        name: f"{papers}/{value}" if value and name != "sslmode" else value
        for name, value in (files | changed).items()
    }
    with pytest.raises(MemoryStoreError) as caught:
        open_memory(make_url(server, papers, host, **given), tmp_path)
    message = str(caught.value)
    assert said in message
    assert "correct `memory`" in message
    assert "\n" not in message


def _run_openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
