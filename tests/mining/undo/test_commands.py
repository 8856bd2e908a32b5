"""Containers that run as root again, and options of commands that are left out."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.undo.stage import choose_stage
from tests.mining.undo.test_index import matches_of

BEFORE = """\
FROM python:3.11
COPY . /app
RUN pip install -r requirements.txt
USER root
CMD ["python", "app.py"]
"""
AFTER = BEFORE.replace("USER root", "USER app").replace("install -r", "install --require-hashes -r")
UNDONE = {
    "no user": AFTER.replace("USER app\n", ""),
    "the number of root": AFTER.replace("USER app", "USER 0"),
    "joined": AFTER.replace(
        "RUN pip install --require-hashes", "RUN apt-get update && pip install"
    ),
    "another installer": AFTER.replace("pip install --require-hashes", "uv pip install"),
}
KEPT = {
    "joined": AFTER.replace("RUN pip", "RUN apt-get update && pip"),
    "root for a step": AFTER.replace("COPY", "USER root\nCOPY"),
    "a group": AFTER.replace("USER app", "USER app:app"),
    "a later stage": AFTER.replace("FROM", "FROM python:3.11 AS build\n\nFROM", 1),
    "a newer image": AFTER.replace("3.11", "3.12"),
    "no installation": AFTER.replace("RUN pip install --require-hashes -r requirements.txt\n", ""),
}


# A dot ends a line of it, and the next begins an instruction.
COPIED = BEFORE.replace("COPY . /app", "COPY . .").replace("USER root\n", "")
COPIED_AFTER = COPIED.replace("COPY . .\n", "COPY . .\nUSER app\n")


@pytest.mark.parametrize(
    "change",
    [
        COPIED_AFTER.replace("USER app", "USER 0"),
        COPIED_AFTER.replace("USER app\n", "USER app\nUSER root\n"),
        COPIED_AFTER.replace("USER app\n", ""),
    ],
    ids=["by its number", "below", "none"],
)
def test_each_line_of_a_container_is_an_instruction(change: str) -> None:
    assert matches_of(COPIED, COPIED_AFTER, {"Dockerfile": change}, "Dockerfile")
    step = COPIED_AFTER.replace("USER app", "USER root\nRUN ls \\\n  -l\nUSER app")
    assert matches_of(COPIED, COPIED_AFTER, {"Dockerfile": step}, "Dockerfile") == []


@pytest.mark.parametrize("change", UNDONE.values(), ids=UNDONE)
def test_a_container_without_its_fix_is_advice(change: str) -> None:
    found = matches_of(BEFORE, AFTER, {"Dockerfile": change}, "Dockerfile")
    assert found
    assert {choose_stage(match) for match in found} == {"advise"}


@pytest.mark.parametrize("change", KEPT.values(), ids=KEPT)
def test_a_container_with_its_fix_is_silent(change: str) -> None:
    assert matches_of(BEFORE, AFTER, {"Dockerfile": change}, "Dockerfile") == []


def test_a_variable_of_a_script_that_may_be_empty_again() -> None:
    before = "#!/bin/sh\nset -e\nrm -rf $BUILD/*\n"
    after = before.replace("$BUILD", '"${BUILD:?}"')
    for old, new in (
        ("${BUILD:?}", "${BUILD:-}"),
        ('rm -rf "${BUILD:?}"/*', "find $BUILD -delete"),
    ):
        assert matches_of(before, after, {"a.sh": after.replace(old, new)}, "a.sh")
    change = after.replace("rm -rf", "rm -r -f")
    assert matches_of(before, after, {"a.sh": change}, "a.sh") == []
