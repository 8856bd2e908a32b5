"""Each view shows what the memory holds, or says what to do, and is locked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from fastapi.testclient import TestClient

from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.config import load_settings
from devmatrix_guard.model.knowledge.catalog import SuccessPattern
from devmatrix_guard.model.knowledge.knowledge import PatternNotes
from devmatrix_guard.server.app import make_app
from devmatrix_guard.server.page.layout import VIEWS
from devmatrix_guard.server.settings import ServeSettings
from tests.helpers import make_repo
from tests.server.page.world import HOSTILE, make_world

PATHS = [
    "/", "/patterns", "/patterns?q=old", "/patterns?type=fix&stage=warn&layer=3", "/rules",
    "/rules?shipped=true", "/lineage", "/lineage?name=a.py", "/runs", "/runs/run-1", "/bank",
    "/migrations", "/week", "/week?days=90", f"/patterns/{0:032x}", f"/patterns/{1:032x}",
    "/patterns/success-0", "/rules/undo-of-fix", f"/lineage?name={0:040x}", "/lineage?name=gone",
]  # fmt: skip


def _open(root: Path) -> TestClient:
    return TestClient(make_app(ServeSettings(root=str(root))), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with _open(make_world(tmp_path_factory.mktemp("page") / "shop")) as client:
        yield client


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with _open(make_world(tmp_path_factory.mktemp("page") / "bad", hostile=True)) as client:
        yield client


class _Checker(HTMLParser):
    """Notes what a page must not have, and whether its elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.problems += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.problems += [f"{tag} style" for name in given if name == "style"]
        if tag == "script" and not str(given.get("src")).startswith("/assets/"):
            self.problems.append("a script in the page")
        self.ids += [str(given["id"])] if "id" in given else []
        for name in ("href", "src", "action"):
            self.links += [str(given[name])] if name in given else []
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop() != tag:
            self.problems.append(f"{tag} is closed out of order")


def _check(page: str) -> None:
    checker = _Checker()
    checker.feed(page)
    assert checker.problems == []
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    for link in checker.links:
        assert re.match(r"(/(?!/)|#|\?)", link), link


