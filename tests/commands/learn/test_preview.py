"""A first look: what it shows, and that it leaves no trace."""

from __future__ import annotations

import io
import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from devmatrix_guard.commands.learn.output.preview_output import try_view
from devmatrix_guard.commands.learn.preview import OutOfTimeError, find_undone_in_time, try_out
from devmatrix_guard.errors import UsageError
from devmatrix_guard.mining.undo.history import Undone
from tests.helpers import commit, git, make_repo, tree_bytes


def fetcher(name: str, call: str) -> str:
    return f"import http_kit\n\n\ndef fetch_{name}(url):\n    return http_kit.{call}(url)\n"


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two fetchers are mended and a third is not; then one mend is taken back, and mended again."""
    names = ("one", "two", "three")
    repo = make_repo(tmp_path / "repo", {f"{n}.py": fetcher(n, "fetch") for n in names})
    mended = {f"{n}.py": fetcher(n, "fetch_checked") for n in names[:2]}
    commit(repo, mended, "Fix unchecked answers (#7)", day=1)
    commit(repo, {"one.py": fetcher("one", "fetch")}, "Simplify fetching", day=2)
    commit(repo, {"one.py": fetcher("one", "fetch_checked")}, "Check answers once more", day=3)
    return repo


def test_an_unfixed_sibling_is_named_with_its_place(history: Path) -> None:
    (sibling,) = try_out(history).siblings
    assert sibling.places == (("three.py", 5),)
    assert sibling.pattern.pairs[0].source.subject == "Fix unchecked answers (#7)"


def test_an_undone_fix_is_named_with_what_undid_it_and_what_mended_it_again(
    history: Path,
) -> None:
    (undone,) = try_out(history).undone
    assert undone.fix.issue == "#7"
    assert undone.by.subject == "Simplify fetching"
    assert undone.mended_again is not None
    assert undone.mended_again.subject == "Check answers once more"


def test_what_the_same_commits_did_to_several_places_is_told_once(history: Path) -> None:
    report = try_out(history)
    (undone,) = report.undone
    places = tuple(
        undone._replace(match=undone.match._replace(path=f"app/{n}.py")) for n in range(5)
    )
    text = try_view(report._replace(undone=places), "text", io.StringIO())
    assert "Fixes that a later commit undid: 1, 1 of them had to be fixed again" in text
    assert text.count("Simplify fetching") == 1
    assert "app/2.py" in text and "app/3.py" not in text
    assert "… and 2 more places" in text


def test_what_no_hook_would_stop_and_nobody_mended_is_counted_in_one_line(history: Path) -> None:
    report = try_out(history)
    (undone,) = report.undone
    quiet = undone._replace(mended_again=None, is_mentioned=True)
    text = try_view(report._replace(undone=(undone, quiet)), "text", io.StringIO())
    assert text.count("Simplify fetching") == 1
    assert "  1 more only in part, or written otherwise\n" in text
    text = try_view(report._replace(undone=(quiet,)), "text", io.StringIO())
    assert "Simplify fetching" not in text
    assert "  1 only in part, or written otherwise\n" in text
    listed = try_view(report._replace(undone=(undone, quiet)), "json", io.StringIO())
    assert len(json.loads(listed)["undone"]) == 2


def test_a_subject_of_a_whole_page_is_cut(history: Path) -> None:
    commit(history, {"one.py": fetcher("one", "fetch")}, "Simplify again " + "and again " * 40)
    text = try_view(try_out(history), "text", io.StringIO())
    assert text.count("…") == 1 and text.count("and again") < 10
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_the_body_that_only_stands_in_for_a_statements_own_is_not_shown(history: Path) -> None:
    report = try_out(history)
    (tried,) = report.siblings
    pair = replace(
        tried.pattern.pairs[0], before="if bad(x):\n    pass", after="if good(x):\n    pass"
    )
    shown = tried._replace(pattern=replace(tried.pattern, pairs=(pair,)))
    text = try_view(report._replace(siblings=(shown,)), "text", io.StringIO())
    assert "-if bad(x):" in text and "+if good(x):" in text
    assert "pass" not in text


def test_nothing_at_all_is_written(history: Path) -> None:
    before = tree_bytes(history)
    try_out(history)
    assert tree_bytes(history) == before


def test_the_text_is_plain_where_there_is_no_terminal(history: Path) -> None:
    text = try_view(try_out(history), "text", io.StringIO())
    assert "\x1b" not in text
    assert "-    return http_kit.fetch(url)" in text or "-return http_kit.fetch(url)" in text
    assert "three.py:5" in text


def test_json_holds_what_the_text_says(history: Path) -> None:
    value = json.loads(try_view(try_out(history), "json", io.StringIO()))
    assert value["schema_version"] == 1
    assert value["siblings"][0]["places"] == [{"path": "three.py", "line": 5}]
    assert value["undone"][0]["both_sides"] is True


def test_a_history_that_teaches_nothing_is_told_honestly(repo: Path) -> None:
    commit(repo, {"a.py": "answer = 42\n"}, "Start")
    assert "teach no rule" in try_view(try_out(repo), "text", io.StringIO())


def test_a_repository_without_commits_gets_one_sentence(repo: Path) -> None:
    with pytest.raises(UsageError, match="has no commits yet"):
        try_out(repo)


def test_reading_is_bounded_by_time_and_by_number(repo: Path) -> None:
    steps = [
        f"commit refs/heads/long\ncommitter A <a@example.com> {day} +0000\n"
        f"data 1\nx\nM 100644 inline a.py\ndata 9\nx = {day:05}\n"
        for day in range(10_000, 10_501)
    ]
    importing = ["git", "-C", str(repo), "fast-import", "--quiet"]
    subprocess.run(importing, input="".join(steps).encode(), check=True)
    git(repo, "checkout", "-q", "long")
    hurried = try_out(repo, seconds=1e-9)
    assert (hurried.commits, hurried.total) == (1, 501)
    said = try_view(hurried, "text", io.StringIO())
    assert "Read 1 of 501 commits" in said
    assert "`guard try --seconds 120` looks further back." in said
    assert try_out(repo, limit=500).commits == 500
    whole = try_out(repo)
    assert whole.commits == 501
    assert "reads further" not in try_view(whole, "text", io.StringIO())


def test_what_a_memory_watches_over_is_told_where_no_rule_is_learned(repo: Path) -> None:
    def serve(day: int) -> str:
        return f"import net\n\n\ndef serve(box):\n    return net.wait_{day}(box)\n"

    commit(repo, {"app.py": serve(0)}, "Start", day=0)
    for day in range(1, 4):
        files = {"app.py": serve(day)}
        files |= {"tests/test_app.py": f"assert {day}\n"} if day < 3 else {}
        commit(repo, files, f"Fix hang {day}", day=day)
    protected = try_out(repo).protected
    assert (protected.fixes, protected.tested) == (3, 2)
    ((path, qualname, fixes, last),) = protected.hot
    assert (path, qualname, fixes, last.subject) == ("app.py", "serve", 3, "Fix hang 3")
    said = try_view(try_out(repo), "text", io.StringIO())
    assert "3 fixes of code, 2 of them with a test" in said
    assert "app.py serve fixed 3 times, last by" in said


def test_fixes_in_other_languages_are_counted_and_not_called_nothing(repo: Path) -> None:
    old = "export function load{n}() {{\n  return fetch(url);\n}}\n"
    for number in range(4):
        commit(repo, {f"a{number}.ts": old.format(n=number)}, "Add")
        fixed = old.format(n=number).replace("fetch(url)", "fetch(url, {timeout: 5})")
        commit(repo, {f"a{number}.ts": fixed}, f"Fix hang (#{number})")
    report = try_out(repo)
    assert report.foreign == {"TypeScript": 4}
    said = try_view(report, "text", io.StringIO())
    assert "4 fixes in TypeScript: rules are learned from Python only." in said
    assert "Nothing here repeats" not in said
    assert json.loads(try_view(report, "json", io.StringIO()))["foreign_fixes"] == {"TypeScript": 4}


def test_undone_fixes_are_sought_in_as_many_commits_as_time_allows() -> None:
    asked: list[int] = []

    def look(count: int, until: float | None) -> list[Undone]:
        asked.append(count)
        if until is not None and time.monotonic() > until:
            raise OutOfTimeError
        return []

    assert find_undone_in_time(look, 5000, seconds=-1) == ([], 0)
    assert asked == [30]
    assert find_undone_in_time(look, 5000, seconds=None)[1] == 5000
    assert find_undone_in_time(look, 200, seconds=1e9)[1] == 200
    assert asked == [30, 5000, 30, 90, 200]
    assert find_undone_in_time(look, 3, seconds=1e9)[1] == 3


def test_what_does_not_end_in_time_is_given_up(history: Path) -> None:
    report = try_out(history, seconds=-1)
    assert report.undone_commits == 0 and not report.undone
    assert "There was no time to look for undone fixes." in try_view(report, "text", io.StringIO())


def test_what_there_was_no_time_to_judge_is_told(repo: Path) -> None:
    names = ("one", "two", "three")
    commit(repo, {f"{n}.py": fetcher(n, "fetch") for n in names}, "Start")
    mended = {f"{n}.py": fetcher(n, "fetch_checked") for n in names[:2]}
    commit(repo, mended, "Fix unchecked answers (#7)", day=1)
    whole, hurried = try_out(repo), try_out(repo, seconds=1e-9)
    assert whole.siblings and whole.notes == ()
    assert whole.candidates == hurried.candidates > 0
    assert not hurried.siblings and not hurried.best
    (note,) = hurried.notes
    count = hurried.candidates
    assert note.startswith(f"There was no time to judge {count} of {count} candidate patterns; ")
    assert "teach" not in try_view(hurried, "text", io.StringIO())


def test_a_part_of_the_commits_is_named_as_such(history: Path) -> None:
    whole = try_out(history)
    assert whole.undone_commits == whole.commits == 4
    shown = try_view(whole, "text", io.StringIO())
    assert "newest" not in shown and "further back" not in shown
    part = whole._replace(undone_commits=2)
    shown = try_view(part, "text", io.StringIO())
    shown = " ".join(shown.split())
    assert "again (newest 2 commits)" in shown and "looks further back" in shown
    nothing = try_view(part._replace(undone=()), "text", io.StringIO())
    assert "No fix was undone in the newest 2 commits." in nothing


def test_undone_fixes_of_the_product_come_before_those_of_pages(tmp_path: Path) -> None:
    names = ("docs/conf.py", "shop/conf.py")
    repo = make_repo(tmp_path / "repo", {n: fetcher("one", "fetch") for n in names})
    for name, day in ((names[1], 1), (names[0], 4)):
        fixed, old = fetcher("one", "fetch_checked"), fetcher("one", "fetch")
        commit(repo, {name: fixed}, f"Fix {name}", day=day)
        commit(repo, {name: old}, "Simplify fetching", day=day + 1)
        commit(repo, {name: fixed}, "Check answers once more", day=day + 2)
    assert [one.path for one in try_out(repo).undone] == [names[1], names[0]]
