from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli import cli
from devmatrix_guard.commands.audit.files import list_audit, set_audit
from devmatrix_guard.commands.audit.fix import FixOptions, fix_audited
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.memory.patterns import show_pattern
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.knowledge import FileAudit, PatternUse
from tests.helpers import commit, git, make_repo, tree_bytes, write_tree

_CALL = "import wire\n\n\ndef {0}(url):\n    return wire.get(url)\n"
_FIXED = "import wire\n\n\ndef {0}(url):\n    return wire.get(url, timeout=10)\n"
_NEW = "import wire\n\n\ndef park(url):\n    return wire.get(url)\n"
_PARKED = "import wire\n\n\ndef park(url):\n    return wire.get(url, timeout=10)\n"
_WIRE = "def get(url, timeout=None):\n    return url, timeout\n"
_TEST = "import {0}\n\n\ndef test_it_does_not_hang():\n    assert {0}.{0}('u')[1] == 10\n"
NAMES = ("pay", "mail", "seat", "news")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has fixed one mistake in four places, each with a test, and learned it."""
    repo = make_repo(tmp_path_factory.mktemp("fix") / "shop")
    files = {f"{name}.py": _CALL.format(name) for name in NAMES}
    commit(
        repo, {"wire.py": _WIRE, "guard.toml": '[layers]\nservices = ["*.py"]\n', **files}, "Add"
    )
    for day, name in enumerate(NAMES, 1):
        fix = {f"{name}.py": _FIXED.format(name), f"test_{name}.py": _TEST.format(name)}
        commit(repo, fix, f"Fix {name}: it hung (#{day})", day=day)
    learn(repo)
    return repo


@pytest.fixture
def shop(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, with the mistake made again in a new file."""
    repo = tmp_path / "shop"
    subprocess.run(["cp", "-a", str(history), str(repo)], check=True)
    write_tree(repo, {"park.py": _NEW})
    monkeypatch.chdir(repo)
    return repo


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["fix", *arguments], standalone_mode=False)


def _use(repo: Path, *, success: bool, times: int = 1) -> None:
    with open_memory(".guard/memory.db", repo) as memory:
        (pattern,) = memory.patterns.list_all()
        memory.files.record_use(
            PatternUse(pattern.id, "x.py", f"2026-01-{day:02}T00:00:00Z", success)
            for day in range(1, times + 1)
        )


def test_what_was_learned_is_applied_verified_and_recorded(shop: Path) -> None:
    (done,) = fix_audited(shop, ["park.py"])
    assert (shop / "park.py").read_text() == _PARKED
    assert (done.outcome, done.left, done.audit.layer) == ("fixed", 0, 4)
    assert done.verified == ("it parses", "its rules are silent")
    (step,) = done.steps
    assert step.confidence == pytest.approx(5 / 6)
    assert show_pattern(shop, step.pattern_id).record.applied_count == 1
    (audit,) = [one for one in list_audit(shop) if one.path == "park.py"]
    assert audit.status == "Complete"
    assert audit.notes.startswith("guard fix: ")
    assert fix_audited(shop, ["park.py"])[0].outcome == "nothing"


def test_a_dry_run_shows_the_change_and_touches_nothing(shop: Path) -> None:
    before = tree_bytes(shop)
    done = run("park.py", "--dry-run")
    assert done.return_value == 1
    assert "+    return wire.get(url, timeout=10)" in done.output
    after = tree_bytes(shop)
    assert {n: c for n, c in after.items() if "memory" not in n} == {
        n: c for n, c in before.items() if "memory" not in n
    }
    assert "park.py" not in [audit.path for audit in list_audit(shop)]


def test_the_patch_is_one_that_git_applies(shop: Path) -> None:
    patch = json.loads(run("park.py", "--dry-run", "--format", "json").output)["files"][0]["patch"]
    subprocess.run(["git", "apply"], cwd=shop, input=patch.encode(), check=True)
    assert (shop / "park.py").read_text() == _PARKED


def test_below_the_threshold_it_is_left_and_said_why(shop: Path) -> None:
    done = run("park.py", "--threshold", "0.9")
    assert done.return_value == 1
    assert "83% is below 90%; --threshold 0.83 writes it" in done.output
    assert (shop / "park.py").read_text() == _NEW
    (audit,) = [one for one in list_audit(shop) if one.path == "park.py"]
    assert audit.status == "In Progress"


def test_uses_that_failed_make_it_less_sure(shop: Path) -> None:
    _use(shop, success=False, times=3)
    (done,) = fix_audited(shop, ["park.py"])
    assert done.outcome == "left"
    assert done.steps[0].confidence == pytest.approx(5 / 9)


