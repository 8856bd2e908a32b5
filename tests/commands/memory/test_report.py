from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.learn.report import command
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.memory.report import render_period_json, run_report
from devmatrix_guard.errors import GitError, UsageError
from devmatrix_guard.model.answers.period import Period
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.period import period_html, period_markdown, period_text
from tests.helpers import commit, git, make_repo, write_tree

Render = Callable[[Period, str], str]

START = datetime.fromtimestamp(1_700_000_000, UTC)  # day 0 of the helpers' commits
RULE = """rules:
- id: {id}
  languages: [python]
  severity: {severity}
  message: Do not call {id}().
  pattern: {id}(...)
"""


def _rule(rule_id: str, severity: str = "WARNING") -> str:
    return RULE.format(id=rule_id, severity=severity)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A week of work after a month of older work."""
    repo = make_repo(tmp_path / "shop")
    commit(
        repo,
        {
            "a.py": "bad()\n",
            ".guard/rules/bad.yml": _rule("bad"),
            ".guard/rules/old.yml": _rule("old"),
            ".guard/rules/up.yml": _rule("up", "INFO"),
        },
        "Begin",
        day=0,
    )
    commit(
        repo,
        {"a.py": "bad()\nx = 1\nbad(2)\n", ".guard/rules/old.yml": None},
        "Fix the sum",
        day=30,
    )
    commit(
        repo,
        {
            "b.py": "bad()  # guard: ignore[bad] reason=needed kind=wont-fix\n",
            ".guard/rules/new.yml": _rule("new", "ERROR"),
            ".guard/rules/up.yml": _rule("up", "ERROR"),
        },
        "Add b | and c",
        day=32,
        author="Eve",
    )
    return repo


def _week(repo: Path) -> Period:
    return run_report(repo, START + timedelta(days=28), START + timedelta(days=35))


def test_only_what_the_period_brought_is_counted(repo: Path) -> None:
    week = _week(repo)
    assert (week.commits, week.authors, week.added_lines) == (2, 2, 3)
    assert [fix.subject for fix in week.fixes] == ["Fix the sum"]


def test_findings_are_those_on_added_lines(repo: Path) -> None:
    week = _week(repo)
    assert [(f.rule_id, f.path, f.start_line) for f in week.findings] == [("bad", "a.py", 3)]
    assert week.by_rule == [("bad", 1)]


def test_rules_are_compared_with_those_before(repo: Path) -> None:
    week = _week(repo)
    assert [(c.kind, c.id, c.before, c.after) for c in week.changes] == [
        ("new", "new", "", "block"),
        ("gone", "old", "warn", ""),
        ("raised", "up", "advise", "block"),
    ]
    assert week.stages == {"warn": 1, "block": 2}


def test_rules_that_nobody_has_committed_are_counted_too(repo: Path) -> None:
    write_tree(repo, {".guard/rules/fresh.yml": _rule("fresh")})
    week = _week(repo)
    assert week.uncommitted == 1
    said = " ".join(period_text.render(week, "").split())
    assert "rules of its own: 1 warn, 2 block. 1 of the work tree is not committed yet." in said


def test_new_suppressions_come_with_their_reasons(repo: Path) -> None:
    assert [(s.path, s.rules, s.reason) for s in _week(repo).suppressions] == [
        ("b.py", ("bad",), "needed")
    ]


def test_feedback_of_the_period_is_counted(repo: Path) -> None:
    folder = repo / ".guard/feedback"
    folder.mkdir()
    for name, at, verdict in (
        ("1", "2023-12-15T00:00:00Z", "useful"),
        ("2", "2023-12-16T00:00:00Z", "useful"),
        ("3", "2023-01-01T00:00:00Z", "useful"),
        ("4", "2023-12-16T00:00:00Z", "<b>"),
    ):
        (folder / f"{name}.json").write_text(json.dumps({"at": at, "verdict": verdict}))
    (folder / "broken.json").write_text("{")
    assert _week(repo).verdicts == {"useful": 2}


def test_a_history_that_begins_in_the_period_is_reported_whole(repo: Path) -> None:
    everything = run_report(repo, START - timedelta(days=1), START + timedelta(days=35))
    assert (everything.base, everything.commits, everything.added_lines) == ("", 3, 4)
    assert len(everything.findings) == 2


def test_patterns_learned_from_fixes_of_the_period_are_named(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    body = (
        "import yaml\n\n\ndef read(path):\n    with open(path) as s:\n        return yaml.load(s)\n"
    )
    commit(repo, {f"m{n}.py": body for n in range(4)}, "Begin", day=0)
    for n in range(4):
        fixed = body.replace("load(", "safe_load(")
        commit(repo, {f"m{n}.py": fixed}, f"Fix unsafe loading #{n}", day=20 + n)
    learn(repo)
    week = run_report(repo, START + timedelta(days=19), START + timedelta(days=26))
    assert [len(lesson.commits) for lesson in week.lessons] == [4]
    late = run_report(repo, START + timedelta(days=21, hours=1), START + timedelta(days=26))
    assert [len(lesson.commits) for lesson in late.lessons] == [2]


def test_a_period_that_ends_before_it_begins_is_refused(repo: Path) -> None:
    with pytest.raises(UsageError, match="not before its end"):
        run_report(repo, START, START)


def test_places_without_a_history_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        run_report(tmp_path, START, START + timedelta(days=1))
    empty = make_repo(tmp_path / "empty")
    with pytest.raises(UsageError, match="no commits yet"):
        run_report(empty, START, START + timedelta(days=1))


@pytest.mark.parametrize("render", [period_markdown.render, period_html.render, period_text.render])
def test_of_a_quiet_week_one_sentence_is_said(repo: Path, render: Render) -> None:
    quiet = run_report(repo, START + timedelta(days=40), START + timedelta(days=47))
    text = render(quiet, "")
    assert "No commit, no verdict on a finding" in text
    assert not re.search(r"\b0\b", text.rpartition("</style>")[2])
    assert "Findings" not in text


def test_few_lines_have_no_rate(repo: Path) -> None:
    assert "in a thousand lines" not in period_markdown.render(_week(repo))
    many = _week(repo)._replace(added_lines=2000)
    assert "0.5 in a thousand lines" in period_markdown.render(many)


def test_a_learned_rule_is_told_without_its_commits(repo: Path) -> None:
    learned = _rule("told").replace("told().", "told(). Learned from 2 fixes.")
    commit(repo, {".guard/rules/told.yml": learned}, "Learn", day=33)
    text = period_markdown.render(_week(repo))
    assert "Do not call told" in text
    assert "Learned from" not in text


def test_markdown_tables_survive_what_commits_say(repo: Path) -> None:
    commit(repo, {"c.py": "c = 1\n"}, "Fix a | b <script> @team `x`", day=33)
    text = period_markdown.render(_week(repo))
    row = next(line for line in text.splitlines() if "script" in line)
    assert row.count("|") == 4
    assert "<script>" not in row
    assert "@team" not in row


def test_html_is_one_page_that_loads_and_runs_nothing(repo: Path) -> None:
    commit(repo, {"c.py": "c = 1\n"}, "Fix <script>alert(1)</script>", day=33)
    page = period_html.render(_week(repo))
    assert page.startswith("<!doctype html>")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not [word for word in ("http:", "https:", "src=", "@import", "url(") if word in page]


def test_on_a_terminal_it_is_text_with_tables_and_bars(repo: Path) -> None:
    period = run_report(repo, START + timedelta(days=28), START + timedelta(days=40))
    plain = period_text.render(period)
    assert plain.startswith("shop: ")
    assert "1 of them a fix" in plain
    assert "Findings" in plain
    assert "█" in plain
    assert "\x1b" not in plain
    assert "|" not in plain
    assert max(map(len, plain.splitlines())) <= 100
    coloured = period_text.render(period, options=RenderOptions(color=True, width=60))
    assert "\x1b[1m" in coloured
    narrow = period_text.render(period, options=RenderOptions(width=60))
    assert max(map(len, narrow.splitlines())) <= 60


def test_text_is_what_a_terminal_gets_and_markdown_what_a_pipe_gets(repo: Path) -> None:
    run = CliRunner()
    assert run.invoke(command, [str(repo), "--since", "2023-11-01"]).output.startswith("# shop")
    shown = run.invoke(command, [str(repo), "--since", "2023-11-01", "--format", "text"])
    assert shown.output.startswith("shop: ")


def test_markup_in_a_commit_is_shown_as_it_is(repo: Path) -> None:
    commit(repo, {"c.py": "y = 1\n"}, "Fix [bold red]this[/] \x1b[31mnow", day=36)
    shown = period_text.render(run_report(repo, START, START + timedelta(days=40)))
    assert "[bold red]this[/]" in shown
    assert "\x1b" not in shown


def test_the_overview_is_one_file_that_loads_nothing(repo: Path, tmp_path: Path) -> None:
    learn(repo)
    place = tmp_path / "overview.html"
    done = CliRunner().invoke(command, [str(repo), "--html", str(place)])
    assert done.exit_code == 0, done.output
    page = place.read_text("utf-8")
    assert "What this repository has learned" in page
    assert "default-src &#x27;none&#x27;" in page
    assert not re.search(r"<script|<link|href=|src=|url\(", page)
    assert CliRunner().invoke(command, [str(repo), "--html", "x", "--week"]).exit_code == 2


def test_secrets_in_subjects_are_masked_in_every_form(repo: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    commit(repo, {"c.py": "c = 1\n"}, f"Fix {secret}", day=33)
    week = _week(repo)
    for text in (period_markdown.render(week), period_html.render(week), render_period_json(week)):
        assert secret not in text


def test_json_holds_every_part(repo: Path) -> None:
    data = json.loads(render_period_json(_week(repo)))
    assert data["schema_version"] == 1
    assert [change["kind"] for change in data["changes"]] == ["new", "gone", "raised"]
    assert data["findings"][0]["rule"] == "bad"
    assert data["since"] == "2023-12-12T22:13:20Z"


def test_files_are_written_by_their_suffix(repo: Path, tmp_path: Path) -> None:
    html, markdown = tmp_path / "r.html", tmp_path / "r.md"
    done = CliRunner().invoke(
        command,
        [str(repo), "--since", "2023-12-12", "--output", str(html), "--output", str(markdown)],
        standalone_mode=False,
    )
    assert done.return_value == 0, done.output
    assert html.read_text().startswith("<!doctype html>")
    assert markdown.read_text().startswith("# shop")


def test_an_output_of_no_known_kind_is_refused_before_the_work(repo: Path) -> None:
    done = CliRunner().invoke(command, [str(repo), "--output", "report.pdf"])
    assert done.exit_code == 2
    assert ".html" in done.output


@pytest.mark.parametrize("render", [period_html.render, period_markdown.render])
def test_commits_and_issues_are_links_where_the_remote_is_known(repo: Path, render: Render) -> None:
    fixed = commit(repo, {"a.py": "x = 2\n"}, "Fix <b> & #12, not a#13", day=33)
    web = "https://github.com/acme/shop"
    page, plain = render(_week(repo), web), render(_week(repo), "")
    assert f"{web}/commit/{fixed}" in page
    assert f"{web}/issues/12" in page
    assert "issues/13" not in page
    assert "github.com" not in plain


def test_a_report_says_how_far_migrations_have_got(tmp_path: Path) -> None:
    def write(name: str, call: str) -> str:
        return f"class {name}Test(Base):\n    def test_it(self):\n        self.{call}({name}, 1)\n"

    names = ("A", "B", "C")
    repo = make_repo(tmp_path / "repo")
    commit(repo, {f"tests/test_{n}.py": write(n, "assertEquals") for n in names}, "Test", day=0)
    commit(repo, {f"tests/test_{n}.py": write(n, "assertEqual") for n in names}, "Switch", day=1)
    late = commit(repo, {"tests/test_D.py": write("D", "assertEquals")}, "Test late", day=2)
    learn(repo)
    period = run_report(repo, START, START + timedelta(days=9))
    (migration,) = period.migrations
    assert (migration.done, migration.left, migration.stage) == (3, 1, "candidate")
    assert migration.again == (late[:10],)
    text = period_markdown.render(period, "")
    assert "## Migrations" in text
    assert "3 of 4" in text
    assert "not confirmed" in text
    assert json.loads(render_period_json(period))["migrations"][0]["left"] == 1
    assert "█░░░ 3 of 4" in period_text.render(period, "", RenderOptions(width=80))
    assert '<td class="share">' in period_html.render(period, "")


@pytest.mark.parametrize(
    "since",
    ["2026-01-01", "2026-02-01", "2026-02-20"],
    ids=["of all", "of a range", "after the fix"],
)
def test_a_regression_test_that_is_lost_is_told_alike_whatever_the_period_holds(
    tmp_path: Path, since: str
) -> None:
    repo = make_repo(tmp_path / "repo")
    broken = "def add(a, b):\n    return a - b\n"
    proof = "from a import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    start = datetime(2026, 1, 10, tzinfo=UTC)
    steps = [
        ({"a.py": broken}, "Start"),
        ({"a.py": broken.replace("-", "+"), "tests/test_a.py": proof}, "Fix the sum (#12)"),
        ({"tests/test_a.py": "x = 1\n"}, "Tidy"),
    ]
    for number, (files, message) in enumerate(steps):
        write_tree(repo, files)
        git(repo, "add", "-A")
        day = (start + timedelta(days=30 * number)).isoformat()
        who = {"GIT_COMMITTER_DATE": day, "GIT_AUTHOR_DATE": day}
        git(repo, "commit", "-q", "-m", message, env=who)
    begin = datetime.fromisoformat(since).replace(tzinfo=UTC)
    found = run_report(repo, begin, datetime(2026, 12, 1, tzinfo=UTC)).findings
    (lost,) = [finding for finding in found if finding.rule_id == "removed-proof"]
    assert (lost.path, lost.stage) == ("tests/test_a.py", "warn")
    assert "#12" in lost.message
    write_tree(repo, {"tests/test_a.py": proof})
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Back")
    found = run_report(repo, begin, datetime(2099, 1, 1, tzinfo=UTC)).findings
    assert all(finding.rule_id != "removed-proof" for finding in found)
