"""The table of a many-to-many relation is nobody else's."""

from __future__ import annotations

from tests.generator.specs import entity, operation, read

SPEC = """
paths:
  /songs/{id}:
    parameters: [&id {name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {'200': {description: ok, content: {application/json: {schema:
      {$ref: '#/components/schemas/Song'}}}}}}
    options:
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {'200': {description: ok}}
  /tags/{id}:
    parameters: [*id]
    get: {responses: {'200': {description: ok, content: {application/json: {schema:
      {$ref: '#/components/schemas/Tag'}}}}}}
  /song_tags/{id}:
    parameters: [*id]
    get: {responses: {'200': {description: ok, content: {application/json: {schema:
      {$ref: '#/components/schemas/SongTag'}}}}}}
components:
  schemas:
    Tag: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    SongTag: {type: object, properties: {id: {type: integer}, name: {type: string}}}
    Song:
      type: object
      properties:
        id: {type: integer}
        tags:
          type: array
          items: {$ref: '#/components/schemas/Tag'}
          x-relation: {kind: many_to_many, target: Tag}
"""


def test_a_link_table_gives_way_to_the_table_of_an_entity() -> None:
    ir = read(SPEC)
    assert entity(ir, "SongTag").table == "song_tags"
    (own,), (inverse,) = entity(ir, "Song").relations, entity(ir, "Tag").relations
    assert own.through == inverse.through == "song_tags_2"


def test_options_is_an_operation_like_others() -> None:
    assert operation(read(SPEC), "OPTIONS /songs/{id}").body is not None
