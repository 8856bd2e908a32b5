"""The check step: the right range for every event, exact outputs, the right end, safe reports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import ROOT, Runner, parse_outputs
from tests.helpers import commit, git, make_repo

ZERO = "0" * 40
RULE = """\
rules:
- id: no-print
  message: "Log instead of print"
  languages: [python]
  severity: ERROR
  pattern: print(...)
"""
CLEAN = "x = 1\n"
BAD = "x = 1\nprint(x)\n"
FILES = {"app.py": CLEAN, ".guard/rules/no-print.yml": RULE, "guard.toml": "shipped = false\n"}


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with one rule and a topic branch that breaks it, main having moved on."""
    repo = make_repo(tmp_path / "origin", FILES)
    git(repo, "switch", "-q", "-c", "topic")
    commit(repo, {"app.py": BAD}, "Say x")
    git(repo, "switch", "-q", "main")
    commit(repo, {"other.py": "print('not of this change')\n"}, "Move on")
    return repo


def _sha(repo: Path, name: str) -> str:
    return git(repo, "rev-parse", name).strip()


def _pull_request(origin: Path, fork: bool = False) -> dict[str, Any]:
    return {
        "number": 7,
        "pull_request": {
            "number": 7,
            "base": {"sha": _sha(origin, "main")},
            "head": {
                "sha": _sha(origin, "topic"),
                "repo": {"full_name": "someone/app" if fork else "team/app"},
            },
        },
    }


def _push(origin: Path, before: str, ref: str = "refs/heads/topic") -> dict[str, Any]:
    return {
        "before": before,
        "after": _sha(origin, "topic"),
        "ref": ref,
        "repository": {"default_branch": "main"},
    }


def _places(log: str) -> list[str]:
    return [line.split("file=")[1].split(",")[0] for line in log.splitlines() if "file=" in line]


def test_pull_request_is_checked_from_its_merge_base(origin: Path, tmp_path: Path) -> None:
    result = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin)).check()
    assert result.code == 1
    assert _places(result.log) == ["app.py"]
    assert result.outputs["findings"] == result.outputs["new-findings"] == "1"
    assert result.outputs["may-upload"] == "true"
    assert "no-print" in result.summary


def test_outputs_name_files_that_are_there(origin: Path, tmp_path: Path) -> None:
    inputs = {"sarif-file": "reports/my.sarif"}
    runner = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin), inputs)
    outputs = runner.check().outputs
    assert outputs["sarif-file"] == "reports/my.sarif"
    sarif = json.loads((origin / "reports/my.sarif").read_text())
    assert len(sarif["runs"][0]["results"]) == 1
    assert "no-print" in Path(outputs["summary-file"]).read_text()


def test_a_fork_gets_the_same_verdict_and_no_upload(origin: Path, tmp_path: Path) -> None:
    payload = _pull_request(origin, fork=True)
    result = Runner(origin, tmp_path / "run", "pull_request", payload).check()
    assert result.code == 1
    assert _places(result.log) == ["app.py"]
    assert result.summary
    assert result.outputs["may-upload"] == "false"


def test_a_pull_request_of_a_deleted_fork_gets_no_upload(origin: Path, tmp_path: Path) -> None:
    payload = _pull_request(origin)
    payload["pull_request"]["head"]["repo"] = None
    result = Runner(origin, tmp_path / "run", "pull_request", payload).check()
    assert result.outputs["may-upload"] == "false"


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_checkout_is_deepened(origin: Path, tmp_path: Path, depth: int) -> None:
    for day in range(30):
        git(origin, "switch", "-q", "topic")
        commit(origin, {"more.py": f"n = {day}\n"}, f"Count {day}", day=day)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    git(
        tmp_path, "clone", "-q", f"--depth={depth}", "--branch=topic", "--no-single-branch",
        f"file://{origin}", str(clone),
    )  # fmt: skip
    result = Runner(clone, tmp_path / "run", "pull_request", _pull_request(origin)).check()
    # What lies before the base is still not there, and that is said.
    assert (result.code, _places(result.log)) == (1, ["app.py", ""])
    assert "This is a shallow clone" in result.log


def test_merge_group_names_its_own_commits(origin: Path, tmp_path: Path) -> None:
    payload = {"merge_group": {"base_sha": _sha(origin, "main"), "head_sha": _sha(origin, "topic")}}
    result = Runner(origin, tmp_path / "run", "merge_group", payload).check()
    assert (result.code, _places(result.log)) == (1, ["app.py"])


