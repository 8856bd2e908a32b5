"""Every error in a spec names the file, and the line of the part that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.extract import read_application
from devmatrix_guard.generator.spec.lines import SpecLines, list_forms, tell_place

_SPEC = """\
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    get:
      parameters: PARAMETERS
      responses:
        "200":
          description: One.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pet"}
components:
  schemas:
    Pet:
      type: object
      properties:
        id: {type: integer}
        name: {type: STRING}
"""
_GOOD = (("PARAMETERS", "[]"), ("STRING", "string"))


def _write(folder: Path, *changes: tuple[str, str]) -> Path:
    text = _SPEC
    for old, new in (*changes, *_GOOD):
        text = text.replace(old, new)
    path = folder / "pets.yaml"
    path.write_text(text)
    return path


def _refuse(path: Path, overlay: Path | None = None) -> str:
    with pytest.raises(SpecError) as caught:
        read_application(path, overlay)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("PARAMETERS", "3"), 6, "/paths/~1pets~1{id}/get/parameters: a list is expected here"),
        (("PARAMETERS", "[{in: path}]"), 6, "a parameter needs a name"),
        (("PARAMETERS", "[{name: id}]"), 6, "a parameter is in one of path"),
        (("STRING", "strng"), 19, "'strng' is not a type"),
        (("#/components/schemas/Pet", "#/components/schemas/Pot"), 12, "leads to nothing"),
        (("3.1.0", "4.0.0"), 1, "the version '4.0.0' is not understood"),
        (("properties:", "x-entity: 3\n      properties:"), 17, "/components/schemas/Pet/x-entity"),
    ],
    ids=["shape", "missing", "place", "type", "reference", "version", "extension"],
)
def test_what_is_wrong_in_a_part_is_told_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, says: str
) -> None:
    path = _write(tmp_path, change)
    said = _refuse(path)
    assert said.startswith(f"{path}:{line}: /")
    assert says in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is not an OpenAPI document"),
        ("- 1\n", "this is not an OpenAPI document"),
        ("a: [1", "is not valid YAML"),
        ("a: 1\na: 2\n", "the key 'a' stands twice"),
        ("\x00", "not valid YAML"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told_with_its_file(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "pets.yaml"
    path.write_text(text)
    said = _refuse(path)
    assert said.startswith(f"{path}: ")
    assert says in said
    assert said.count(str(path)) == 1


def test_a_mistake_in_an_overlay_names_the_overlay(tmp_path: Path) -> None:
    overlay = tmp_path / "more.yaml"
    overlay.write_text("overlay: 1\nentities:\n  Pet:\n    x-entty: true\n")
    said = _refuse(_write(tmp_path), overlay)
    assert said.startswith(f"{overlay}:3: /entities/Pet: ")
    assert said.endswith("(in the overlay)")


def test_an_overlay_that_is_no_object_is_told_in_full(tmp_path: Path) -> None:
    overlay = tmp_path / "more.yaml"
    overlay.write_text("[1]\n")
    said = _refuse(_write(tmp_path), overlay)
    assert (
        said == f"{overlay}: an overlay is an object that starts with `overlay: 1` (in the overlay)"
    )


def test_swagger_and_json_are_told_with_the_lines_that_they_have(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(
        '{"swagger": "2.0",\n"info": {"title": "Pets", "version": "1"},\n"paths": {},\n'
        '"definitions": {\n"Pet": {"type": "object",\n'
        '"properties": {\n"name": {"type": "txt"}}}}}\n'
    )
    assert _refuse(path).startswith(f"{path}:7: /components/schemas/Pet/properties/name")


def test_a_part_that_came_from_another_file_gets_no_line_of_this_one(tmp_path: Path) -> None:
    path = _write(tmp_path, ("#/components/schemas/Pet", "pet.yaml"))
    (tmp_path / "pet.yaml").write_text("type: object\nproperties: {id: {type: integr}}\n")
    said = _refuse(path)
    assert said.startswith(f"{path}: /components/schemas/pet")


def test_a_text_without_a_name_is_told_by_its_pointer_alone() -> None:
    with pytest.raises(SpecError, match=r"^/a: wrong$"), tell_place(""):
        raise SpecError("wrong", "/a")


def test_a_place_that_is_known_is_not_told_twice(tmp_path: Path) -> None:
    with (
        pytest.raises(SpecError, match=r"^pets.yaml:3: /a: wrong$"),
        tell_place(tmp_path / "other.yaml"),
        tell_place(tmp_path / "another.yaml"),
    ):
        raise SpecError("wrong", "/a", "pets.yaml:3")


@pytest.mark.parametrize(
    ("pointer", "line", "is_value"),
    [
        ("", 1, False),
        ("/a", 1, False),
        ("/a/b", 2, True),
        ("/a/c/1", 5, True),
        ("/a/c/2", 0, False),
        ("/a/b/c", 0, False),
        ("/d", 0, False),
    ],
)
def test_a_pointer_leads_to_a_line(pointer: str, line: int, is_value: bool) -> None:
    lines = SpecLines("a:\n  b: 1\n  c:\n  - 1\n  - 2\n")
    assert lines.find_line(pointer) == (line, is_value)


@pytest.mark.parametrize("text", ["", "a: [", "\x00", "[" * 5000])
def test_a_text_that_is_not_yaml_has_no_lines(text: str) -> None:
    assert SpecLines(text).find_line("/a") == (0, False)


def test_a_part_has_the_name_that_swagger_gives_it_and_that_of_a_colon() -> None:
    assert list_forms("/components/schemas/Pet") == ["/components/schemas/Pet", "/definitions/Pet"]
    assert list_forms("/paths/~1pets~1{id}") == ["/paths/~1pets~1{id}", "/paths/~1pets~1:id"]
