"""An operation or a flow is called otherwise: what people wrote in its files follows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.generate.regenerate import command
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from tests.helpers_apps import make_application

_SPEC = """\
openapi: 3.1.0
info: {title: Lamps, version: "1"}
paths:
  /lamps:
    get:
      operationId: list_lamps
      parameters: [{name: limit, in: query, schema: {type: integer, default: 20}}]
      responses:
        "200":
          description: Lamps.
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Lamp"}}
    post:
      operationId: create_lamp
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/Lamp"}}}
      responses:
        "201":
          description: A lamp.
          content: {application/json: {schema: {$ref: "#/components/schemas/Lamp"}}}
  /lamps/{lamp_id}/light:
    parameters: [{name: lamp_id, in: path, required: true, schema: {type: integer}}]
    post:
      operationId: light_lamp
      x-flow: light_lamp
      responses:
        "200":
          description: A lamp.
          content: {application/json: {schema: {$ref: "#/components/schemas/Lamp"}}}
x-flows:
  light_lamp:
    description: Light a lamp.
    steps:
      - load: {as: lamp, entity: Lamp, by: {id: path.lamp_id}, lock: true, else: 404}
      - require: {expr: not lamp.is_lit, else: {status: 409, code: already_lit}}
      - set: {lamp.is_lit: "true"}
      - return: lamp
components:
  schemas:
    Lamp:
      type: object
      required: [id, name, is_lit]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, maxLength: 40}
        is_lit: {type: boolean, default: false}
"""
_SERVICE = "src/services/lamp_service.py"
_OLD, _NEW = "src/workflows/light_lamp.py", "src/workflows/switch_on_lamp.py"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path, _SPEC, "lamps.yaml")


def _regenerate(app: Path, *changes: tuple[str, str]) -> Regeneration:
    return run_regenerate(app, RegenerateOptions(spec=_write(app, *changes), verify=False))


def _write(app: Path, *changes: tuple[str, str]) -> Path:
    text = _SPEC
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    spec = app.parent / "new.yaml"
    spec.write_text(text)
    return spec


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edit_of_an_operation_follows_its_new_name(app: Path) -> None:
    _replace(app / _SERVICE, "async def list_lamps(", "async def list_lamps(  # ours\n        ")
    result = _regenerate(app, ("list_lamps", "find_lamps"))
    assert result.written, result.blockers
    assert "async def find_lamps(  # ours" in (app / _SERVICE).read_text()
    assert "list_lamps" not in (app / _SERVICE).read_text()
    assert [(drift.kind, drift.path) for drift in run_drift(app)] == [("edited", _SERVICE)]


def test_an_edit_of_a_flow_follows_to_its_new_file(app: Path) -> None:
    _replace(app / _OLD, "is_lit = True", "is_lit = True\n    lamp.name = lamp.name.strip()")
    result = _regenerate(app, ("light_lamp", "switch_on_lamp"))
    assert result.written, result.blockers
    assert not (app / _OLD).exists()
    text = (app / _NEW).read_text()
    assert "async def switch_on_lamp(" in text
    assert "lamp.name = lamp.name.strip()" in text
    assert "light" not in text.replace("Light a lamp.", "")
    assert [(drift.kind, drift.path) for drift in run_drift(app)] == [("edited", _NEW)]
    (told,) = (d.notes for d in result.decisions if d.path == _NEW)
    assert told == (f"what you wrote in {_OLD} is merged into it",)


_JOB = """\
from src.workflows.light_lamp import light_lamp


async def run(service):
    return await service.list_lamps(limit=3), light_lamp, getattr(service, "list_lamps")
