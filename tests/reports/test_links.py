"""Links lead to the repository's own page, and only where its address says which."""

from __future__ import annotations

import io

import pytest

from devmatrix_guard.model.finding import Finding, Source
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.reports.links import find_web_address, link_commit, link_issues
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.render import render
from devmatrix_guard.reports.terminal import choose_options

COMMIT = "3f2a91c" + "0" * 33
GITHUB = "https://github.com/o/r"


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/o/r.git", GITHUB),
        ("https://me:secret@github.com/o/r", GITHUB),
        ("git@github.com:o/r.git", GITHUB),
        ("ssh://git@github.com:22/o/r.git", GITHUB),
        ("git@gitlab.example.org:group/sub/r.git", "https://gitlab.example.org/group/sub/r"),
        ("https://bitbucket.org/o/r", "https://bitbucket.org/o/r"),
        (
            "https://github.com/o/r)[x](javascript:alert",
            "https://github.com/o/r%29%5Bx%5D%28javascript%3Aalert",
        ),
        ("https://notgithub.com/o/r", ""),
        ("https://github.com", ""),
        ("https://codeberg.org/o/r", ""),
        ("/srv/git/github/r.git", ""),
        ("file:///srv/github.com/o/r", ""),
        ("https://[github.com/o/r", ""),
        ("", ""),
    ],
)
def test_a_remote_gives_its_page(remote: str, page: str) -> None:
    assert find_web_address(remote) == page


@pytest.mark.parametrize(
    ("web", "commit", "issue"),
    [
        (GITHUB, f"{GITHUB}/commit/{COMMIT}", f"{GITHUB}/issues/12"),
        ("https://gitlab.com/o/r", f"https://gitlab.com/o/r/-/commit/{COMMIT}", "https://gitlab.com/o/r/-/issues/12"),
        ("https://bitbucket.org/o/r", f"https://bitbucket.org/o/r/commits/{COMMIT}", "https://bitbucket.org/o/r/issues/12"),
    ],
)  # fmt: skip
def test_each_host_has_its_own_addresses(web: str, commit: str, issue: str) -> None:
    assert link_commit(web, COMMIT) == commit
    assert link_issues(web, "Fix (&#35;12)") == f"Fix ([&#35;12]({issue}))"


def test_what_is_no_commit_and_no_page_gets_no_link() -> None:
    assert link_commit(GITHUB, "x) [y](z") == ""
    assert link_commit("", COMMIT) == ""
    assert link_issues("", "&#35;12") == "&#35;12"


def report() -> CheckReport:
    source = Source(COMMIT, "2026-01-02", "Fix crash (#12)")
    finding = Finding("r", "a.py", 1, 1, 1, 2, "warn", "WARNING", None, "Wrong.", sources=(source,))
    return CheckReport(findings=(finding,))


def test_markdown_links_commits_and_issues() -> None:
    text = render("markdown", report(), RenderOptions(web=GITHUB))
    assert f"[<code>{COMMIT[:10]}</code>]({GITHUB}/commit/{COMMIT})" in text
    assert f"]({GITHUB}/issues/12)" in text
    assert "](" not in render("markdown", report(), RenderOptions())


def test_a_terminal_gets_links_only_where_it_shows_them() -> None:
    shown = render("text", report(), RenderOptions(color=True, links=True, web=GITHUB))
    assert f";{GITHUB}/commit/{COMMIT}\x1b\\" in shown
    for options in (RenderOptions(color=True, web=GITHUB), RenderOptions(web=GITHUB)):
        assert "\x1b]8" not in render("text", report(), options)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "links"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "VTE_VERSION": "4601"}, False),
        ({"TERM": "xterm", "VTE_VERSION": "7600"}, True),
    ],
)
def test_which_terminals_show_links(environ: dict[str, str], links: bool) -> None:
    assert choose_options(Terminal(), environ).links == links
    assert not choose_options(io.StringIO(), {**environ, "FORCE_COLOR": "1"}).links
