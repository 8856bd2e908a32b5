"""Are two OpenAPI documents equal in meaning?

Compared are operations, parameters, bodies, responses, media types, security and every schema,
with `$ref`s followed. Not compared is what changes no request and no response: titles,
descriptions, examples, tags, operation ids, servers, vendor extensions, the names of components,
and a `default` in a response (it says what a request may leave out), and
the way a thing is spelled (3.0 `nullable` or 3.1 `type: [t, "null"]`, `const` or a one-value
`enum`, boolean or numeric `exclusiveMinimum`, `allOf` of one, a type beside alternatives or in
each of them). A schema without a type is read as every reader of OpenAPI does: its values tell
it, or the keywords that only one type has (`properties`: an object, `items`: an array). Null
among the values of a schema, and a schema being nullable, say one thing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any, NamedTuple

from devmatrix_guard.verify.normalise import Document, write_json

_MISSING = "(nothing)"


class Difference(NamedTuple):
    """One place where the documents disagree; values are short JSON texts."""

    place: str
    expected: str
    found: str


def find_differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """Return where `found` (what an application serves) differs from `expected` (its spec)."""
    left, right = Document(expected), Document(found)
    mine, theirs = left.index_operations(), right.index_operations()
    result = [
        Difference(" ".join(key), "an operation" if key in mine else _MISSING, _MISSING)
        if key in mine
        else Difference(" ".join(key), _MISSING, "an operation")
        for key in sorted(mine.keys() ^ theirs.keys())
    ]
    for key in sorted(mine.keys() & theirs.keys()):
        result.extend(
            _Comparison(left, right).compare_operation(" ".join(key), mine[key], theirs[key])
        )
    return result


_Identity = tuple[str | int, ...]
_Pair = tuple[_Identity, _Identity, bool]


class _Comparison:
    """Walks two documents together; remembers the pairs of schemas it is inside of."""

    def __init__(self, left: Document, right: Document) -> None:
        self._left = left
        self._right = right
        self._inside: set[_Pair] = set()
        self._equal: set[_Pair] = set()
        self._assumed = 0
        self._answering = False

    def compare_operation(
        self, place: str, mine: tuple[dict[str, Any], str], theirs: tuple[dict[str, Any], str]
    ) -> Iterator[Difference]:
        (left, left_path), (right, right_path) = mine, theirs
        ours = self._left.index_parameters(left, left_path)
        yours = self._right.index_parameters(right, right_path)
        yield from _list_names(f"{place} parameters", ours, yours)
        for name in sorted(ours.keys() & yours.keys()):
            yield from self._compare_parameter(f"{place} {name}", ours[name], yours[name])
        given, taken = left.get("requestBody"), right.get("requestBody")
        if given is not None or not _is_marked(taken):
            yield from self._compare_body(f"{place} body", given, taken)
        self._answering = True
        yield from self._compare_responses(
            place, left.get("responses", {}), right.get("responses", {})
        )
        security = self._left.list_security(left), self._right.list_security(right)
        if security[0] != security[1]:
            yield Difference(f"{place} security", _shorten(security[0]), _shorten(security[1]))

    def _compare_parameter(
        self, place: str, left: Mapping[str, Any], right: Mapping[str, Any]
    ) -> Iterator[Difference]:
        if left.get("in") != "path":  # one of a path is always there, whatever is said of it
            yield from _compare_values(
                f"{place} required", bool(left.get("required")), bool(right.get("required"))
            )
        left_schema, right_schema = left.get("schema"), right.get("schema")
        style = (self._left.find_style(left), self._right.find_style(right))
        yield from _compare_values(f"{place} style", *style)
        if left_schema is None and right_schema is None:
            yield from self._compare_content(
                place, left.get("content", {}), right.get("content", {})
            )
            return
        yield from self.compare_schema(place, left_schema or {}, right_schema or {})

    def _compare_body(self, place: str, left: Any, right: Any) -> Iterator[Difference]:
        left, right = self._left.resolve(left), self._right.resolve(right)
        if left is None and right is None:
            return
        if left is None or right is None:
            yield Difference(place, _describe_presence(left), _describe_presence(right))
            return
        yield from _compare_values(
            f"{place} required", bool(left.get("required")), bool(right.get("required"))
        )
        yield from self._compare_content(place, left.get("content", {}), right.get("content", {}))

    def _compare_responses(
        self, place: str, left: Mapping[Any, Any], right: Mapping[Any, Any]
    ) -> Iterator[Difference]:
        mine, theirs = _group_by_status(left), _group_by_status(right)
        theirs = {status: r for status, r in theirs.items() if not _is_beside(status, r, mine)}
        yield from _list_names(f"{place} responses", mine, theirs)
        for status in sorted(mine.keys() & theirs.keys()):
            ours = self._left.resolve(mine[status])
            yours = self._right.resolve(theirs[status])
            there = f"{place} {status}"
            declared = ours.get("content") or {}
            served = _leave_out_undescribed(yours.get("content") or {}, declared)
            yield from self._compare_content(there, declared, served)
            yield from self._compare_headers(
                there, self._left.index_headers(ours), self._right.index_headers(yours)
            )

    def _compare_headers(
        self, place: str, left: Mapping[str, Any], right: Mapping[str, Any]
    ) -> Iterator[Difference]:
        yield from _list_names(f"{place} headers", left, right)
        for name in sorted(left.keys() & right.keys()):
            yield from self._compare_parameter(f"{place} header {name}", left[name], right[name])

    def _compare_content(
        self, place: str, left: Mapping[str, Any], right: Mapping[str, Any]
    ) -> Iterator[Difference]:
        yield from _list_names(f"{place} media types", left, right)
        for media in sorted(left.keys() & right.keys()):
            yield from self.compare_schema(
                f"{place} {media}", left[media].get("schema", {}), right[media].get("schema", {})
            )

    def compare_schema(
        self, place: str, left: Any, right: Any
    ) -> Generator[Difference, None, None]:
        """Yield where two schemas differ; a pair met again inside itself is taken as equal."""
        pair = (_find_identity(left), _find_identity(right), self._answering)
        if pair in self._equal:
            return
        if pair in self._inside:
            self._assumed += 1
            return
        self._inside.add(pair)
        assumed, equal = self._assumed, True
        try:
            for difference in self._compare_schemas(place, left, right):
                equal = False
                yield difference
        except GeneratorExit:
            equal = False
            raise
        finally:
            self._inside.discard(pair)
            if equal and _is_named(left, right) and (assumed == self._assumed or not self._inside):
                self._equal.add(pair)

    def _compare_schemas(self, place: str, left: Any, right: Any) -> Iterator[Difference]:
        mine, theirs = self._left.normalise(left), self._right.normalise(right)
        apart = {"properties", "items", "any", "extra", "names"} | (
            {"default"} if self._answering else set()
        )
        if place.endswith(("[]", ".*")):  # these are said of what has a name
            apart |= {"default", "readOnly", "writeOnly"}
        if place.rpartition("|")[2].isdigit():  # a default of one of several is nobody's
            apart |= {"default"}
        for key in sorted((mine.keys() | theirs.keys()) - apart):
            yield from _compare_values(f"{place} {key}", mine.get(key), theirs.get(key))
        ours, yours = mine.get("properties", {}), theirs.get("properties", {})
        yield from _list_names(f"{place} properties", ours, yours)
        for name in sorted(ours.keys() & yours.keys()):
            yield from self.compare_schema(f"{place}.{name}", ours[name], yours[name])
        for key, sign in (("items", "[]"), ("extra", ".*"), ("names", ".(name)")):
            if key in mine or key in theirs:
                yield from self.compare_schema(place + sign, mine.get(key, {}), theirs.get(key, {}))
        yield from self._compare_variants(place, mine.get("any", []), theirs.get("any", []))

    def _compare_variants(
        self, place: str, left: list[Any], right: list[Any]
    ) -> Iterator[Difference]:
        """Pair alternatives off in any order; as many left over on both sides, in theirs."""
        missing, remaining = [], list(right)
        for variant in left:
            twin = next((r for r in remaining if self._equals(place, variant, r)), None)
            if twin is None:
                missing.append(variant)
            else:
                remaining.remove(twin)
        if len(missing) == len(remaining):
            for number, (ours, yours) in enumerate(zip(missing, remaining, strict=True), 1):
                yield from self.compare_schema(f"{place}|{number}", ours, yours)
            return
        for variant in missing:
            yield Difference(f"{place} alternatives", _shorten(variant), _MISSING)
        for variant in remaining:
            yield Difference(f"{place} alternatives", _MISSING, _shorten(variant))

    def _equals(self, place: str, left: Any, right: Any) -> bool:
        found = self.compare_schema(place, left, right)
        different = next(found, None)
        found.close()
        return different is None


# --- small comparers ---------------------------------------------------------------------------


def _list_names(
    place: str, left: Mapping[str, Any], right: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in sorted(left.keys() - right.keys()):
        yield Difference(place, name, _MISSING)
    for name in sorted(right.keys() - left.keys()):
        yield Difference(place, _MISSING, name)


def _is_beside(status: str, response: Any, declared: Mapping[str, Any]) -> bool:
    """Tell whether an answer is marked as one that the application adds, where the spec is silent.

    A refusal that no spec declares, of a caller whom nobody knows for one, is told and not hidden.
    """
    silent = not any(name == "DEFAULT" or name.startswith("2") for name in declared)
    beside = status.startswith("4") or (status.startswith("2") and silent)
    return _is_marked(response) and beside and status not in declared


def _is_marked(served: Any) -> bool:
    """Tell whether a part of a served document is marked as what no spec declares."""
    return isinstance(served, Mapping) and served.get("x-undeclared") is True


def _leave_out_undescribed(
    served: Mapping[str, Any], declared: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the media types of an answer, without those marked as chosen where none is declared.

    `"200": {description: the jobs}` says that there is an answer, and not what is in it.
    """
    if declared:
        return served
    return {name: item for name, item in served.items() if item.get("x-undeclared") is not True}


