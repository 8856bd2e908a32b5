"""Which InfraPatterns a check says something about."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.application.application import Application
from devmatrix_guard.commands.application.pattern_outcomes import record_pattern_outcomes
from devmatrix_guard.commands.application.run_recorder import record_run
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.learning import CheckOutcome

MAIN, ERRORS, EDITED = "src/main.py", "src/core/errors.py", "src/core/config.py"
TEXTS = {MAIN: "a", ERRORS: "b", EDITED: "c", "Dockerfile": "d", "src/own.py": "e"}
PATTERNS = {MAIN: ("main", 1), ERRORS: ("errors", 2), EDITED: ("config", 1), "Dockerfile": ("d", 1)}


def judged(root: Path, check: CheckOutcome) -> set[tuple[str, int, bool, str]]:
    files = {**TEXTS, EDITED: "edited by hand"}
    application = Application(
        root, root / "spec.yaml", None, ApplicationIR("shop"), files, TEXTS, PATTERNS
    )
    with (
        open_memory(".guard/memory.db", root) as memory,
        record_run(memory, "verify") as record,
    ):
        record_pattern_outcomes(record, application, check)
        return {(o.pattern_id, o.version, o.success, o.check) for o in record.outcomes}


@pytest.mark.parametrize("name", ["imports", "lint", "types", "tests"])
def test_a_pass_speaks_for_the_python_patterns_that_nobody_edited(
    tmp_path: Path, name: str
) -> None:
    assert judged(tmp_path, CheckOutcome(name, passed=True)) == {
        ("main", 1, True, name),
        ("errors", 2, True, name),
    }


def test_a_pass_of_the_files_that_are_no_python_speaks_for_theirs(tmp_path: Path) -> None:
    found = judged(tmp_path, CheckOutcome("config", passed=True))
    assert found == {("d", 1, True, "config")}


@pytest.mark.parametrize(
    ("name", "detail", "blamed"),
    [
        pytest.param("types", f"{ERRORS}:3: error: no", {"errors"}, id="the file named"),
        pytest.param("lint", f"{ERRORS}:3 and {MAIN}:1", {"errors", "main"}, id="each of several"),
        pytest.param("types", "src/own.py:3: error: no", set(), id="a file of no pattern"),
        pytest.param("types", f"{EDITED}:3: error: no", set(), id="a file edited by hand"),
        pytest.param("tests", "killed", set(), id="none named, and a file of theirs is there"),
        pytest.param("config", "Dockerfile: it has no FROM", {"d"}, id="a file that is no Python"),
        pytest.param("config", f"{MAIN}: what", set(), id="a Python file in what tries the others"),
        pytest.param(
            "imports",
            f'File "/app/{MAIN}", line 1\n  File "/app/{ERRORS}", line 2\nNameError: x',
            {"errors"},
            id="the innermost of a traceback",
        ),
    ],
)
def test_a_failure_is_laid_to(tmp_path: Path, name: str, detail: str, blamed: set[str]) -> None:
    found = judged(tmp_path, CheckOutcome(name, passed=False, detail=detail))
    assert {pattern for pattern, _, _, _ in found} == blamed
    assert not any(success for _, _, success, _ in found)


def test_nothing_is_said_by_a_check_of_the_answers(tmp_path: Path) -> None:
    assert judged(tmp_path, CheckOutcome("smoke", passed=False, detail=MAIN)) == set()