def test_push_is_checked_since_before(origin: Path, tmp_path: Path) -> None:
    git(origin, "switch", "-q", "topic")
    before = _sha(origin, "topic")
    commit(origin, {"app.py": BAD + "print(x, x)\n"}, "Say more")
    result = Runner(origin, tmp_path / "run", "push", _push(origin, before)).check()
    assert "line=3" in result.log
    assert "line=2" not in result.log


@pytest.mark.parametrize("before", [ZERO, "1" * 40], ids=["new branch", "force-pushed away"])
def test_push_without_a_before_is_checked_since_the_default_branch(
    origin: Path, tmp_path: Path, before: str
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--single-branch", "--branch=topic", str(origin), str(clone))
    result = Runner(clone, tmp_path / "run", "push", _push(origin, before)).check()
    assert (result.code, _places(result.log)) == (1, ["app.py"])
    assert not (clone / ".git/shallow").exists()  # a clone that had everything still has


def test_the_first_push_of_the_default_branch_is_checked_whole(
    origin: Path, tmp_path: Path
) -> None:
    payload = _push(origin, ZERO, "refs/heads/main")
    result = Runner(origin, tmp_path / "run", "push", payload).check()
    assert _places(result.log) == ["other.py"]


def test_an_event_without_a_range_checks_everything(origin: Path, tmp_path: Path) -> None:
    result = Runner(origin, tmp_path / "run", "schedule", {}).check()
    assert _places(result.log) == ["other.py"]


def test_inputs_win_over_the_event(origin: Path, tmp_path: Path) -> None:
    inputs = {"base": "main~1", "head": "main"}
    runner = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin), inputs)
    assert _places(runner.check().log) == ["other.py"]


@pytest.mark.parametrize("payload", ["{", "[]", ""], ids=["cut", "no object", "empty"])
def test_a_malformed_event_is_one_sentence(origin: Path, tmp_path: Path, payload: str) -> None:
    result = Runner(origin, tmp_path / "run", "pull_request", payload).check()
    assert result.code == 2
    assert result.log.startswith("::error title=devmatrix-guard::The event cannot be read")
    assert result.log.count("\n") == 1


def test_an_event_that_lacks_its_commits_is_one_sentence(origin: Path, tmp_path: Path) -> None:
    result = Runner(origin, tmp_path / "run", "push", {"before": ZERO}).check()
    assert result.code == 2
    assert "does not name its commits ('after')" in result.log


def test_a_clean_change_passes_in_silence(origin: Path, tmp_path: Path) -> None:
    inputs = {"base": "main~1", "head": "main~1"}
    result = Runner(origin, tmp_path / "run", "push", _push(origin, ZERO), inputs).check()
    assert (result.code, result.log) == (0, "")
    assert result.outputs["new-findings"] == "0"


@pytest.mark.parametrize(("fail_on", "code"), [("none", 0), ("error", 1), ("sometimes", 2)])
def test_fail_on_moves_the_gate(origin: Path, tmp_path: Path, fail_on: str, code: int) -> None:
    inputs = {"fail-on": fail_on}
    runner = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin), inputs)
    assert runner.check().code == code


def test_paths_narrow_the_check(origin: Path, tmp_path: Path) -> None:
    inputs = {"paths": "other.py\n"}
    runner = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin), inputs)
    assert runner.check().outputs["new-findings"] == "0"


def test_inputs_are_data_and_never_run(origin: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    hostile = f'$(touch {trap}) `touch {trap}`"; touch {trap} #\n--exit-zero'
    inputs = {"paths": hostile, "head": "topic"}
    runner = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin), inputs)
    result = runner.check()
    assert result.code == 2
    assert "there is no such file" in result.log  # of that name
    assert not trap.exists()


def test_a_pull_request_cannot_switch_its_own_guard_off(origin: Path, tmp_path: Path) -> None:
    git(origin, "switch", "-q", "topic")
    commit(
        origin,
        {".guard/rules/no-print.yml": None, "guard.toml": "shipped = false\nfail-on = 'never'\n"},
        "Be quiet",
    )
    result = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin)).check()
    assert result.code == 1
    # What the change itself silences is named beside what it does.
    assert "app.py" in _places(result.log)
    assert "would hide 1 finding" in result.summary


def test_findings_the_change_removes_are_counted(origin: Path, tmp_path: Path) -> None:
    git(origin, "switch", "-q", "-c", "mended", "main")
    commit(origin, {"other.py": "log('better')\n"}, "Log")
    inputs = {"base": "main", "head": "mended"}
    runner = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin), inputs)
    result = runner.check()
    assert (result.code, result.outputs["fixed"], result.outputs["new-findings"]) == (0, "1", "0")