def _group_by_status(responses: Mapping[Any, Any]) -> dict[str, Any]:
    found = {str(status).upper(): response for status, response in responses.items()}
    return {status: response for status, response in found.items() if status[:2] != "X-"}


def _compare_values(place: str, left: Any, right: Any) -> Iterator[Difference]:
    if _shorten(left, None) != _shorten(right, None):
        yield Difference(place, _shorten(left), _shorten(right))


def _find_identity(schema: Any) -> tuple[str | int, ...]:
    """What is the same each time a cycle comes round: a name, an object, or several of them."""
    if not isinstance(schema, Mapping):
        return (id(schema),)
    if isinstance(schema.get("$ref"), str):
        return (schema["$ref"],)
    if "allOf" in schema and schema.keys() <= {"allOf", "type", "additionalProperties"}:
        parts = [_find_identity(part) for part in schema["allOf"]]
        types = [f"type {name}" for name in schema.get("type", ())]
        if "additionalProperties" in schema:
            types.append(f"others {id(schema['additionalProperties'])}")
        return tuple(sorted({*types, *(piece for part in parts for piece in part)}, key=str))
    return (id(schema),)


def _is_named(*schemas: Any) -> bool:
    """Tell whether schemas are references: only their identity outlives the comparison."""
    return all(isinstance(s, Mapping) and s.keys() == {"$ref"} for s in schemas)


def _describe_presence(value: Any) -> str:
    return _MISSING if value is None else "a body"


def _shorten(value: Any, limit: int | None = 120) -> str:
    if value is None:
        return _MISSING
    return write_json(value)[:limit]
