"""Paths that name what belongs to a row before the row: `/tasks/{projectId}` for a project's tasks.

Such an operation is read as if its path were `/projects/{projectId}/tasks`, and one of its rows
(`/tasks/{projectId}/t/{taskId}`) as `/projects/{projectId}/tasks/{taskId}`. What is served is the
path of the spec.

A verb that says what the method says already (`PUT /users/update/{id}`, `POST /users/new`,
`GET /getUser/{id}`) is no part of what a path is about, nor is a word that announces a key
(`/books/id/{id}`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from devmatrix_guard.generator.extract.endpoint import Endpoint, Segment
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake

_READS = ("get_all", "find_all", "list_all", "fetch_all", "get", "find", "fetch", "list", "show")
_MAKES = ("new", "add", "create", "store", "save", "insert")
_CHANGES = ("update", "edit", "modify")
_REMOVES = ("delete", "remove", "destroy")
_VERBS = {  # method -> what may stand behind a collection, or between it and a key
    "GET": {*_READS, "all", "index", "view", "details", "get_by_id", "find_by_id"},
    "POST": {*_MAKES},
    "PUT": {*_CHANGES},
    "PATCH": {*_CHANGES},
    "DELETE": {*_REMOVES},
}
_JOINED = {  # method -> what a collection may begin with: `/createBook`
    "GET": _READS,
    "POST": _MAKES,
    "PUT": _CHANGES,
    "PATCH": _CHANGES,
    "DELETE": _REMOVES,
}
_ANNOUNCES = {"id", "by_id", "uuid"}
_KEYS = ("_id", "_uuid", "_key", "_slug")


def unfold_paths(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Return the endpoints, with the parts of such paths in the order in which rows belong."""
    known = _drop_verbs(_part_joined(list(endpoints)))
    owners = _find_owners(known)
    flat: set[tuple[str, str]] = set()
    for endpoint in known:
        if len(endpoint.segments) == 2 and _is_collection_of_another(endpoint, owners):
            flat.add((endpoint.segments[0].text, endpoint.segments[1].parameter))
    return [_unfold(endpoint, owners, flat) for endpoint in known]


def _drop_verbs(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave verbs out of paths, where no other operation has the path without them."""
    taken = {(endpoint.method, _find_shape(endpoint.segments)) for endpoint in endpoints}
    made = []
    for endpoint in endpoints:
        rest = _find_without_verb(endpoint)
        same = (endpoint.method, _find_shape(rest))
        if rest != endpoint.segments and same not in taken:
            taken.add(same)
            endpoint = endpoint._replace(segments=rest)
        made.append(endpoint)
    return made


def _part_joined(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Take verbs off the collections they are joined to, where another operation names these."""
    firsts = [endpoint.literals[0] for endpoint in endpoints if endpoint.literals]
    stems = Counter(_list_stems(endpoints))
    nouns = {to_singular(word) for word in firsts} | {s for s, times in stems.items() if times > 1}
    taken = {(endpoint.method, _find_shape(endpoint.segments)) for endpoint in endpoints}
    made = []
    for endpoint in endpoints:
        stem = next((s for s in _find_stems(endpoint) if s in nouns), "")
        parts = (Segment(to_plural(stem)), *endpoint.segments[1:]) if stem else endpoint.segments
        same = (endpoint.method, _find_shape(parts))
        if stem and same not in taken:
            taken.add(same)
            endpoint = endpoint._replace(segments=parts)
        made.append(endpoint)
    return made


def _list_stems(endpoints: Iterable[Endpoint]) -> list[str]:
    """Return what stands behind the verbs, where a word ends between the two."""
    found = []
    for endpoint in endpoints:
        first = to_snake(endpoint.segments[0].text) if endpoint.segments else ""
        found += [stem for stem in _find_stems(endpoint)[:1] if first.endswith(f"_{stem}")]
        found += [s for s in _find_stems(endpoint)[:1] if first.endswith(f"_{to_plural(s)}")]
    return found


def _find_stems(endpoint: Endpoint) -> list[str]:
    """Return what the rows of `/createBook` or `/updatebook/{id}` may be called: `book`."""
    parts = endpoint.segments
    if not parts or parts[0].parameter or len(parts) > 1 + endpoint.ends_in_parameter:
        return []
    first = to_snake(parts[0].text)
    verbs = [verb for verb in _JOINED.get(endpoint.method, ()) if first.startswith(verb)]
    rests = [first.removeprefix(verb).strip("_") for verb in verbs]
    rests = [rest.removesuffix("_by_id") for rest in rests]
    return [to_singular(rest) for rest in rests if len(rest) > 2]


def _find_shape(segments: Iterable[Segment]) -> tuple[str, ...]:
    return tuple("{}" if part.parameter else part.text for part in segments)


def _find_without_verb(endpoint: Endpoint) -> tuple[Segment, ...]:
    parts = endpoint.segments
    verbs = _VERBS.get(endpoint.method, set[str]())
    at = len(parts) - (2 if endpoint.ends_in_parameter else 1)
    if at < 1 or parts[at].parameter:
        return parts
    word = to_snake(parts[at].text)
    if word not in verbs and not (word in _ANNOUNCES and endpoint.ends_in_parameter):
        return parts
    behind_key = bool(parts[at - 1].parameter)
    if behind_key and (endpoint.ends_in_parameter or endpoint.method in ("GET", "POST")):
        return parts
    return (*parts[:at], *parts[at + 1 :])


def _find_owners(endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """Return the collection by the name of its rows, of those with a path to one of them."""
    found: dict[str, str] = {}
    for endpoint in endpoints:
        if len(endpoint.segments) == 2 and endpoint.ends_in_parameter:
            collection, row = endpoint.segments
            name = _name_row(row.parameter)
            if name and to_singular(to_snake(collection.text)) == name:
                found[name] = collection.text
    return found


def _name_row(parameter: str) -> str:
    """Return what a parameter holds the key of: `project` for `projectId`, or ""."""
    snake = to_snake(parameter)
    return next((snake.removesuffix(key) for key in _KEYS if snake.endswith(key)), "")


def _is_collection_of_another(endpoint: Endpoint, owners: Mapping[str, str]) -> bool:
    """Tell whether `/tasks/{projectId}` lists or makes tasks, and projects have a path as well."""
    first, second = endpoint.segments
    name = _name_row(second.parameter)
    if first.parameter or name not in owners or to_singular(to_snake(first.text)) == name:
        return False
    makes = endpoint.method == "POST" and endpoint.status == 201
    return makes or (endpoint.method == "GET" and endpoint.shown.kind == "list")


def _unfold(endpoint: Endpoint, owners: Mapping[str, str], flat: set[tuple[str, str]]) -> Endpoint:
    parts = endpoint.segments
    if len(parts) < 2 or (parts[0].text, parts[1].parameter) not in flat:
        return endpoint
    owner = Segment(owners[_name_row(parts[1].parameter)])
    collection, rest = parts[0], parts[2:]
    if len(rest) > 1 and rest[1].parameter and not rest[0].parameter:
        name = _name_row(rest[1].parameter)
        if name and name != to_singular(to_snake(rest[0].text)):
            own = name == to_singular(to_snake(collection.text))
            collection = collection if own else Segment(to_plural(name))
            rest = rest[1:]
    return endpoint._replace(segments=(owner, parts[1], collection, *rest))
