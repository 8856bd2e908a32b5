"""The page in a real Chromium: accessible by axe, no script of others, keys, phone, themes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api as api

from tests.server.page.world import make_world

pytestmark = [pytest.mark.slow, pytest.mark.server]
ROOT = Path(__file__).parents[3]
AXE = ROOT / ".tools/axe/node_modules/axe-core/axe.min.js"
BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
VIEWS = [
    "/", "/patterns", "/patterns?q=old", f"/patterns/{0:032x}", "/patterns/success-0", "/rules",
    "/rules/undo-of-fix", f"/lineage?name={0:040x}", "/lineage", "/runs", "/runs/run-1", "/bank",
    "/migrations", "/week",
]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of a world whose texts are hostile."""
    import uvicorn

    from devmatrix_guard.server.app import make_app
    from devmatrix_guard.server.settings import ServeSettings

    root = make_world(tmp_path_factory.mktemp("browser") / "shop", hostile=True)
    config = uvicorn.Config(make_app(ServeSettings(root=str(root))), log_level="critical")
    server = uvicorn.Server(config)
    with socket.socket() as listener:  # who connects early waits in its queue
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if BROWSER is None:
        pytest.skip("chromium is not to be had here: scripts/test-tools installs it where it may")
    with api.sync_playwright() as playwright:
        home = os.environ["HOME"]
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = playwright.chromium.launch(
            executable_path=BROWSER, args=arguments, env={**os.environ, "HOME": home}
        )
        yield made
        made.close()


class Visit:
    """A page that was opened: it, what it complained about, and where it went."""

    def __init__(self, browser: Any, url: str, *, width: int = 1200, dark: bool = False) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(url, wait_until="networkidle")

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("path", VIEWS)
def test_a_view_is_quiet_local_accessible_and_fits_a_phone(
    browser: Any, address: str, path: str
) -> None:
    if not AXE.exists():
        pytest.skip("npm's axe-core is not to be had here")
    for width, dark in ((1200, False), (360, True)):
        with Visit(browser, address + path, width=width, dark=dark) as visit:
            page = visit.page
            assert visit.complaints == []
            assert all(url.startswith(address) for url in visit.requests)
            assert page.evaluate("window.hit") is None
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            # A way in of the test's own, which the policy would keep out of the page.
            page.context.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
            page.evaluate(AXE.read_text("utf-8"))
            found = page.evaluate("axe.run().then(result => result.violations)")
            shown = [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
            assert shown == [], json.dumps(shown, indent=1)


def test_every_part_is_reached_by_the_keyboard(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/") as visit:
        page = visit.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        for name in ("Patterns", "Rules"):
            page.get_by_role("link", name=name, exact=True).first.focus()
            page.keyboard.press("Enter")
            page.wait_for_url(f"**/{name.lower()}")


def test_facets_narrow_the_list_without_a_new_page(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/patterns") as visit:
        page = visit.page
        page.evaluate("window.kept = 1")
        with page.expect_response("**/patterns?*"):
            page.get_by_role("checkbox", name="deploy").check()
        page.wait_for_url("**type=deploy**")
        page.wait_for_function("document.querySelectorAll('#results tbody tr').length === 6")
        assert page.evaluate("window.kept") == 1
        page.reload()
        assert page.get_by_role("checkbox", name="deploy").is_checked()


def test_it_works_without_scripts(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/patterns")
    page.get_by_role("searchbox").fill("old")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=old**")
    assert page.locator("#results").is_visible()
    assert page.locator("#theme").is_hidden()
    context.close()


def test_dark_and_light_are_the_systems_until_one_is_chosen(browser: Any, address: str) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    with Visit(browser, f"{address}/") as light, Visit(browser, f"{address}/", dark=True) as dark:
        by_day, by_night = light.page.evaluate(colour), dark.page.evaluate(colour)
        assert by_day != by_night
        light.page.get_by_role("button", name="Dark").click()
        assert light.page.evaluate(colour) == by_night
        light.page.goto(f"{address}/rules", wait_until="networkidle")
        assert light.page.evaluate(colour) == by_night


def test_the_graph_grows_and_shows_what_a_node_is_tied_to(browser: Any, address: str) -> None:
    with Visit(browser, f"{address}/lineage?name={0:040x}") as visit:
        page = visit.page
        size = "Number(document.getElementById('graph').getAttribute('width'))"
        before = page.evaluate(size)
        page.get_by_role("button", name="Make larger").click()
        assert page.evaluate(size) > before
        page.locator(".node.start").focus()
        assert page.locator(".edge.tied").count() == 5
        page.locator(".node").nth(2).click()
        page.wait_for_url(f"**name={'0' * 39}**")
