"""The types that the parts of matching share, so that none imports another for them."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Any, Callable, Sequence

Env = dict[str, Any]
Envs = list[Env]
State = tuple[Env, int]
MatchOne = Callable[[Any, Any, Env], Envs]
BindMany = Callable[[str, Sequence[Any], Env], Envs]
Point = tuple[int, int]
Range = tuple[Point, Point, Env, int]
