"""Learning: what a planted history teaches, and what survives trouble."""

from __future__ import annotations

import io
import json
import marshal
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from devmatrix_guard.commands.check.arguments.request import CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.learn.cache import read_known
from devmatrix_guard.commands.learn.fix_memory import BEGUN_NAME
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.learn.output.output import render_report
from devmatrix_guard.commands.learn.preview import try_out
from devmatrix_guard.commands.learn.results.folders import CACHE_NAME
from devmatrix_guard.commands.learn.results.report import LearnReport
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.commands.memory.patterns import list_patterns, search_patterns, show_pattern
from devmatrix_guard.commands.rules.explain import explain
from devmatrix_guard.commands.rules.rules import approve_rule, retire_rule
from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fix
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.errors import UsageError
from devmatrix_guard.git.repository import NotARepositoryError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.mining.candidates.rule_files import read_also
from devmatrix_guard.mining.sealed import unseal
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.reports.views.evidence import write_evidence
from tests.engine.oracle import ask, semgrep_path
from tests.helpers import commit, git, make_repo, tree_bytes, write_tree

NAMES = ("alpha", "beta", "gamma", "delta")


def reader(name: str, call: str) -> str:
    return (
        f"import shelf\n\n\ndef read_{name}({name}_path):\n"
        f"    with open({name}_path) as stream:\n        return shelf.{call}(stream)\n"
    )


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Four readers; three fixes make them load safely; plain commits come before and after."""
    repo = make_repo(
        tmp_path / "repo",
        {
            **{f"app/{name}.py": reader(name, "load") for name in NAMES},
            "app/__init__.py": "",
        },
    )
    for day, names in enumerate((NAMES[:2], NAMES[2:3], NAMES[3:]), start=1):
        files = {f"app/{name}.py": reader(name, "safe_load") for name in names}
        commit(repo, files, f"Fix unsafe loading (#{day})", day=day)
    later = "".join(f"def area_{n}(width):\n    return width * {n}\n\n\n" for n in range(120))
    commit(repo, {"app/areas.py": later}, "Add areas", day=9)
    return repo


def only_rule(report: LearnReport) -> dict[str, object]:
    (learned,) = report.rules
    text = (report.root / ".guard" / "rules" / f"{learned.rule_id}.yml").read_text()
    (rule,) = yaml.safe_load(text)["rules"]
    assert isinstance(rule, dict)
    return rule


def test_a_repeated_fix_becomes_a_rule_with_its_fix_and_its_sources(history: Path) -> None:
    rule = only_rule(learn(history))
    guard = rule["metadata"]["guard"]  # type: ignore[index]
    assert rule["pattern"] == "shelf.load"
    assert rule["fix"] == "shelf.safe_load"
    assert [source["subject"] for source in guard["sources"]] == [
        "Fix unsafe loading (#1)",
        "Fix unsafe loading (#2)",
        "Fix unsafe loading (#3)",
    ]
    assert (guard["evidence"]["sites_fixed"], guard["evidence"]["left_alone"]) == (4, 0)
    assert guard["stage"] == "block"


def test_a_partial_clone_whose_source_is_away_is_learned_from_and_says_what_is_missing(
    tmp_path: Path,
) -> None:
    source = make_repo(tmp_path / "source", {"a.py": "def load(p):\n    return open(p)\n"})
    git(source, "config", "uploadpack.allowFilter", "true")
    fixed = "def load(p):\n    if not p:\n        raise KeyError(p)\n    return open(p)\n"
    commit(source, {"a.py": fixed}, "Fix loading of nothing")
    commit(source, {"a.py": "def load(p):\n    return open(p)  # all\n"}, "Tidy")
    git(tmp_path, "clone", "-q", "--filter=blob:none", source.as_uri(), "partial")
    shutil.rmtree(source)
    report = learn(tmp_path / "partial")
    assert report.commits == 3
    told = "2 contents of changed files are missing here, as in a partial or damaged clone"
    assert [note for note in report.notes if note.startswith(told)] == list(report.notes)
    assert told in " ".join(try_out(tmp_path / "partial").notes)
    assert learn(tmp_path / "partial").notes == ()  # nothing new, so nothing was read


def test_a_rule_fires_before_is_silent_after_and_its_fix_gives_the_fixed_form(
    history: Path,
) -> None:
    rule = only_rule(learn(history))
    first, second = rule["metadata"]["guard"]["examples"]  # type: ignore[index]
    (match,) = find_matches(rule, first["invalid"])
    fix = build_fix(rule, match, first["invalid"].encode())
    assert fix is not None and fix.safe
    assert apply_edits(first["invalid"].encode(), fix.edits).decode() == first["fixed"]
    assert find_matches(rule, first["fixed"]) == []
    assert find_matches(rule, second["valid"]) == []


def checker(name: str, call: str, *, lines: int = 1) -> str:
    body = "".join(f"        self.{call}(read_{name}({n}), {n})\n" for n in range(lines))
    return f"class {name.title()}Test(Base):\n    def test_{name}(self):\n{body}"


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    """Three test files that one commit, which calls itself no fix, turns to another method."""
    repo = make_repo(
        tmp_path / "repo", {f"tests/test_{n}.py": checker(n, "assertEquals") for n in NAMES[:3]}
    )
    files = {f"tests/test_{n}.py": checker(n, "assertEqual") for n in NAMES[:3]}
    commit(repo, files, "Use the method that unittest keeps", day=1)
    commit(repo, {"app/areas.py": "def area(width):\n    return width\n"}, "Add areas", day=9)
    return repo


def test_what_one_commit_changed_everywhere_becomes_a_rule(swept: Path) -> None:
    report = learn(swept)
    rule = only_rule(report)
    assert (report.fixes, report.bulk_edits) == (0, 1)
    assert rule["pattern"] == "self.assertEquals($...ARGS)"
    assert rule["fix"] == "self.assertEqual($...ARGS)"
    assert "A migration: " in str(rule["message"])
    assert "changed 3 places, none left" in str(rule["message"])


def test_a_migration_advises_until_a_person_confirms_it(swept: Path) -> None:
    rule = only_rule(learn(swept))
    assert rule["metadata"]["guard"]["stage"] == "advise"  # type: ignore[index]
    (path,) = (swept / ".guard/rules").glob("*.yml")
    approve_rule(swept, path.stem, stage="block")
    (learned,) = learn(swept, again=True).rules
    assert (learned.stage, learned.pattern.stage) == ("block", "advise")


def test_a_line_in_the_settings_confirms_a_migration(swept: Path) -> None:
    learn(swept)
    lines = ["use assertEqual, not assertEquals", "use b, not a"]
    (swept / "guard.toml").write_text(f"migrations = {lines}\n")
    report = learn(swept)
    assert [one.stage for one in report.rules] == ["warn"]
    assert [n for n in report.notes if "No migration in this history is `use b, not a`" in n]
    (swept / "guard.toml").write_text("")
    assert [one.stage for one in learn(swept).rules] == ["advise"]


def test_a_migration_that_was_reversed_later_is_none(swept: Path) -> None:
    files = {f"tests/test_{n}.py": checker(n, "assertEquals") for n in NAMES[:3]}
    commit(swept, files, "Go back to the old method", day=10)
    assert learn(swept).rules == ()


def test_how_far_a_migration_has_got_is_told(swept: Path) -> None:
    late = checker("late", "assertEquals")
    late_commit = commit(swept, {"tests/test_late.py": late}, "Test late", day=11)
    text = render_report(learn(swept), "text", io.StringIO())
    assert f"by 1 commit ({late_commit[:10]})" in text
    assert "Migrations" in text
    assert [line for line in text.splitlines() if len(line) > 80] == []
    text = " ".join(text.split())
    assert "3 of 4 places done (75 %), 1 left; written the old way since by 1 commit" in text
    assert "guard rules approve learned-assertequals" in text


def test_what_was_learned_in_tests_is_said_of_tests(swept: Path) -> None:
    assert only_rule(learn(swept))["paths"] == {"include": ["/tests/**"]}


def test_what_was_learned_in_the_product_is_said_of_every_file(history: Path) -> None:
    assert "paths" not in only_rule(learn(history))


def test_what_ruff_finds_already_does_not_block(history: Path) -> None:
    for name in NAMES:
        path = history / f"app/{name}.py"
        path.write_text(path.read_text().replace("shelf", "yaml"))
    commit(history, {}, "Use another library", day=20)
    for day, name in enumerate(NAMES, start=21):
        path = history / f"app/{name}.py"
        commit(history, {f"app/{name}.py": path.read_text().replace("safe_load", "load")}, "Load")
        files = {f"app/{name}.py": path.read_text().replace("load", "safe_load")}
        commit(history, files, "Fix unsafe loading", day=day)
    report = learn(history)
    (learned,) = (one for one in report.rules if "yaml" in one.pattern.before)
    assert learned.pattern.evidence.also == ("ruff S506",)
    assert learned.stage == "warn"
    path = history / f".guard/rules/{learned.rule_id}.yml"
    assert read_also(path.read_text()) == ("ruff S506",)


def test_a_helper_that_is_gone_needs_no_rule(tmp_path: Path) -> None:
    tools = "def fetch_all(path):\n    pass\n\n\ndef fetch_page(path):\n    pass\n"

    def use(name: str, call: str) -> str:
        return f"from app.tools import {call}\n\n\ndef {name}(path):\n    return {call}(path)\n"

    repo = make_repo(
        tmp_path / "repo",
        {"app/tools.py": tools} | {f"app/{n}.py": use(n, "fetch_all") for n in NAMES},
    )
    for day, name in enumerate(NAMES, start=1):
        commit(repo, {f"app/{name}.py": use(name, "fetch_page")}, "Fix the timeouts", day=day)
    assert [r.pattern.before for r in learn(repo, dry_run=True).rules] == ["app.tools.fetch_all"]
    commit(repo, {"app/tools.py": tools[tools.index("def fetch_page") :]}, "Drop it", day=9)
    report = learn(repo)
    assert report.rules == ()
    assert report.dropped["what it looks for is gone from the project"] > 0


@pytest.mark.parametrize("folder", ["vendor", "app/third_party", "app/_vendor"])
def test_nothing_is_learned_from_the_code_of_others(tmp_path: Path, folder: str) -> None:
    repo = make_repo(
        tmp_path / "repo", {f"{folder}/{name}.py": reader(name, "load") for name in NAMES}
    )
    for day, name in enumerate(NAMES, start=1):
        files = {f"{folder}/{name}.py": reader(name, "safe_load")}
        commit(repo, files, "Fix unsafe loading", day=day)
    assert learn(repo).rules == ()


def test_nothing_is_learned_from_generated_code(tmp_path: Path) -> None:
    head = "# Generated by a tool. Do not edit.\n"
    repo = make_repo(
        tmp_path / "repo", {f"app/{name}.py": head + reader(name, "load") for name in NAMES}
    )
    for day, name in enumerate(NAMES, start=1):
        files = {f"app/{name}.py": head + reader(name, "safe_load")}
        commit(repo, files, "Fix unsafe loading", day=day)
    assert learn(repo).rules == ()


def test_what_is_missing_in_a_damaged_clone_costs_only_itself(history: Path) -> None:
    before = {f"app/data{n}.txt": f"line {n}\n" * 40 for n in range(3)}
    commit(history, before, "Add data", day=3)
    moved = {f"data/part{n}.txt": f"line {n}\n" * 41 for n in range(3)}
    commit(history, {**dict.fromkeys(before), **moved}, "Move the data", day=4)
    commit(history, {"app/one.py": "x = 1\n"}, "Add one", day=5)
    lost = git(history, "rev-parse", "HEAD~1:data/part1.txt").strip()
    (history / ".git/objects" / lost[:2] / lost[2:]).unlink()
    report = learn(history)
    assert only_rule(report)["fix"] == "shelf.safe_load"
    assert report.commits == 8
    assert any("contents are missing" in note for note in report.notes)


def test_a_fix_whose_contents_are_missing_is_spoken_of(history: Path) -> None:
    commit(history, {"app/sum.py": "def add(a):\n    return a - 1\n"}, "Add sum", day=3)
    commit(history, {"app/sum.py": "def add(a):\n    return a + 1\n"}, "Fix sum", day=4)
    lost = git(history, "rev-parse", "HEAD~1:app/sum.py").strip()
    (history / ".git/objects" / lost[:2] / lost[2:]).unlink()
    report = learn(history)
    assert [note[:47] for note in report.notes] == [
        "1 contents of changed files are missing here, a"
    ]


def test_what_one_commit_changed_in_two_places_is_no_rule(tmp_path: Path) -> None:
    names = NAMES[:2]
    repo = make_repo(
        tmp_path / "repo", {f"tests/test_{n}.py": checker(n, "assertEquals") for n in names}
    )
    commit(repo, {f"tests/test_{n}.py": checker(n, "assertEqual") for n in names}, "Turn", day=1)
    report = learn(repo)
    assert (report.bulk_edits, report.rules) == (0, ())


def test_a_method_of_its_own_that_a_project_renamed_is_no_rule(swept: Path) -> None:
    base = "class Base:\n    def {}(self, first, second):\n        assert first == second\n"
    commit(swept, {"tests/base.py": base.format("check_same")}, "Add a base", day=10)
    for day, call in ((11, "check_same"), (12, "check_equal")):
        files = {f"tests/test_{n}.py": checker(n, call, lines=2) for n in NAMES[:3]}
        files["tests/base.py"] = base.format(call)
        commit(swept, files, f"Call it {call}", day=day)
    assert [
        rule.pattern.before for rule in learn(swept).rules if "check" in rule.pattern.before
    ] == []


def test_what_a_bulk_edit_left_alone_at_the_time_is_no_rule(swept: Path) -> None:
    old = [f"old{n}" for n in range(9)]
    kept = {f"tests/test_{n}.py": checker(n, "assertRegexpMatches") for n in old}
    turned = {f"tests/test_{n}.py": checker(n, "assertRegexpMatches") for n in NAMES[:3]}
    commit(swept, kept | turned, "Match", day=10)
    turned = {f"tests/test_{n}.py": checker(n, "assertRegex") for n in NAMES[:3]}
    commit(swept, turned, "Use another method here", day=11)
    git(swept, "rm", "-q", *kept)
    commit(swept, {}, "Drop the old tests", day=12)
    report = learn(swept)
    assert report.dropped["the fix left more places alone than it changed"] > 0
    assert [r.pattern.before for r in report.rules if "Regex" in r.pattern.before] == []


def test_bulk_edits_are_read_once(swept: Path) -> None:
    learn(swept)
    before = tree_bytes(swept / ".guard" / "rules")
    commit(swept, {"app/other.py": "x = 1\n"}, "Add more", day=13)
    report = learn(swept)
    assert report.bulk_edits == 1
    assert tree_bytes(swept / ".guard" / "rules").keys() == before.keys()


def test_learning_twice_changes_nothing(history: Path) -> None:
    learn(history)
    before = tree_bytes(history / ".guard" / "rules")
    assert not learn(history).fresh
    learn(history, again=True)
    assert tree_bytes(history / ".guard" / "rules") == before


def test_learning_on_is_the_same_as_learning_from_the_start(history: Path) -> None:
    learn(history)
    commit(history, {"app/new.py": reader("new", "load")}, "Add a reader", day=10)
    commit(history, {"app/new.py": reader("new", "safe_load")}, "Fix the new reader", day=11)
    learn(history)
    step_by_step = tree_bytes(history / ".guard" / "rules")
    shutil.rmtree(history / ".guard")
    learn(history)
    assert tree_bytes(history / ".guard" / "rules") == step_by_step


def test_a_dry_run_writes_nothing(history: Path) -> None:
    before = tree_bytes(history)
    report = learn(history, dry_run=True)
    assert len(report.rules) == 1
    assert tree_bytes(history) == before
    said = render_report(report, "text", io.StringIO())
    assert "Nothing was written" in said
    assert "review .guard/rules" not in said


def test_what_a_person_edited_stays_and_only_the_evidence_is_renewed(history: Path) -> None:
    (learned,) = learn(history).rules
    file = history / ".guard" / "rules" / f"{learned.rule_id}.yml"
    edited = "# Agreed in the meeting.\n" + file.read_text().replace(
        "stage: block\n        pattern", "stage: retired\n        pattern"
    )
    file.write_text(edited)
    commit(history, {"app/new.py": reader("new", "load")}, "Add a reader", day=10)
    (again,) = learn(history).rules
    assert (again.status, again.stage) == ("kept", "retired")
    assert file.read_text().startswith("# Agreed in the meeting.\n")
    rule = only_rule(learn(history, again=True))
    assert rule["metadata"]["guard"]["stage"] == "retired"  # type: ignore[index]
    assert rule["metadata"]["guard"]["evidence"]["left_alone"] == 1  # type: ignore[index]


def test_a_damaged_memory_is_set_aside_and_learned_anew(history: Path) -> None:
    learn(history)
    rules = tree_bytes(history / ".guard" / "rules")
    (history / ".guard" / "memory.db").write_bytes(b"this is no database" * 200)
    report = learn(history)
    assert "damaged" in report.notes[0]
    assert list((history / ".guard").glob("memory.db.corrupt-*"))
    assert tree_bytes(history / ".guard" / "rules") == rules


def test_a_lost_cache_costs_only_time(history: Path) -> None:
    learn(history)
    rules = tree_bytes(history / ".guard" / "rules")
    shutil.rmtree(history / ".git" / "guard")
    learn(history)
    assert tree_bytes(history / ".guard" / "rules") == rules


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("ghp_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789", id="GitHub"),
        pytest.param("glcbt-64_" + "aB3dE5gH7jK9mN1pQ2rS4t", id="GitLab"),
        pytest.param("AC" + "0a1b2c3d4e5f6789" * 2, id="Twilio"),
    ],
)
def test_a_secret_is_kept_nowhere(tmp_path: Path, secret: str) -> None:
    code = f"import client\n\n\ndef get():\n    return client.connect({secret!r}{{}})\n"
    names = ("a.py", "b.py", "c.py", "d.py")
    repo = make_repo(tmp_path / "repo", {name: code.format("") for name in names})
    for day, name in enumerate(names[:3], start=1):
        subject = f"Fix hanging connections of {secret}"
        commit(repo, {name: code.format(", timeout=3")}, subject, day=day)
    learn(repo)
    kept = tree_bytes(repo / ".guard") | tree_bytes(repo / ".git" / "guard")
    assert kept
    assert [name for name, text in kept.items() if secret.encode() in text] == []


def test_nothing_is_learned_from_files_that_the_settings_leave_out(history: Path) -> None:
    assert len(learn(history).rules) == 1
    write_tree(history, {"guard.toml": 'exclude = ["app/b*.py", "app/d*"]\n'})
    (learned,) = learn(history).rules
    assert {pair.path for pair in learned.pattern.pairs} == {"app/alpha.py", "app/gamma.py"}
    write_tree(history, {"guard.toml": 'exclude = ["app"]\n'})
    report = learn(history)
    assert report.rules == ()
    assert report.indexed_fixes == 0


@pytest.mark.parametrize("step", range(8))
def test_a_killed_run_leaves_whole_files_and_the_next_one_completes(
    history: Path, step: int
) -> None:
    """The run is killed while it writes: after so many files were put in their place."""
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from devmatrix_guard.commands.learn.learn import learn\n"
        "replace, count = os.replace, [0]\n"
        "def counted(*args, **names):\n"
        f"    if count[0] == {step}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    count[0] += 1\n"
        "    return replace(*args, **names)\n"
        "os.replace = counted\n"
        "learn(Path('.'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=history, check=False)
    assert done.returncode in (-signal.SIGKILL, 0)
    files = list((history / ".guard").rglob("*.yml"))
    assert all(len(load_rules(file).rules) == 1 for file in files)
    for left in (history / ".guard").rglob(".guard-*"):
        os.utime(left, (0, 0))
    learn(history)
    after_kill = tree_bytes(history / ".guard" / "rules")
    assert not list((history / ".guard").rglob(".guard-*"))
    shutil.rmtree(history / ".guard")
    learn(history)
    assert tree_bytes(history / ".guard" / "rules") == after_kill


def test_a_run_that_is_killed_goes_on_where_it_was(history: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from devmatrix_guard.commands.learn import history, learn\n"
        "history._KEEP_SECONDS, read = 0, []\n"
        "def count(items, text, total):\n"
        "    for item in items:\n"
        "        if text == 'Reading commits' and len(read) == 3: os.kill(os.getpid(), 9)\n"
        "        read.append(item)\n"
        "        yield item\n"
        "learn.learn(Path('.'), track=count)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=history, check=False)
    known = read_known(history / ".git/guard" / CACHE_NAME)
    assert len(known.fixes) == 2  # the newest of the three; one plain commit came before
    begun = history / ".git/guard" / BEGUN_NAME
    assert len(marshal.loads(unseal(begun.read_bytes()))[1]) == 2  # noqa: S302  # written by us
    assert only_rule(learn(history))["fix"] == "shelf.safe_load"
    assert not begun.exists()


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_run_killed_at_any_time_can_be_repeated(history: Path, share: float) -> None:
    command = [sys.executable, "-c", _LEARN]
    began = time.monotonic()
    subprocess.run(command, cwd=history, check=True)
    whole = time.monotonic() - began
    expected = tree_bytes(history / ".guard" / "rules")
    shutil.rmtree(history / ".guard")
    with subprocess.Popen(command, cwd=history) as running:
        time.sleep(share * whole)
        running.kill()
    learn(history)
    assert tree_bytes(history / ".guard" / "rules") == expected


_LEARN = (
    "from pathlib import Path; "
    "from devmatrix_guard.commands.learn.learn import learn; "
    "learn(Path('.'))"
)


def test_python_2_and_broken_encodings_are_counted_and_passed_over(history: Path) -> None:
    write_tree(history, {"old.py": "print 'a'\n", "latin.py": b"name = '\xe9'\n"})
    commit(history, {}, "Add old files", day=20)
    files: dict[str, str | bytes] = {"old.py": "print 'b'\n", "latin.py": b"name = '\xe8'\n"}
    commit(history, files, "Fix the old files", day=21)
    report = learn(history)
    assert report.unreadable == 2
    assert len(report.rules) == 1


def test_a_shallow_clone_says_so_and_learns_from_what_is_there(
    history: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", "--depth", "2", history.as_uri(), "shallow")
    report = learn(tmp_path / "shallow")
    assert report.commits == 2
    assert "git fetch --unshallow" in report.notes[0]


def test_history_that_a_shallow_clone_gains_is_read(history: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "2", history.as_uri(), "shallow")
    clone = tmp_path / "shallow"
    learn(clone)
    git(clone, "fetch", "-q", "--unshallow")
    report = learn(clone)
    assert report.fresh
    assert report.commits == 5


def test_a_folder_named_like_a_rule_file_is_no_rule(history: Path) -> None:
    (history / ".guard/rules/learned-odd.yml").mkdir(parents=True)
    assert learn(history).fresh


def test_a_repository_without_commits_gets_one_sentence(repo: Path) -> None:
    with pytest.raises(UsageError, match="has no commits yet"):
        learn(repo)


def test_a_folder_outside_a_repository_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError, match="not in a git repository"):
        learn(tmp_path)


def test_a_guard_folder_that_cannot_be_written_gets_one_sentence(history: Path) -> None:
    (history / ".guard").write_text("a file is in the way")
    with pytest.raises(UsageError, match=r"^\.guard cannot be made: \.guard is no folder; move"):
        learn(history)


def test_what_learning_makes_anew_is_no_change_to_git(history: Path) -> None:
    learn(history)
    status = git(history, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert [line.rpartition("/")[0] for line in status] == ["?? .guard/rules"]


def test_a_file_knows_the_fixes_that_were_learned_from_it(history: Path) -> None:
    learn(history)
    lineage, *functions = trace(history, "app/alpha.py")
    assert {one.start[0] for one in functions} == {"function"}  # in which something was fixed
    subjects = [n.properties["subject"] for n in lineage.nodes if n.kind == "commit"]
    assert lineage.start == ("source-file", "app/alpha.py")
    assert set(subjects) == {"Start", "Fix unsafe loading (#1)"}  # the first brought it in


def test_a_rule_changed_by_hand_is_shown_at_its_stage_everywhere(history: Path) -> None:
    (learned,) = learn(history).rules
    assert learned.pattern.stage == "block"
    retire_rule(history, learned.rule_id, reason="loads are checked elsewhere")
    (lineage,) = trace(history, learned.rule_id)
    rules = [node for node in lineage.nodes if node.kind == "rule"]
    assert [rule.properties["stage"] for rule in rules] == ["retired"]
    assert [p.stage for p in list_patterns(history)] == ["retired"]
    assert list_patterns(history, stages=("block",)) == ()
    assert show_pattern(history, learned.pattern.id).pattern.stage == "retired"
    assert [hit.pattern.stage for hit in search_patterns(history, "shelf")] == ["retired"]


def test_a_bare_repository_is_read_but_never_written_to(history: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(history), "bare.git")
    with pytest.raises(UsageError, match="bare; run `guard learn` in a work tree"):
        learn(tmp_path / "bare.git")
    assert len(learn(tmp_path / "bare.git", dry_run=True).rules) == 1
    assert not (tmp_path / "bare.git" / ".guard").exists()


def test_one_rule_stands_and_several_stand(history: Path) -> None:
    again = [learn(history) for _ in range(2)][1]
    assert "1 learned rule stands." in render_report(again, "text", io.StringIO())
    several = again._replace(standing=2)
    assert "2 learned rules stand." in render_report(several, "text", io.StringIO())


def test_what_a_rule_file_says_of_its_evidence_is_explained_in_full(history: Path) -> None:
    (learned,) = learn(history).rules
    assert explain(history, learned.rule_id).evidence == learned.pattern.evidence


@pytest.mark.oracle
def test_a_learned_rule_file_runs_under_semgrep_unchanged(history: Path) -> None:
    semgrep = semgrep_path()
    if semgrep is None:
        pytest.skip("semgrep is not installed: run scripts/setup dev first")
    (learned,) = learn(history).rules
    write_tree(history, {"new.py": reader("new", "load")})
    call = [semgrep, "scan", "--metrics=off", "--disable-version-check", "--json", "--quiet"]
    done = subprocess.run(
        [*call, "--config", ".guard/rules", "new.py"], cwd=history, capture_output=True, check=True
    )
    (found,) = json.loads(done.stdout)["results"]
    assert found["check_id"].endswith(learned.rule_id)


@pytest.mark.oracle
def test_a_learned_rule_finds_the_same_places_under_semgrep(history: Path, tmp_path: Path) -> None:
    if semgrep_path() is None:
        pytest.skip("semgrep is not installed: run scripts/setup dev first")
    rule = only_rule(learn(history))
    sources = {f"{call}.py": reader("new", call) for call in ("load", "safe_load")}
    answer = ask(tmp_path / "oracle", [rule], sources)
    assert not answer.bad_rules
    ours = {name: [m[:4] for m in find_matches(rule, source)] for name, source in sources.items()}
    theirs = {name: answer.spans.get((str(rule["id"]), name), set()) for name in sources}
    assert {name: [tuple(span) for span in found] for name, found in theirs.items()} == ours
    assert len(ours["load.py"]) == 1 and ours["safe_load.py"] == []


def test_a_finding_and_the_rule_learned_there_are_of_the_same_layer(history: Path) -> None:
    write_tree(history, {"guard.toml": "[layers]\n3 = ['app']\n"})
    rule = only_rule(learn(history))
    assert rule["metadata"]["guard"]["layer"] == 3  # type: ignore[index]
    write_tree(history, {"app/alpha.py": reader("alpha", "load")})
    git(history, "add", "app/alpha.py")
    found = examine_request(CheckRequest(), history).findings
    (finding,) = found  # the fix is undone where the rule finds it: one finding says both
    assert finding.layer == 3
    assert f"`{rule['id']}` finds it as well" in finding.message


def test_places_that_its_commits_did_not_change_are_not_called_done_by_a_migration() -> None:
    evidence = Evidence(commits=1, bulk_commits=1, sites_fixed=4, followed=32)
    first, *_, progress = write_evidence(evidence)
    assert first.startswith("Changed in 4 places")
    assert progress == "A migration: 32 of 32 places written the new way (100 %), 0 left."


@pytest.mark.parametrize(
    ("watched", "said"),
    [
        (13, "13 fixes remembered and watched for changes that undo them."),
        (12, "12 fixes watched for changes that undo them; `guard recall` tells of 13."),
        (85, "85 fixes watched for changes that undo them; `guard recall` tells of 13."),
        (0, "0 fixes watched for changes that undo them; `guard recall` tells of 13."),
    ],
)
def test_fixes_that_are_watched_and_those_of_known_places_are_counted_apart(
    tmp_path: Path, watched: int, said: str
) -> None:
    report = LearnReport(tmp_path, "h", True, remembered_fixes=13, indexed_fixes=watched)
    assert said in render_report(report, "text", io.StringIO()).splitlines()


@pytest.mark.parametrize("stage", ["warn", "retired"])
def test_learning_again_leaves_a_pattern_the_stage_that_people_gave_its_rule(
    history: Path, stage: str
) -> None:
    (learned,) = learn(history).rules
    if stage == "retired":
        retire_rule(history, learned.rule_id)
    else:
        approve_rule(history, learned.rule_id, stage=stage)
    learn(history, again=True)
    with open_memory(".guard/memory.db", history) as memory:
        pattern = memory.patterns.get(learned.pattern.id)
    assert pattern is not None
    assert pattern.stage == stage
