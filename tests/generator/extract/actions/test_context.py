"""What a path means: which rows it names, and which of them must be the caller's."""

from __future__ import annotations

from devmatrix_guard.ir.api import SELF
from tests.generator.specs import operation, read


def test_where_a_row_of_the_callers_lies_below_its_owner_that_owner_is_the_caller() -> None:
    ir = read(
        """
        security: [{bearer: []}]
        paths:
          /register:
            post:
              security: []
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/NewUser'}}
              responses: {'201': {description: made}}
          /users/{username}/notes:
            parameters: [{name: username, in: path, required: true, schema: {type: string}}]
            post:
              requestBody:
                content:
                  application/json: {schema: {$ref: '#/components/schemas/Note'}}
              responses: {'201': {description: made}}
          /users/{username}/notes/{noteId}/marks:
            parameters:
              - {name: username, in: path, required: true, schema: {type: string}}
              - {name: noteId, in: path, required: true, schema: {type: string}}
            get:
              responses:
                '200':
                  description: all
                  content:
                    application/json:
                      schema: {type: array, items: {$ref: '#/components/schemas/Mark'}}
          /users/{username}:
            parameters: [{name: username, in: path, required: true, schema: {type: string}}]
            get:
              responses:
                '200':
                  description: one
                  content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}
        components:
          securitySchemes: {bearer: {type: http, scheme: bearer}}
          schemas:
            NewUser: {properties: {username: {type: string}, password: {type: string}}}
            User: {properties: {username: {type: string}}}
            Note:
              x-entity: {owner: user, private: true}
              properties: {title: {type: string}}
            Mark: {properties: {word: {type: string}}}
        """
    )
    parents = operation(ir, "GET /users/{username}/notes/{noteId}/marks").action.parents
    assert [(p.entity, p.owner) for p in parents] == [("User", SELF), ("Note", "")]
