from __future__ import annotations

import pytest

from devmatrix_guard.mining.task_ids import find_tasks


@pytest.mark.parametrize(
    ("message", "tasks"),
    [
        pytest.param("Fix rounding (#12)", ("#12",), id="a number"),
        pytest.param("SHOP-12: round every line", ("SHOP-12",), id="a key"),
        pytest.param("Closes GH-7, see org/lib#9", ("#7", "org/lib#9"), id="other spellings"),
        pytest.param("Fix\n\nRefs: #2, #2, AB-1", ("#2", "AB-1"), id="each once, in order"),
        pytest.param(
            "Fix it (https://git.example/team/shop/-/issues/44).",
            ("https://git.example/team/shop/-/issues/44",),
            id="an address",
        ),
        pytest.param(
            "see https://git.example/browse/SHOP-9 for more",
            ("https://git.example/browse/SHOP-9",),
            id="an address with a key is one task",
        ),
        pytest.param("Read UTF-8, ISO-8859 and SHA-256", (), id="names of standards"),
        pytest.param("CVE-2024-12345 is fixed", (), id="an advisory is no task"),
        pytest.param("Use color #1a2b3c and &#39;", (), id="colours and entities"),
        pytest.param("See https://example.invalid/docs#12", (), id="an anchor of a page"),
        pytest.param("Bump X-1.2 to v2", (), id="a version"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_tasks_are_what_a_tracker_calls_them(message: str, tasks: tuple[str, ...]) -> None:
    assert find_tasks(message) == tasks


def test_a_list_of_changes_gives_its_first_ten() -> None:
    message = "Release\n" + "\n".join(f"* #{number}" for number in range(1, 50))
    assert find_tasks(message) == tuple(f"#{number}" for number in range(1, 11))
