"""Where a pattern may match is looked up by what is bound, with the same result as trying."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.candidates import Candidates
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.matching.match import find_matches


def _bind(pattern: Any, node: str, env: Env) -> Envs:
    value = ("text", node)
    if env.get(pattern, value) != value:
        return []
    return [{**env, pattern: value}]


NODES = [f"n{number % 50}" for number in range(500)]


def test_with_nothing_bound_every_place_from_the_start_on_is_there() -> None:
    table = Candidates("$X", NODES, _bind, Effort())
    assert [place for place, _ in table.under({}, 497)] == [497, 498, 499]
    assert len(list(table.under({}, 0))) == 500


def test_bound_code_is_looked_up_and_not_tried_everywhere() -> None:
    effort = Effort()
    table = Candidates("$X", NODES, _bind, effort)
    list(table.under({}, 0))
    before = effort.left
    places = [place for place, _ in table.under({"$X": ("text", "n7")}, 100)]
    assert places == [107, 157, 207, 257, 307, 357, 407, 457]
    assert before - effort.left < 100


def test_what_is_bound_elsewhere_is_kept() -> None:
    table = Candidates("$X", NODES, _bind, Effort())
    place, (env,) = next(table.under({"$Y": ("text", "y")}, 0))
    assert (place, env) == (0, {"$Y": ("text", "y"), "$X": ("text", "n0")})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("a", "a", id="name"),
        pytest.param("'a'", "'a'", id="string"),
        pytest.param("1", "1", id="number"),
        pytest.param("x.y", "x . y", id="attribute"),
        pytest.param("f(1)[0]", "f( 1 )[0]", id="call"),
        pytest.param("ONE", "1", id="name of a constant"),
        pytest.param("1", "ONE", id="constant that has a name"),
        pytest.param("a + b", "a  +  b", id="operation"),
    ],
)
def test_equal_code_is_found_among_much_other_code(first: str, second: str) -> None:
    others = "".join(f"other({n}, v{n}.w, g{n}())\nuse(q{n})\n" for n in range(40))
    source = f"ONE = 1\n{others}keep({first})\n{others}use({second})\n"
    (match,) = find_matches("keep($X)\n...\nuse($X)", source)
    assert match.end_line == source.count("\n")
