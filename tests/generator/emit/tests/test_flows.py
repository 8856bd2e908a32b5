"""Tests of flows call for rows that are not there in the form that paths declare."""

from __future__ import annotations

import re

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from tests.generator.specs import read

SPEC = """
paths:
  /boxes:
    post:
      requestBody: {required: true, content: {application/json: {schema: <NEW>}}}
      responses: {'201': {description: made, content: {application/json: {schema: <BOX>}}}}
  /boxes/{id}/cancel:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, pattern: '^BOX_[A-Z0-9]+$'}}
    post:
      responses:
        '200': {description: cancelled, content: {application/json: {schema: <BOX>}}}
        '404': {description: there is none}
components:
  schemas:
    NewBox: {type: object, required: [name], properties: {name: {type: string}}}
    Box:
      type: object
      required: [id, name]
      properties:
        id: {type: string, pattern: '^BOX_[A-Z0-9]+$'}
        name: {type: string}
        cancelled: {type: boolean}
"""


def test_a_row_that_is_not_there_has_a_name_of_the_declared_form() -> None:
    text = SPEC.replace("<NEW>", "{$ref: '#/components/schemas/NewBox'}")
    plan = make_plan(read(text.replace("<BOX>", "{$ref: '#/components/schemas/Box'}")))
    files = {file.path: file.text for file in generate_files(plan, PatternBank())}
    flows = "".join(files[path] for path in files if path.startswith("tests/test_flow_"))
    made = files["tests/factories.py"] + files["src/models/entities/box.py"]
    absent = re.findall(r'"/boxes/(BOX_\w+)', flows)
    assert absent
    assert f'"{absent[0]}"' not in made
    assert len(absent[0]) > len("BOX_A")  # samples of a pattern are all alike
    assert "nothing-like-it" not in flows
