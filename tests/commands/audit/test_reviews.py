from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.audit.reviews import import_reviews
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.rules.rules import approve_rule
from devmatrix_guard.commands.rules.rules import test_rules as prove_rules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.connect import open_memory
from tests.helpers import commit, git, tree_bytes, write_tree

DAY_0 = "2023-11-14"  # of the helpers' commits
_HEAD = "import wire\n\n\n"
_ASKED = "def {0}(url):\n    page = clean(url)\n    return wire.get(page)\n"
_ANSWERED = _ASKED.replace("get(page)", "get(page, timeout=3)")


def ask(number: int, path: str, *, day: int, by: str = "ada", **facts: Any) -> dict[str, Any]:
    """A comment on the last line of a function, as GitHub prints it."""
    name = path.removesuffix(".py")
    lines = (_HEAD + _ASKED.format(name)).splitlines()
    hunk = "@@ -0,0 +1,6 @@\n" + "\n".join(f"+{line}" for line in lines)
    return {
        "id": number,
        "path": path,
        "line": 6,
        "original_commit_id": "f" * 40,
        "diff_hunk": hunk,
        "user": {"login": by},
        "body": "This call may hang: please pass a timeout",
        "created_at": f"2023-11-{14 + day:02}T22:13:19Z",
        "html_url": f"https://github.example/o/n/pull/{number}#r{number}",
        **facts,
    }


@pytest.fixture
def reviewed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two changes that a reviewer's comment led to: one on a merged branch, one squashed."""
    commit(repo, {"wire.py": "def get(url, timeout=None):\n    pass\n"}, "Begin")
    git(repo, "checkout", "-q", "-b", "pay")
    commit(repo, {"pay.py": _HEAD + _ASKED.format("pay")}, "Pay", day=1)
    commit(repo, {"pay.py": _HEAD + _ANSWERED.format("pay")}, "Review", day=3)
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge pay", "pay")
    commit(repo, {"mail.py": _HEAD + _ANSWERED.format("mail")}, "Mail (#2)", day=6)
    commit(repo, {"news.py": _HEAD + _ASKED.format("news")}, "News", day=7)
    comments = [ask(1, "pay.py", day=2), ask(2, "mail.py", day=5, by="bob")]
    write_tree(repo, {"comments.json": json.dumps(comments)})
    monkeypatch.chdir(repo)
    return repo


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["import", "reviews", *arguments], standalone_mode=False)


def test_comments_are_tied_to_the_edits_that_answered_them(reviewed: Path) -> None:
    done = import_reviews(reviewed, reviewed / "comments.json")
    assert (done.comments, done.new, done.answered) == (2, 2, 2)
    with open_memory(".guard/memory.db", reviewed) as memory:
        kept = {one.path: one for one in memory.reviews.list_all()}
    assert kept["pay.py"].answer == git(reviewed, "rev-parse", "pay").strip()
    assert kept["mail.py"].answer == git(reviewed, "log", "-1", "--format=%H", "mail.py").strip()
    for one in kept.values():
        assert one.before.strip() == "return wire.get(page)"
        assert one.after.strip() == "return wire.get(page, timeout=3)"


def test_what_two_people_asked_for_becomes_a_candidate_with_their_words(reviewed: Path) -> None:
    (lesson,) = import_reviews(reviewed, reviewed / "comments.json").lessons
    assert (lesson.request.reviewers, lesson.status) == (2, "new")
    path = reviewed / f".guard/rules/{lesson.rule_id}.yml"
    (rule,) = yaml.safe_load(path.read_text())["rules"]
    guard = rule["metadata"]["guard"]
    assert guard["stage"] == "candidate"
    assert [quote["by"] for quote in guard["quotes"]] == ["ada", "bob"]
    assert guard["evidence"]["left_alone"] == 1
    assert "Asked for by 2 reviewers in 2 reviews." in rule["message"]
    assert [one.failures for one in prove_rules(reviewed) if one.rule_id == lesson.rule_id] == [()]


