"""What specs pass over: whose a row is, what an answer shows, which state a word stands for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devmatrix_guard.generator.spec.load import read_spec
from devmatrix_guard.verify.openapi import find_differences
from devmatrix_guard.verify.smoke import smoke
from devmatrix_guard.verify.smoke_tokens import issue_token
from tests.generated.test_declared import CASES, Client, serve_spec
from tests.generator.specs import read_case
from tests.helpers_apps import PYTHON

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="run scripts/app-environment first")
SECRET = "x" * 40  # that of the applications which `serve_spec` serves


def _check(name: str, served: Client) -> None:
    """Serve what is declared, and pass a smoke run."""
    declared = read_spec(CASES / f"{name}.yaml").root
    assert [*find_differences(declared, served.call("GET /openapi.json").json)] == []
    outcomes = smoke(read_case(name), served.base, secret=SECRET)
    assert [(o.operation, o.detail) for o in outcomes if o.status != "pass"] == []


@pytest.fixture(scope="module")
def lockers(tmp_path_factory: pytest.TempPathFactory, compiled: dict[str, str]) -> Iterator[Client]:
    yield from serve_spec(CASES / "lockers.yaml", tmp_path_factory.mktemp("lockers"), **compiled)


def test_only_whom_a_token_names_has_what_lies_below_him(lockers: Client) -> None:
    members = []
    for name in ("ada", "bo"):
        given = {"email": f"{name}@example.org", "password": "long enough"}
        members.append(lockers.call("POST /members", given).json["id"])
    ada, bo = members
    own, other = (f"Bearer {issue_token(str(key), SECRET)}" for key in (ada, bo))
    path = f"/members/{ada}/lockers"
    made = lockers.call(f"POST {path}", {"label": "left"}, Authorization=own)
    assert made.status == 201
    one = f"{path}/{made.json['id']}"
    assert lockers.call(f"PUT {one}", {"label": "right"}, Authorization=own).status == 200
    assert lockers.call(f"GET {one}", Authorization=own).json["label"] == "right"
    assert lockers.call(f"POST {path}", {"label": "mine"}, Authorization=other).status == 404
    for line in (f"GET {path}", f"GET {one}", f"DELETE {one}"):
        assert lockers.call(line, Authorization=other).status == 404
    assert lockers.call(f"DELETE {one}", Authorization=own).status == 204
    assert lockers.call(f"GET {path}", Authorization=own).json == []


def test_a_smoke_run_of_the_lockers_passes(lockers: Client) -> None:
    _check("lockers", lockers)
