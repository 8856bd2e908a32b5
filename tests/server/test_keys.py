"""`/api/v1/keys`: who may see, make and revoke keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devmatrix_guard.commands.service.keys import add_key, list_keys, revoke_key
from tests.helpers import make_repo
from tests.server.serving import Server

KEYS = "/api/v1/keys"


@pytest.fixture
def admin(server: Server) -> Iterator[str]:
    """The secret of a key that manages keys; keys that a test leaves are gone after it."""
    place = server.root / ".git" / "guard" / "api-keys.json"
    before = place.read_bytes()
    _, secret = add_key(server.root, "operator", ["admin"])
    server.await_key(secret, counts=True)
    yield secret
    place.write_bytes(before)


def test_a_key_is_made_used_and_revoked(server: Server, admin: str) -> None:
    made = server.ask("POST", KEYS, {"name": "ci", "scopes": ["read"]}, key=admin)
    assert made.status == 201
    assert made.headers["cache-control"] == "no-store"
    server.await_key(made.json["key"], counts=True)
    listed = server.ask("GET", KEYS, key=admin).json["keys"]
    assert [one["name"] for one in listed] == ["tests", "operator", "ci"]
    assert made.json["key"] not in json.dumps(listed)
    assert server.ask("DELETE", f"{KEYS}/{made.json['id']}", key=admin).status == 204
    server.await_key(made.json["key"], counts=False)
    assert server.ask("DELETE", f"{KEYS}/{made.json['id']}", key=admin).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/00000000")]
)
def test_a_key_that_writes_patterns_does_not_manage_keys(
    server: Server, method: str, path: str
) -> None:
    before = list_keys(server.root)
    body = {"name": "mine", "scopes": ["admin"]} if method == "POST" else None
    refused = server.ask(method, path, body)
    assert refused.status == 403
    assert "scope `admin`" in refused.json["detail"]
    assert list_keys(server.root) == before


def test_a_key_cannot_revoke_itself(server: Server, admin: str) -> None:
    own = next(key for key in list_keys(server.root) if key.name == "operator")
    refused = server.ask("DELETE", f"{KEYS}/{own.id}", key=admin)
    assert (refused.status, refused.json["detail"][:28]) == (409, "a key cannot revoke itself; ")
    assert own in list_keys(server.root)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a/b", "scopes": ["read"]}, "name"),
        ({"name": "x" * 65, "scopes": ["read"]}, "name"),
        ({"name": "a", "scopes": []}, "scopes"),
        ({"name": "a", "scopes": ["root"]}, "scopes"),
        ({"name": "a", "scopes": ["read"], "digest": "0"}, "digest"),
        ({"name": "a"}, "scopes"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_field(
    server: Server, admin: str, body: dict[str, object], field: str
) -> None:
    refused = server.ask("POST", KEYS, body, key=admin)
    assert refused.status == 422
    assert any(field in error["field"] for error in refused.json["errors"])


def test_a_name_is_there_once(server: Server, admin: str) -> None:
    refused = server.ask("POST", KEYS, {"name": "tests", "scopes": ["read"]}, key=admin)
    assert refused.status == 409
    assert "already" in refused.json["detail"]


def test_of_two_keys_that_revoke_each_other_at_once_one_stays(server: Server, admin: str) -> None:
    for number in range(5):
        made = [
            server.ask("POST", KEYS, {"name": f"{n}{number}", "scopes": ["admin"]}, key=admin).json
            for n in "ab"
        ]
        for one in made:
            server.await_key(one["key"], counts=True)
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(
                lambda pair: server.ask("DELETE", f"{KEYS}/{pair[1]['id']}", key=pair[0]["key"]),
                [made, made[::-1]],
            )
        assert sorted(answer.status for answer in answers) == [204, 401]
        left = {key.id for key in list_keys(server.root)} & {one["id"] for one in made}
        assert len(left) == 1


def test_a_key_that_was_revoked_makes_no_other_before_the_server_notices(
    server: Server, admin: str
) -> None:
    own = next(key for key in list_keys(server.root) if key.name == "operator")
    revoke_key(server.root, own.id)
    refused = server.ask("POST", KEYS, {"name": "back door", "scopes": ["admin"]}, key=admin)
    assert refused.status == 401
    assert [key.name for key in list_keys(server.root)] == ["tests"]


def test_processes_that_change_keys_at_once_lose_none(tmp_path: Path) -> None:
    make_repo(tmp_path)
    code = (
        "import sys; from pathlib import Path; "
        "from devmatrix_guard.commands.service.keys import add_key; "
        "[add_key(Path(sys.argv[1]), f'{sys.argv[2]}-{n}', ['read']) for n in range(20)]"
    )
    crowd = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)])
        for number in range(4)
    ]
    assert [process.wait(120) for process in crowd] == [0] * 4
    assert len(list_keys(tmp_path)) == 80