def test_the_rule_finds_what_reviewers_would_have_asked_for(reviewed: Path) -> None:
    (lesson,) = import_reviews(reviewed, reviewed / "comments.json").lessons
    approve_rule(reviewed, lesson.rule_id, stage="warn")
    found = CliRunner().invoke(cli, ["check", "--all", "--fail-on", "warn"], standalone_mode=False)
    assert "news.py" in found.output
    assert import_reviews(reviewed, reviewed / "comments.json").lessons[0].status == "kept"


def test_reading_again_changes_nothing(reviewed: Path) -> None:
    import_reviews(reviewed, reviewed / "comments.json")
    before = {n: c for n, c in tree_bytes(reviewed).items() if "memory" not in n}
    again = import_reviews(reviewed, reviewed / "comments.json")
    assert (again.new, again.lessons[0].status) == (0, "unchanged")
    assert {n: c for n, c in tree_bytes(reviewed).items() if "memory" not in n} == before


def test_learning_from_the_history_leaves_the_rules_of_reviews(reviewed: Path) -> None:
    (lesson,) = import_reviews(reviewed, reviewed / "comments.json").lessons
    learn(reviewed)
    assert (reviewed / f".guard/rules/{lesson.rule_id}.yml").exists()


def test_a_dry_run_writes_nothing(reviewed: Path) -> None:
    before = tree_bytes(reviewed)
    done = run("comments.json", "--dry-run")
    assert "by 2 reviewers in 2 reviews, answered 2" in done.output
    assert "Quoted from reviews: data, not instructions." in done.output
    assert tree_bytes(reviewed) == before


def test_what_one_person_asked_for_twice_is_nothing_yet(reviewed: Path) -> None:
    comments = [ask(1, "pay.py", day=2), ask(2, "mail.py", day=5)]
    write_tree(reviewed, {"comments.json": json.dumps(comments)})
    assert import_reviews(reviewed, reviewed / "comments.json").lessons == ()
    assert "Nothing was asked for by two reviewers" in run("comments.json").output


def test_a_comment_that_nothing_answered_is_kept_without_an_answer(reviewed: Path) -> None:
    comments = [ask(n, "news.py", day=8, by=by) for n, by in ((1, "ada"), (2, "bob"))]
    write_tree(reviewed, {"comments.json": json.dumps(comments)})
    done = import_reviews(reviewed, reviewed / "comments.json")
    assert (done.answered, len(done.lessons), done.lessons[0].rule_id) == (0, 1, "")


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"path": "../../etc/passwd"}, id="outside"),
        pytest.param({"path": "no.py"}, id="no such file"),
        pytest.param({"created_at": "soon"}, id="no time"),
        pytest.param({"diff_hunk": None}, id="no hunk"),
        pytest.param({"line": -1, "original_line": "x"}, id="no line"),
        pytest.param({"body": "\0" * 9 + "\x1b[31m" + "x" * 99_999}, id="hostile text"),
        pytest.param({"original_commit_id": "--upload-pack=x"}, id="a commit that is an option"),
    ],
)
def test_strange_comments_do_no_harm(reviewed: Path, facts: dict[str, Any]) -> None:
    comments = [ask(n, "pay.py", day=2, by=by) | facts for n, by in ((1, "ada"), (2, "bob"))]
    write_tree(reviewed, {"comments.json": json.dumps(comments)})
    done = run("comments.json")
    assert done.exception is None
    assert "\x1b" not in done.output


def test_a_secret_in_a_comment_is_not_kept(reviewed: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    comments = [ask(1, "pay.py", day=2, body=f"the token {secret} leaks here")]
    write_tree(reviewed, {"comments.json": json.dumps(comments)})
    import_reviews(reviewed, reviewed / "comments.json")
    assert secret.encode() not in (reviewed / ".guard/memory.db").read_bytes()


def test_a_file_without_comments_is_refused(reviewed: Path) -> None:
    write_tree(reviewed, {"comments.json": '{"message": "Not Found"}'})
    with pytest.raises(UsageError, match="gh api"):
        import_reviews(reviewed, reviewed / "comments.json")
