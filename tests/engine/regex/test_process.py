"""Regular expressions that may take long run in one process, which is bounded and replaceable."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.engine.budget import STEPS, Effort, TooMuchWorkError
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.regex import regex as regexes
from devmatrix_guard.engine.regex.process import _Worker, run_in_process
from tests.helpers_bounds import expect_end

_SLOW = "(a+)+$"
_LONG = "a" * 40 + "!"


def _end_worker() -> None:
    if _Worker.running is not None:
        _Worker.running.end()


@pytest.fixture(autouse=True)
def _own_worker() -> Iterator[None]:
    _end_worker()
    yield
    _end_worker()


def _ask(text: str, seconds: float = 20.0) -> object:
    return run_in_process("match", (_SLOW, 0, text, "", 0), seconds)[0]


def _pid() -> int:
    assert _Worker.running is not None
    return _Worker.running.process.pid


def test_one_process_answers_all() -> None:
    assert _ask("aaa") == [((0, 3), (0, 3))]
    first = _pid()
    assert _ask("b") == []
    assert run_in_process("finditer", ("a", 0, "aba", "", 0), 20.0)[0] == [((0, 1),), ((2, 3),)]
    assert run_in_process("sub", ("a", 0, "aba", "x", 0), 20.0)[0] == "xbx"
    assert _pid() == first


def test_large_texts_and_lone_surrogates_pass() -> None:
    text = "x" * 3_000_000 + "\udc80"
    assert run_in_process("search", ("\udc80", 0, text, "", 0), 20.0)[0] == [
        ((3_000_000, 3_000_001),)
    ]
    assert run_in_process("sub", ("x", 0, text, "y", 0), 20.0)[0] == text.replace("x", "y")


def test_one_that_overruns_is_ended_and_the_next_gets_another() -> None:
    _ask("a")
    first = _pid()
    with pytest.raises(TooMuchWorkError, match="took more than"):
        _ask(_LONG, 0.05)
    with pytest.raises(ProcessLookupError):  # no zombie is left of it
        os.kill(first, 0)
    assert _ask("aa")
    assert _pid() != first


def test_the_end_of_an_older_one_leaves_the_newer_running() -> None:
    _ask("a")
    older = _Worker.running
    newer = _Worker.current(anew=True)
    assert older is not None
    assert older is not newer
    older.end()
    assert _Worker.running is newer
    assert _ask("aa") == [((0, 2), (0, 2))]
    assert _Worker.running is newer
    newer.end()
    assert _Worker.running is None


def test_one_that_was_killed_is_replaced() -> None:
    _ask("a")
    os.kill(_pid(), signal.SIGKILL)
    time.sleep(0.05)
    assert _ask("aa") == [((0, 2), (0, 2))]


def test_a_fork_starts_its_own() -> None:
    _ask("a")
    mine = _pid()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _ask("aa")
        os.write(write, b"%d" % _pid())
        _end_worker()
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(read, 20)) != mine
    os.close(read)
    os.close(write)
    assert _ask("a")
    assert _pid() == mine


def test_nothing_of_the_current_folder_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("marshal", "re", "functools", "sre_compile", "enum", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert _ask("a")
    assert not (tmp_path / "ran").exists()


def test_an_error_in_the_process_is_one_sentence() -> None:
    with pytest.raises(TooMuchWorkError, match="failed"):
        run_in_process("match", ("(", 0, "a", "", 0), 20.0)
    assert _ask("a")


def test_no_process_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(TooMuchWorkError, match="no process can be started"):
        _ask("a")


def test_time_is_counted_and_not_the_number_of_texts() -> None:
    rule = {
        "patterns": [
            {"pattern": "f('$X')"},
            {"metavariable-regex": {"metavariable": "$X", "regex": "(?:.|there)* left$"}},
        ]
    }
    source = "".join(f"f('text {number} with little in it')\n" for number in range(300))
    matches = find_matches(rule, source + "f('this is left')\n")
    assert [match.start_line for match in matches] == [301]


def test_what_a_rule_uses_up_in_a_file_is_bounded() -> None:
    regex, effort = regexes.translate(_SLOW), Effort(STEPS // 10)
    with expect_end(time.monotonic), pytest.raises(TooMuchWorkError):
        while True:
            regexes.match(regex, "a" * 24 + "!", effort)
            assert effort.left < effort.steps


@pytest.mark.parametrize(
    "pattern",
    [r".*there\s+is\s+much\s+left.*", r"^\s*\w+\s*=\s*\d+$", r"(?i)(password|secret)\s*[:=]"],
)
def test_what_its_text_proves_quick_needs_no_process(pattern: str) -> None:
    regex, text = regexes.translate(pattern), "there is much left " * 20
    assert (
        regexes.match(regex, text, Effort())
        == getattr(re.match(pattern, text), "groups", lambda: None)()
    )
    assert _Worker.running is None
