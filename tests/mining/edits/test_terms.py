"""What a pattern need not look into becomes a hole, and does not hide the lesson around it."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.proof import build_query
from devmatrix_guard.mining.edits.sites import find_sites
from devmatrix_guard.mining.edits.terms import render


@pytest.mark.parametrize(
    "argument", ['f"https://x/{c}"', "lambda: c", "[x for x in c]", "{x: 1 for x in c}"]
)
def test_an_argument_that_stays_may_be_any_expression(argument: str) -> None:
    old = f"import requests\n\n\ndef load(c):\n    return requests.get({argument})\n"
    new = old.replace(f"{argument})", f"{argument}, timeout=10)")
    sites = find_sites("a.py", old.encode(), new.encode())
    assert sites is not None
    (site,) = sites
    befores = {render(form.before) for form in site.forms}
    assert befores & {"requests.get($...ARGS)", "requests.get($X)"}


def test_another_text_in_an_f_string_is_no_lesson() -> None:
    old = 'import log\n\n\ndef tell(c):\n    log.info(f"got {c}")\n'
    assert find_sites("a.py", old.encode(), old.replace("got", "have").encode()) == ()


def test_a_missing_await_is_looked_for_in_coroutines_only() -> None:
    old = "async def save(session):\n    session.commit()\n"
    sites = find_sites("a.py", old.encode(), old.replace("session.c", "await session.c").encode())
    assert sites is not None
    queries = [build_query(form) for site in sites for form in site.forms]
    assert queries
    inside = {"pattern-inside": "async def $FUNCTION(...):\n    ..."}
    assert all(inside in query["patterns"] for query in queries)