def test_annotations_are_limited_and_the_rest_counted(origin: Path, tmp_path: Path) -> None:
    git(origin, "switch", "-q", "topic")
    commit(origin, {"app.py": CLEAN + "".join(f"print({n})\n" for n in range(40))}, "Say it all")
    for limit in ("10", "3"):
        inputs = {"annotations-limit": limit}
        runner = Runner(
            origin, tmp_path / f"run{limit}", "pull_request", _pull_request(origin), inputs
        )
        result = runner.check()
        assert result.log.count("::error ") == int(limit)
        assert f"{40 - int(limit)} more findings" in result.log
        assert result.outputs["new-findings"] == "40"


def test_hostile_text_stays_in_its_place(origin: Path, tmp_path: Path) -> None:
    git(origin, "switch", "-q", "topic")
    name = "a%0A::error::x\n::set-output name=x::y.py"
    code = "print('\x1b[31m ::stop-commands::x | `b` <script>')\n"
    commit(origin, {name: code}, "Try\n\nGITHUB_OUTPUT<<x")
    result = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin)).check()
    assert all(line.startswith(("::error file=", "::notice ")) for line in result.log.splitlines())
    assert "\x1b" not in result.log + result.summary
    outside_code = re.sub(r"(?s)(`{3,}).*?\1", "", result.summary)
    assert "<script" not in outside_code
    assert set(result.outputs) == {
        "exit-code", "findings", "new-findings", "fixed", "sarif-file", "summary-file",
        "report-folder", "may-upload", "unjudged", "new-suppressions", "suggestions-file",
    }  # fmt: skip


def test_a_summary_stays_below_what_github_drops(origin: Path, tmp_path: Path) -> None:
    git(origin, "switch", "-q", "topic")
    commit(origin, {"app.py": "".join(f"print({n})\n" for n in range(6000))}, "Say it all")
    result = Runner(origin, tmp_path / "run", "pull_request", _pull_request(origin)).check()
    assert 500 * 1024 < len(result.summary.encode()) <= 900 * 1024
    assert "more entries, left out for their size" in result.summary
    sarif = json.loads((origin / result.outputs["sarif-file"]).read_text())
    assert len(sarif["runs"][0]["results"]) == 5000


def test_an_output_cannot_end_its_own_block() -> None:
    text = "a<<guard-1\nb<<guard-2\nguard-2\nguard-1\n"
    assert parse_outputs(text) == {"a": "b<<guard-2\nguard-2"}


@pytest.mark.parametrize("version", ["0.1.0; touch /tmp/x", "../evil", "--index-url=http://x"])
def test_install_takes_only_a_version(origin: Path, tmp_path: Path, version: str) -> None:
    runner = Runner(origin, tmp_path / "run", "push", {}, {"version": version})
    result = runner.run("action/install")
    assert result.code == 2
    assert "is not a version" in result.log
    assert not list((tmp_path / "run").glob("devmatrix-guard*"))


@pytest.mark.parametrize(
    "address", ["--extra", "wheels", "https://x --pre", "ftp://x", "file:///x"]
)
def test_install_takes_only_an_address_as_index(tmp_path: Path, address: str) -> None:
    runner = Runner(tmp_path, tmp_path / "run", "push", {}, {"index-url": address})
    result = runner.run("action/install")
    assert result.code == 2
    assert "is not an address" in result.log


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({}, f"{ROOT} --constraint {ROOT}/requirements/action.txt"),
        ({"version": "0.2.0"}, "devmatrix-guard==0.2.0"),
        (
            {"version": "0.2.0", "index-url": "https://mirror.example/packages"},
            "--index-url https://mirror.example/packages devmatrix-guard==0.2.0",
        ),
    ],
    ids=["the action's own", "a version", "from a mirror"],
)
def test_install_installs_one_package(tmp_path: Path, inputs: dict[str, str], what: str) -> None:
    """With a stand-in for Python: what would be installed, and where, without a registry."""
    fake = tmp_path / "python"
    fake.write_text(
        '#!/bin/sh\nif [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; fi\n'
        'echo "$@"\n'
    )
    fake.chmod(0o755)
    runner = Runner(tmp_path, tmp_path / "run", "push", {}, inputs)
    runner.steps["python"] = {"python-path": str(fake)}
    result = runner.run("action/install")
    assert result.code == 0, result.log
    assert result.log.splitlines()[-1] == (
        f"-I -m pip --isolated --no-input --disable-pip-version-check install --quiet {what}"
    )
    assert Path(result.outputs["python"]).is_relative_to(tmp_path / "run")
