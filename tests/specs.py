"""A small spec that tests change, as its owner would between two versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

BOOKS = """\
openapi: 3.1.0
info: {title: Books, version: "1"}
paths:
  /authors:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/AuthorIn"}}}
      responses:
        "201": &author
          description: An author.
          content: {application/json: {schema: {$ref: "#/components/schemas/Author"}}}
  /authors/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
    get: {responses: {"200": *author}}
  /books:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/BookIn"}}}
      responses:
        "201": &book
          description: A book.
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
  /books/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": *book}}
components:
  schemas:
    AuthorIn: {type: object, required: [name], properties: {name: {type: string, maxLength: 80}}}
    Author:
      type: object
      required: [id, name]
      properties:
        id: {type: string, format: uuid, readOnly: true}
        name: {type: string, maxLength: 80}
    BookIn:
      type: object
      required: [title, author_id, pages]
      properties:
        title: {type: string, maxLength: 100}
        author_id: {type: string, format: uuid, x-references: Author}
        pages: {type: integer, minimum: 1}
        tags: {type: array, items: {type: string}}
    Book:
      type: object
      required: [id, title, author_id, pages]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, maxLength: 100}
        author_id: {type: string, format: uuid, x-references: Author}
        pages: {type: integer, minimum: 1}
        tags: {type: array, items: {type: string}}
"""


class Spec:
    """The spec of books, to be changed.

    Attributes:
        data: the document.
    """

    def __init__(self) -> None:
        self.data: dict[str, Any] = yaml.safe_load(BOOKS)

    @property
    def _books(self) -> list[dict[str, Any]]:
        return [self.data["components"]["schemas"][name] for name in ("BookIn", "Book")]

    def add(self, name: str, schema: dict[str, Any], *, required: bool = False) -> None:
        """Give books a property, or another one in its place."""
        for book in self._books:
            book["properties"][name] = dict(schema)
            if required:
                book["required"].append(name)

    def drop(self, name: str) -> None:
        """Take a property from books."""
        for book in self._books:
            del book["properties"][name]
            self._optional(book, name)

    def relax(self, name: str) -> None:
        """Make a property of books optional."""
        for book in self._books:
            self._optional(book, name)

    def rename(self, old: str, new: str) -> None:
        """Call a property of books something else, and say so."""
        for book in self._books:
            schema = book["properties"].pop(old)
            book["properties"][new] = {**schema, "x-renamed-from": old}
            book["required"] = [new if name == old else name for name in book["required"]]

    def rename_books(self, name: str) -> None:
        """Call books something else, and say so; where they are found stays."""
        text = yaml.safe_dump(self.data, sort_keys=False)
        for old, new in (
            (f"schemas/Book{end}", f"schemas/{name}{end}") for end in ("In", "'", "\n")
        ):
            text = text.replace(old, new)
        self.data = yaml.safe_load(text)
        schemas = self.data["components"]["schemas"]
        schemas[f"{name}In"] = schemas.pop("BookIn")
        schemas[name] = {**schemas.pop("Book"), "x-renamed-from": "Book"}

    def entity(self, name: str, plural: str) -> None:
        """Add something else that is stored, with a label."""
        ref = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        answer = {"description": "One.", "content": ref}
        self.data["components"]["schemas"][name] = {
            "type": "object",
            "required": ["id", "label"],
            "properties": {
                "id": {"type": "integer", "readOnly": True},
                "label": {"type": "string", "maxLength": 20},
            },
        }
        self.data["paths"][f"/{plural}"] = {
            "post": {"requestBody": {"content": ref}, "responses": {"201": answer}}
        }
        key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
        self.data["paths"][f"/{plural}/{{id}}"] = {
            "parameters": [key],
            "get": {"responses": {"200": answer}},
        }

    @staticmethod
    def _optional(book: dict[str, Any], name: str) -> None:
        book["required"] = [other for other in book["required"] if other != name]


def edited(edit: Callable[[Spec], None]) -> dict[str, Any]:
    """Return the document after an edit."""
    spec = Spec()
    edit(spec)
    return spec.data