"""


def test_who_calls_an_old_name_in_a_file_of_their_own_is_told(app: Path) -> None:
    (app / "src/jobs.py").write_text(_JOB)
    result = _regenerate(app, ("list_lamps", "find_lamps"), ("light_lamp", "switch_on_lamp"))
    assert result.written, result.blockers
    assert (app / "src/jobs.py").read_text() == _JOB
    (told,) = (d for d in result.decisions if d.path == "src/jobs.py")
    assert told.outcome == "kept"
    assert told.notes == (
        "line 1 speaks of light_lamp, which is called switch_on_lamp now",
        "line 1 speaks of src.workflows.light_lamp, which is not generated any more",
        "line 5 speaks of light_lamp, which is called switch_on_lamp now",
        "line 5 speaks of list_lamps, which is called find_lamps now",
    )


def test_who_calls_an_old_name_by_another_object_in_a_generated_file_is_told(app: Path) -> None:
    _replace(
        app / _SERVICE, '"""List lamps."""', '"""List lamps."""\n        print(self.x.list_lamps)'
    )
    result = _regenerate(app, ("list_lamps", "find_lamps"))
    (notes,) = (d.notes for d in result.decisions if d.path == _SERVICE)
    rows = (app / _SERVICE).read_text().split("\n")
    row = next(i for i, line in enumerate(rows, 1) if "print(" in line)
    assert notes[-1] == f"line {row} speaks of list_lamps, which is called find_lamps now"


def test_who_reads_a_property_that_is_gone_is_told(app: Path) -> None:
    (app / "tests/test_ours.py").write_text("def test_lamp(lamp):\n    assert lamp.name\n")
    text = "        name: {type: string, maxLength: 40}\n"
    changed = text.replace("name:", "label:")
    options = RegenerateOptions(
        spec=_write(app, (text, changed), ("[id, name,", "[id,")), verify=False, destructive=True
    )
    result = run_regenerate(app, options)
    assert result.written, result.blockers
    (notes,) = (d.notes for d in result.decisions if d.path == "tests/test_ours.py")
    assert notes == ("line 2 speaks of name, which is not generated any more",)


def test_who_reads_a_property_that_is_called_otherwise_is_told_its_new_name(app: Path) -> None:
    (app / "tests/test_ours.py").write_text("def test_lamp(lamp):\n    assert lamp.name\n")
    text = "        name: {type: string, maxLength: 40}\n"
    changed = "        label: {type: string, maxLength: 40, x-renamed-from: name}\n"
    result = _regenerate(app, (text, changed), ("[id, name,", "[id, label,"))
    (notes,) = (d.notes for d in result.decisions if d.path == "tests/test_ours.py")
    assert notes == ("line 2 speaks of name, which is called label now",)


def test_who_defines_the_old_name_themselves_is_told_nothing(app: Path) -> None:
    (app / "src/jobs.py").write_text("def list_lamps(): ...\n\n\nprint(list_lamps)\n")
    result = _regenerate(app, ("list_lamps", "find_lamps"))
    assert "src/jobs.py" not in {d.path for d in result.decisions}


def test_line_ends_alone_are_no_edit_that_would_follow_or_stay(app: Path) -> None:
    (app / _OLD).write_bytes((app / _OLD).read_bytes().replace(b"\n", b"\r\n"))
    result = _regenerate(app, ("light_lamp", "switch_on_lamp"))
    assert not (app / _OLD).exists()
    assert [(d.outcome, d.notes) for d in result.decisions if d.path in (_OLD, _NEW)] == [
        ("removed", ()),
        ("added", ()),
    ]


def test_a_file_in_conflict_is_not_told_what_its_generated_lines_speak_of(app: Path) -> None:
    _replace(app / _SERVICE, '"""List lamps."""', '"""All lamps."""')
    result = _regenerate(app, ("list_lamps", "find_lamps"), ("light_lamp", "switch_on_lamp"))
    (held,) = (d for d in result.decisions if d.path == _SERVICE)
    assert held.outcome == "conflict"
    assert not [note for note in held.notes if "speaks of" in note]


def test_undo_brings_the_old_file_back(app: Path) -> None:
    _replace(app / _OLD, "is_lit = True", "is_lit = bool(1)")
    before = (app / _OLD).read_bytes()
    _regenerate(app, ("light_lamp", "switch_on_lamp"))
    CliRunner().invoke(command, [str(app), "--undo", "--yes"], standalone_mode=False)
    assert (app / _OLD).read_bytes() == before
    assert not (app / _NEW).exists()


def test_where_both_changed_a_line_of_it_the_old_file_stays_and_is_told(app: Path) -> None:
    _replace(app / _OLD, "is_lit = True", "is_lit = bool(1)")
    result = _regenerate(app, ("light_lamp", "switch_on_lamp"), ('"true"}', "not lamp.is_lit}"))
    assert result.written
    assert "bool(1)" in (app / _OLD).read_text()
    assert "bool(1)" not in (app / _NEW).read_text()
    (told,) = (d.notes for d in result.decisions if d.path == _OLD)
    assert "no longer generated, but you edited it" in told[0]


def test_a_flow_that_people_deleted_comes_back_under_a_name_that_only_resembles_it(
    app: Path,
) -> None:
    (app / _OLD).unlink()
    assert _regenerate(app, ("light_lamp", "switch_on_lamp")).written
    assert (app / _NEW).exists()


def _tell(app: Path, *changes: tuple[str, str]) -> str:
    arguments = [str(app), "--spec", str(_write(app, *changes)), "--no-verify"]
    return CliRunner().invoke(command, arguments, standalone_mode=False).output


def test_a_conflict_shows_what_each_side_changed(app: Path) -> None:
    _replace(app / _OLD, "is_lit = True", "is_lit = bool(1)")
    told = _tell(app, ('"true"}', "not lamp.is_lit}"))
    assert "light_lamp was changed on both sides" in told
    shown = [line.strip() for line in told.splitlines() if line.startswith("      ")]
    assert shown == [
        "yours     -     lamp.is_lit = True",
        "yours     +     lamp.is_lit = bool(1)",
        "generated -     lamp.is_lit = True",
        "generated +     lamp.is_lit = not lamp.is_lit",
    ]


def test_an_edit_of_what_is_gone_is_told_as_such_with_the_edit(app: Path) -> None:
    _replace(app / _SERVICE, '"""List lamps."""', '"""All of the lamps."""')
    start, end = _SPEC.index("    get:\n"), _SPEC.index("    post:\n")
    told = _tell(app, (_SPEC[start:end], ""))
    assert "LampService.list_lamps was changed by you, and is not generated any more" in told
    assert '+         """All of the lamps."""' in told
    assert "      generated" not in told