def test_a_rule_of_another_layer_says_nothing(shop: Path) -> None:
    rule = next((shop / ".guard/rules").glob("*.yml"))
    rule.write_text(rule.read_text().replace("layer: 4", "layer: 3"))
    set_audit(shop, "park.py", layer="4")
    assert fix_audited(shop, ["park.py"])[0].outcome == "nothing"
    set_audit(shop, "park.py", layer="routes")
    assert fix_audited(shop, ["park.py"])[0].outcome == "fixed"


def test_what_people_noted_stays(shop: Path) -> None:
    set_audit(shop, "park.py", notes="ask Ada", technical_debt="it hangs", tasks=("#9",))
    for _ in range(2):
        write_tree(shop, {"park.py": _NEW})
        audit = fix_audited(shop, ["park.py"])[0].audit
    assert audit.notes.splitlines()[0] == "ask Ada"
    assert len(audit.notes.splitlines()) == 2
    assert (audit.technical_debt, audit.tasks) == ("it hangs", ("#9",))


def test_patterns_like_the_debt_are_named(shop: Path) -> None:
    set_audit(shop, "wire.py", technical_debt="wire.get hangs, it needs a timeout")
    (done,) = fix_audited(shop, ["wire.py"])
    assert [round(near.confidence, 2) for near in done.near] == [0.83]
    assert done.audit.status == "Not Started"


def test_without_a_path_the_open_files_of_the_audit_are_fixed(shop: Path) -> None:
    set_audit(shop, "park.py", status="Failed")
    done = {one.path: one.outcome for one in fix_audited(shop)}
    assert done == {**{f"{name}.py": "nothing" for name in NAMES}, "park.py": "fixed"}
    for path in done:
        set_audit(shop, path, status="Complete")
    with pytest.raises(UsageError, match="no file of the audit is open"):
        fix_audited(shop)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../x.py", "outside"),
        ("/etc/passwd", "outside"),
        (".git", "folder"),
        ("no.py", "not there"),
    ],
)
def test_what_is_no_file_of_the_repository_is_refused(shop: Path, path: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        fix_audited(shop, [path])


def test_a_link_out_of_the_repository_is_not_followed(shop: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(_NEW)
    (shop / "link.py").symlink_to(outside)
    done = run("link.py")
    assert outside.read_text() == _NEW
    assert done.return_value == 1 or isinstance(done.exception, UsageError)


def test_a_file_that_cannot_be_parsed_is_said_so(shop: Path) -> None:
    write_tree(shop, {"park.py": "import wire\n\nwire.get(url\n"})
    done = run("park.py")
    assert done.return_value == 1
    assert "not checked" in done.output


_AGAIN = _FIXED.format("pay").replace("return", "wire.get(url)\n    return")


def test_regression_tests_run_only_when_asked_for(shop: Path) -> None:
    write_tree(
        shop, {"pay.py": _AGAIN, "test_pay.py": _TEST.format("pay") + "\nopen('ran', 'w')\n"}
    )
    git(shop, "add", "-A")
    fix_audited(shop, ["pay.py"])
    assert not (shop / "ran").exists()


def test_regression_tests_that_pass_are_said_so(shop: Path) -> None:
    write_tree(shop, {"pay.py": _AGAIN})
    command = f"{sys.executable} -m pytest -q -p no:cacheprovider"
    (done,) = fix_audited(shop, ["pay.py"], FixOptions(tests=True, test_command=command))
    assert (done.outcome, done.tests) == ("fixed", ("test_pay.py::test_it_does_not_hang",))
    assert done.verified[-1] == "1 regression tests passed"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(
            {"test_command": f"{sys.executable} -c raise(SystemExit(1))"}, "fail", id="failing"
        ),
        pytest.param(
            {
                "test_command": f'{sys.executable} -c "import time; time.sleep(60)"',
                "test_seconds": 0.2,
            },
            "stopped after",
            id="hanging",
        ),
    ],
)
def test_a_fix_whose_tests_fail_is_undone(shop: Path, options: dict[str, Any], said: str) -> None:
    write_tree(shop, {"pay.py": _AGAIN})
    (done,) = fix_audited(shop, ["pay.py"], FixOptions(tests=True, **options))
    assert (shop / "pay.py").read_text() == _AGAIN
    assert (done.outcome, done.audit.status) == ("failed", "Failed")
    assert said in done.refusal
    assert show_pattern(shop, done.steps[0].pattern_id).record.success_rate == 0.0


def test_a_test_command_that_is_not_there_leaves_the_file(shop: Path) -> None:
    write_tree(shop, {"pay.py": _AGAIN})
    with pytest.raises(UsageError, match="name another --test-command"):
        fix_audited(shop, ["pay.py"], FixOptions(tests=True, test_command="no-such-program"))
    assert (shop / "pay.py").read_text() == _AGAIN


def test_a_read_only_file_is_left_and_said_so(shop: Path) -> None:
    (shop / "park.py").chmod(0o444)
    done = run("park.py")
    assert "read-only" in str(done.exception)
    assert (shop / "park.py").read_text() == _NEW
    assert FileAudit("park.py") not in list_audit(shop)
