from __future__ import annotations

import copy
import pickle
from typing import ClassVar

import pytest

from devmatrix_guard.model.named_value import NamedValue


class Point(NamedValue):
    x: int
    y: int = 0
    names: tuple[str, ...] = ()
    ORIGIN: ClassVar[str] = "0, 0"

    @property
    def sum(self) -> int:
        return self.x + self.y


class Other(NamedValue):
    x: int
    y: int = 0
    names: tuple[str, ...] = ()


class Empty(NamedValue):
    pass


def test_fields_are_given_by_position_or_by_name() -> None:
    assert Point(1, 2) == Point(y=2, x=1) == Point(1, names=(), y=2)
    assert (Point(1).y, Point(1, 2).sum, Point.ORIGIN, Empty()) == (0, 3, "0, 0", Empty())


def test_every_value_of_a_class_is_checked_the_first_one_too() -> None:
    class Fresh(NamedValue):
        x: int

    for _ in range(2):
        with pytest.raises(TypeError, match=r"Fresh\(\) missing 1 required .*'x'"):
            Fresh()  # type: ignore[call-arg] # that is the point
        with pytest.raises(TypeError, match=r"Fresh\(\) got an unexpected .*'z'"):
            Fresh(1, z=1)  # type: ignore[call-arg] # that is the point
    with pytest.raises(TypeError, match=r"Fresh\(\) takes 2 positional"):
        Fresh(1, 2)  # type: ignore[call-arg] # that is the point


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Point(1).x = 2  # type: ignore[misc] # that is the point
    with pytest.raises(AttributeError):
        Point(1).z = 2  # type: ignore[attr-defined] # that is the point


def test_values_of_two_classes_differ() -> None:
    assert Point(1, 2) != Other(1, 2)
    assert Point(1, 2) != (1, 2, ())
    assert len({Point(1), Point(1, 0), Other(1)}) == 2


def test_replace_changes_what_it_names() -> None:
    assert Point(1, 2)._replace(y=3) == Point(1, 3)
    with pytest.raises(TypeError, match="Point has no field z"):
        Point(1)._replace(z=3)


def test_a_value_is_shown_without_its_defaults() -> None:
    assert repr(Point(1, names=("a",))) == "Point(x=1, names=('a',))"
    assert Point(1)._asdict() == {"x": 1, "y": 0, "names": ()}


def test_a_value_is_taken_apart_by_position() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_copies_are_equal() -> None:
    point = Point(1, names=("a",))
    assert pickle.loads(pickle.dumps(point)) == copy.deepcopy(point) == point  # noqa: S301
