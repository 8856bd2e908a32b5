from __future__ import annotations

import sys

import pytest

from devmatrix_guard.errors import MissingExtraError, UsageError
from devmatrix_guard.memory.postgres.address import read_address


@pytest.mark.parametrize(
    ("url", "schema"),
    [
        ("postgresql://h/db", "guard"),
        ("postgres://u@h:5433/db?sslmode=require", "guard"),
        ("postgresql://h/db?options=-csearch_path%3Dteam", "team"),
        ("postgresql://h/db?options=-c%20search_path%3D%22Team%22%2Cpublic", "Team"),
        ("postgresql://h/db?options=-cgeqo%3Doff%20-csearch_path%3Da%2Cb", "a"),
    ],
)
def test_the_schema_is_guard_unless_the_url_names_one(url: str, schema: str) -> None:
    assert read_address(url).schema == schema


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://ada:s3cret@h:5433/db?sslmode=require", "postgresql://ada@h:5433/db"),
        ("postgresql://h/db?password=s3cret&user=ada", "postgresql://ada@h/db"),
        ("postgresql:///db", "postgresql:///db"),
    ],
)
def test_the_name_holds_no_password(url: str, name: str) -> None:
    assert read_address(url).name == name


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a:s3cret@[::1/db",
        "postgresql://a:s3c%ret@h/db",
        "postgresql://a:s3cret@h/?x=1",
    ],
)
def test_what_is_no_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="percent-encoded") as refused:
        read_address(url)
    assert "s3c" not in str(refused.value)


def test_without_psycopg_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"devmatrix-guard\[postgres\]"):
        read_address("postgresql://h/db")


def test_the_end_of_a_password_is_not_taken_for_the_host() -> None:
    with pytest.raises(UsageError, match="percent-encoded") as refused:
        read_address("postgresql://ada:s3c@ret@h:5432/db")
    assert "ret" not in str(refused.value).partition("write")[0]


@pytest.mark.parametrize("schema", ["pg_catalog", "pg_own", "information_schema", "$user"])
def test_a_schema_of_the_servers_own_is_refused(schema: str) -> None:
    with pytest.raises(UsageError, match=r"PostgreSQL's own; name another"):
        read_address(f"postgresql://h/db?options=-csearch_path%3D{schema}")