@pytest.mark.parametrize("path", PATHS)
def test_a_view_is_sound_and_locked_up(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    _check(answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_a_hostile_text_stays_a_text(hostile: TestClient, path: str) -> None:
    answer = hostile.get(path)
    assert answer.status_code == 200
    _check(answer.text)
    for text in HOSTILE:
        assert "<" not in text or text not in answer.text
    assert "\u202e" not in answer.text
    assert "\x1b" not in answer.text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_address_says_stays_a_text(client: TestClient, text: str) -> None:
    for path in ("/patterns", "/lineage", "/rules", "/week"):
        answer = client.get(path, params={"q": text, "name": text, "order": text, "tag": text})
        _check(answer.text)
    for path in ("/patterns/", "/rules/", "/runs/"):
        answer = client.get(path + quote(text, safe=""))
        assert answer.status_code == 404
        if answer.headers["content-type"].startswith("text/html"):
            _check(answer.text)


def test_every_view_is_named_and_the_one_shown_is_marked(client: TestClient) -> None:
    for path, name in VIEWS.items():
        page = client.get(f"/{path}").text
        assert f'aria-current="page">{name}</a>' in page
        assert page.count("<h1>") == 1


def test_the_overview_counts_what_is_there(client: TestClient) -> None:
    page = client.get("/").text
    assert "Fix patterns by stage" in page
    assert "<h2>Migrations</h2>" in page
    assert "<b>1</b><span>fix remembered" in page
    assert "<b>1</b><span>test that proves one" in page
    assert "<b>6</b><span>patterns learned" in page
    assert "Remembered: 1 fix, and 1 test that prove them." in page


def test_the_overview_of_a_library_says_nothing_of_what_only_came_with_guard(
    tmp_path: Path,
) -> None:
    root = make_repo(tmp_path / "plain", {"a.py": "x = 1\n"})
    with open_project_memory(load_settings(root), root):
        pass
    with _open(root) as client:
        page = client.get("/").text
    assert "Nothing yet" in page
    assert "infra" not in page
    assert "<b>0</b><span>patterns learned" in page


def test_facets_narrow_the_list(client: TestClient) -> None:
    every = client.get("/patterns").text
    deploy = client.get("/patterns", params={"type": "deploy"}).text
    assert "success-0" in every
    assert "success-0" in deploy
    assert f"{0:032x}" not in deploy
    assert 'value="deploy" checked' in deploy
    found = client.get("/patterns", params={"stage": "advise"}).text
    assert f"{1:032x}" in found
    assert f"/patterns/{0:032x}" not in found
    assert "Nothing fits" in client.get("/patterns", params={"type": "none"}).text


def test_a_search_ranks_and_keeps_to_its_filters(client: TestClient) -> None:
    page = client.get("/patterns", params={"q": "old new", "type": "fix"}).text
    assert f"/patterns/{0:032x}" in page
    assert "success-0" not in page
    assert 'value="old new"' in page


def test_rows_alone_are_sent_to_a_script_that_asks(client: TestClient) -> None:
    page = client.get("/patterns?type=fix", headers={"X-Swap": "results"}).text
    assert "patterns</p>" in page
    assert 'class="facets"' not in page


def test_a_pattern_shows_evidence_commits_and_family(client: TestClient) -> None:
    page = client.get(f"/patterns/{0:032x}").text
    for text in ("Evidence", "60%", "places fixed", "Learned from", "Family", "similar-to, 80%"):
        assert text in page
    assert f"/patterns/{1:032x}" in page


def test_a_run_and_what_stands_out_are_shown(client: TestClient) -> None:
    assert "/runs/run-1" in client.get("/runs").text
    assert "TypeError" in client.get("/runs").text
    assert "guard generate" in client.get("/runs/run-1").text


def test_a_lineage_is_a_graph_and_a_table(client: TestClient) -> None:
    page = client.get("/lineage", params={"name": f"{0:040x}"}).text
    assert 'class="graph"' in page
    assert "The same as a table" in page
    gone = client.get("/lineage", params={"name": "gone"}).text
    assert "nothing is recorded about" in gone
    assert "For example" in gone


def test_the_alarms_of_a_rule_are_those_that_its_file_names(tmp_path: Path) -> None:
    root = make_world(tmp_path / "shop")
    evidence = {"sites_fixed": 7, "left_alone": 5, "replay": {"alarms": ["a b.py:1"] * 3}}
    guard = {"origin": "mined", "stage": "warn", "evidence": evidence}
    rule = {"id": "own", "languages": ["python"], "severity": "INFO", "message": "Not this.",
            "pattern": "old(...)", "metadata": {"guard": guard}}  # fmt: skip
    file = root / ".guard" / "rules" / "own.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"rules": [rule]}))
    with _open(root) as client:
        page = client.get("/rules").text
    assert re.search(r">7</td>.*?>5</td>.*?>3</td>", page, re.DOTALL)


def test_what_is_not_there_is_said(client: TestClient) -> None:
    for path in ("/patterns/none", "/rules/none", "/runs/none"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert 'role="alert"' in answer.text


def test_assets_are_kept_for_good_and_nothing_else_is_served(client: TestClient) -> None:
    page = client.get("/").text
    for address in re.findall(r'"(/assets/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    for name in ("../routes.py", "..%2Froutes.py", "style.css", "%00", "..\\routes.py"):
        assert client.get(f"/assets/{name}").status_code in (400, 404)


def test_without_a_memory_the_page_says_what_to_do(tmp_path: Path) -> None:
    with _open(make_repo(tmp_path / "new", {"a.py": "x = 1\n"})) as client:
        for path in VIEWS:
            answer = client.get(f"/{path}")
            assert answer.status_code == 200
            _check(answer.text)
        assert "guard learn" in client.get("/").text


def test_what_no_address_may_say_is_refused(client: TestClient) -> None:
    for path in (
        "/week?days=0",
        "/lineage?depth=99",
        "/patterns?page=0",
        f"/lineage?name={'x' * 501}",
    ):
        assert client.get(path).status_code == 422


def test_texts_of_several_lines_are_shown_line_by_line(tmp_path: Path) -> None:
    root = make_world(tmp_path / "shop")
    access = MemoryAccess(root)
    lines = "if a:\n\tb()\n"
    with access.lend(writing=True) as memory:
        (first, *_) = memory.patterns.list_all()
        pair = replace(first.pairs[0], before=lines, after="c()\nd()")
        memory.patterns.save([replace(first, before=lines, after="c()\nd()", pairs=(pair,))])
        memory.patterns.annotate(first.id, PatternNotes(problem="One\nTwo"))
        memory.successes.create(
            [SuccessPattern(id="s", pattern_type="deploy", name="n", description="One\nTwo")]
        )
    access.close()
    with _open(root) as client:
        shown = [client.get(f"/patterns/{key}").text for key in (first.id, "s")]
        rule = client.get("/rules/undo-of-fix").text
    for page in (*shown, rule):
        assert r"\n" not in page
        assert r"\t" not in page
        assert "One\nTwo" in page or page is rule
    assert "if a:\n    b()</code>" in shown[0]
    assert "in the same function" in rule
