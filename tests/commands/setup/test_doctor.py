"""`guard doctor` names what is wrong, each time with what to do about it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from devmatrix_guard import __version__
from devmatrix_guard.commands.setup.doctor import Line, diagnose
from tests.helpers import commit, git, make_repo, write_tree


def _lines(folder: Path) -> dict[str, Line]:
    return {line.text: line for line in diagnose(folder)}


def _find(folder: Path, words: str) -> Line:
    (line,) = [line for line in diagnose(folder) if words in line.text]
    return line


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})


def test_every_line_that_is_not_well_has_a_remedy(world: Path) -> None:
    lines = list(diagnose(world))
    assert len(lines) >= 8
    assert all(line.remedy for line in lines if line.state != "ok")


def test_a_healthy_place_has_no_fault(world: Path) -> None:
    assert [line for line in diagnose(world) if line.state == "fault"] == []


def test_outside_a_repository_one_fault_says_so(tmp_path: Path) -> None:
    *_, last = diagnose(tmp_path)
    assert last.state == "fault"
    assert "not in a git repository" in last.text


def test_a_shallow_clone_is_told(world: Path, tmp_path: Path) -> None:
    commit(world, {"app.py": "x = 2\n"}, "Second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{world}", "shallow")
    assert _find(tmp_path / "shallow", "shallow").remedy == "git fetch --unshallow"


def test_a_wrong_setting_is_a_fault_with_its_line(world: Path) -> None:
    write_tree(world, {"guard.toml": "\nfail-on = 'soon'\n"})
    assert _find(world, "guard.toml, line 2").state == "fault"


def test_a_misspelt_setting_is_a_hint(world: Path) -> None:
    write_tree(world, {"guard.toml": "fail-om = 'warn'\n"})
    assert _find(world, "did you mean 'fail-on'").state == "hint"


def test_a_broken_rule_is_a_fault_with_its_place(world: Path) -> None:
    write_tree(world, {".guard/rules/bad.yml": "rules: [\n"})
    assert _find(world, ".guard/rules/bad.yml").state == "fault"


def test_shipped_rules_are_counted(world: Path) -> None:
    count = int(_find(world, "rules run in process").text.split()[0])
    assert count >= 30


@pytest.mark.parametrize(
    ("revision", "state"), [(f"v{__version__}", "ok"), ("v0.0.9", "hint")], ids=["same", "older"]
)
def test_the_pinned_revision_is_compared(world: Path, revision: str, state: str) -> None:
    text = f"repos:\n- repo: https://x.invalid/g\n  rev: {revision}\n  hooks:\n  - id: guard\n"
    write_tree(world, {".pre-commit-config.yaml": text})
    assert (
        _find(world, f"pins {'this version, ' if state == 'ok' else ''}{revision}").state == state
    )
    assert _find(world, "has not installed its git hook").remedy == "pre-commit install"


def test_hooks_path_is_told(world: Path) -> None:
    git(world, "config", "core.hooksPath", ".githooks")
    assert _find(world, "core.hooksPath is .githooks").state == "hint"


def test_a_memory_on_a_server_that_is_not_there_is_a_fault(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUARD_MEMORY", "gopher://nowhere/guard")
    assert any(line.state == "fault" and "gopher" in line.text for line in diagnose(world))


@pytest.mark.parametrize(
    ("setting", "location", "state", "said"),
    [
        ("vectors", "http://127.0.0.1:1", "hint", "`vectors` does not answer at 127.0.0.1:1"),
        ("graph", "bolt://ada:hidden@127.0.0.1:1", "hint", "`graph` does not answer at"),
        ("sync", "nats://127.0.0.1:1", "hint", "`sync` does not answer at 127.0.0.1:1"),
        ("sync", "nats://127.0.0.1:99999", "fault", "`sync` is no address"),
    ],
)
def test_a_follower_that_does_not_answer_is_named(
    world: Path, monkeypatch: pytest.MonkeyPatch, setting: str, location: str, state: str, said: str
) -> None:
    monkeypatch.setenv(f"GUARD_{setting.upper()}", location)
    (line,) = [line for line in diagnose(world) if f"`{setting}`" in line.text]
    assert (line.state, said in line.text) == (state, True)
    assert "hidden" not in line.text


def test_a_follower_that_answers_is_well(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("GUARD_SYNC", f"nats://127.0.0.1:{listening.getsockname()[1]}")
        assert any(line.text.startswith("`sync` answers") for line in diagnose(world))


def test_a_follower_that_only_the_repository_names_is_not_asked(world: Path) -> None:
    write_tree(world, {"guard.toml": 'sync = "nats://127.0.0.1:1"\n'})
    assert any("--allow-memory" in line.text for line in diagnose(world))


def test_a_damaged_memory_is_a_fault(world: Path) -> None:
    write_tree(world, {".guard/memory.db": b"not a database" * 100})
    faults = [line for line in diagnose(world) if line.state == "fault"]
    assert len(faults) == 1
    assert "memory.db" in faults[0].text
    assert faults[0].remedy == "guard learn"


def test_a_foreign_owner_is_no_missing_repository(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    (fault,) = (line for line in diagnose(world) if line.state == "fault")
    assert "safe.directory" in fault.text
    assert "git init" not in fault.remedy


def test_a_place_of_rules_that_is_not_there_is_a_fault(world: Path) -> None:
    write_tree(world, {"guard.toml": "rules = ['house-rules']\n"})
    assert _find(world, "house-rules").remedy == "correct `rules` in the settings"


def test_a_hook_that_git_cannot_run_is_a_fault(world: Path) -> None:
    hook = world / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexec guard-hook\n")
    hook.chmod(0o644)
    assert _find(world, "does not run the hook").remedy == f"chmod +x '{hook}'"
    hook.chmod(0o755)
    assert _find(world, "the git hook calls guard").state == "ok"
