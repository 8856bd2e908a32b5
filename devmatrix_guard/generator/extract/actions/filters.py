"""Lists: which query parameters narrow, sort and cut them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.extract.endpoint import Endpoint
from devmatrix_guard.generator.extract.entities.draft import EntityDraft
from devmatrix_guard.generator.extract.relations.links import names_link
from devmatrix_guard.generator.extract.schemas.envelopes import find_object_name, open_shape
from devmatrix_guard.generator.spec.extensions import suggest
from devmatrix_guard.ir.api import (
    Filter,
    FilterOperator,
    Ordering,
    Pagination,
    Parameter,
    SortChoice,
    SortKey,
)
from devmatrix_guard.ir.domain import Relation
from devmatrix_guard.ir.names import to_plural, to_singular, to_snake
from devmatrix_guard.ir.shape import Schema, Shape
from devmatrix_guard.model.named_value import NamedValue

_SIZES = (
    "limit",
    "page_size",
    "per_page",
    "size",
    "take",
    "count",
    "pagesize",
    "max_results",
    "items_per_page",
    "first",
    "top",
    "page_limit",
)
_OFFSETS = ("offset", "skip", "start", "start_index", "page_offset")
_PAGES = ("page", "page_number", "page_num", "p", "current_page", "pageno")
_CURSORS = (
    "cursor",
    "after",
    "next_token",
    "page_token",
    "next",
    "continuation",
    "page_cursor",
    "page_after",
)
_LAST_KEYS = ("starting_after", "start_after", "after_id", "last_id", "since_id")
_SORTS = ("sort", "sort_by", "order_by", "ordering", "orderby", "sortby", "order")
_DIRECTIONS = ("order", "direction", "sort_order", "sort_dir", "dir", "sort_direction", "orderdir")
_SEARCHES = (
    "q",
    "query",
    "search",
    "keyword",
    "keywords",
    "term",
    "search_term",
    "text",
    "filter",
    "s",
    "search_query",
)
_AFFIXES: tuple[tuple[str, FilterOperator], ...] = (
    ("min", "ge"),
    ("from", "ge"),
    ("since", "ge"),
    ("start", "ge"),
    ("gte", "ge"),
    ("ge", "ge"),
    ("after", "gt"),
    ("max", "le"),
    ("to", "le"),
    ("until", "le"),
    ("end", "le"),
    ("lte", "le"),
    ("le", "le"),
    ("before", "lt"),
    ("gt", "gt"),
    ("lt", "lt"),
    ("ne", "ne"),
    ("not", "ne"),
    ("contains", "contains"),
    ("like", "contains"),
    ("starts_with", "starts_with"),
    ("in", "in"),
)
_SAYS_BY = re.compile(r"^((find|get|search|filter|list)_?)?by_")
_INCLUSIVE: dict[str, FilterOperator] = {"gt": "ge", "lt": "le"}
_SAYS_INCLUSIVE = ("or after", "or before", "and after", "and before", "inclusive", "or later")
_EVERYTHING = ("all", "any", "both", "*")
_MOMENT_ENDS = ("at", "date", "on", "time", "year")
_MOMENTS = ("date", "date-time")
_OPERATORS: tuple[FilterOperator, ...] = get_args(FilterOperator)
_SAYS_WAY = re.compile(r",\s*\(?(asc|desc)\b", re.I)  # `property,(asc|desc)`
_WAY = re.compile(r",\s*(asc|desc)\b", re.I)
_RECENT = ("recent", "newest", "latest", "most recent", "reverse chronological", "descending")


class Listing(NamedValue):
    """Everything a list operation does with its query, and what each parameter is for."""

    filters: tuple[Filter, ...]
    ordering: Ordering
    pagination: Pagination
    roles: Mapping[str, str]
    unused: tuple[Parameter, ...]


def read_listing(
    endpoint: Endpoint,
    draft: EntityDraft,
    drafts: Mapping[str, EntityDraft],
    schemas: Mapping[str, Schema],
) -> Listing:
    """Say what every query parameter of a list means."""
    return _Reader(endpoint, draft, drafts, schemas).read()


def find_path_filter(
    endpoint: Endpoint,
    draft: EntityDraft,
    drafts: Mapping[str, EntityDraft],
    schemas: Mapping[str, Schema],
) -> Filter | None:
    """Say which rows the end of a path speaks of: `/books/author/{author}`, `/books/search/{q}`."""
    word, last = endpoint.segments[-2].text, endpoint.segments[-1].parameter
    parameter = endpoint.find_parameter(last, "path")
    if parameter is None:
        return None
    reader = _Reader(endpoint, draft, drafts, schemas)
    bare = _SAYS_BY.sub("", to_snake(word))
    found = (reader.read_filter(parameter._replace(wire=wire)) for wire in (bare, last))
    return next((item for item in found if item is not None), None)


class _Reader:
    def __init__(
        self,
        endpoint: Endpoint,
        draft: EntityDraft,
        drafts: Mapping[str, EntityDraft],
        schemas: Mapping[str, Schema],
    ) -> None:
        self._endpoint = endpoint
        self._draft = draft
        self._drafts = drafts
        self._schemas = schemas
        self._roles: dict[str, str] = {}

    def read(self) -> Listing:
        query = {p.name: p for p in self._endpoint.parameters if p.location == "query"}
        pagination = self._read_pagination(query)
        rest = {name: p for name, p in query.items() if name not in self._roles}
        filters: list[Filter] = []
        for parameter in rest.values():
            found = self._read_filters(parameter) if parameter.name not in _SORTS[:-1] else ()
            if found:
                filters += found
                searches = found[0].operator == "search"
                self._roles[parameter.name] = "search" if searches else "filter"
        rest = {name: p for name, p in rest.items() if name not in self._roles}
        ordering = self._read_ordering(rest)
        unused = tuple(p for p in rest.values() if p.name not in self._roles)
        return Listing(tuple(filters), ordering, pagination, self._roles, unused)

    # pages

    def _read_pagination(self, query: Mapping[str, Parameter]) -> Pagination:
        size = self._pick(query, _SIZES, "limit", ("integer",))
        offset = self._pick(query, _OFFSETS, "offset", ("integer",))
        page = "" if offset else self._pick(query, _PAGES, "page", ("integer",))
        counted = offset or page
        key = "" if counted else self._pick(query, _LAST_KEYS, "cursor", ("string", "integer"))
        cursor = "" if counted or key else self._pick(query, _CURSORS, "cursor", ("string",))
        if not size and not (counted or key or cursor):
            return Pagination()
        default, maximum = 20, 0
        if size:
            shape = open_shape(query[size].shape, self._schemas)
            if shape.default is not None and isinstance(shape.default.value, int):
                default = shape.default.value
            upper = next((c.value for c in shape.constraints if c.kind == "le"), None)
            maximum = int(upper) if isinstance(upper, (int, float)) else 0
        if maximum and default > maximum:
            default = maximum
        if offset:
            return Pagination("offset", size, offset, default, maximum)
        if page:
            return Pagination(
                "page", size, page, default, maximum, self._read_first_page(query[page])
            )
        if key:
            return Pagination("key", size, key, default, maximum)
        if cursor:
            return Pagination("cursor", size, cursor, default, maximum)
        declared = bool(size) and query[size].shape.default is not None
        return Pagination("limit", size, "", default if declared else 0, maximum)

    def _read_first_page(self, parameter: Parameter) -> int:
        shape = open_shape(parameter.shape, self._schemas)
        lowest = next((c.value for c in shape.constraints if c.kind == "ge"), None)
        return 0 if lowest == 0 or (shape.default and shape.default.value == 0) else 1

    def _pick(
        self,
        query: Mapping[str, Parameter],
        names: tuple[str, ...],
        role: str,
        kinds: tuple[str, ...],
    ) -> str:
        for name in names:
            parameter = query.get(name)
            if parameter is None or name in self._draft.attributes:
                continue
            shape = open_shape(parameter.shape, self._schemas)
            if shape.kind in (*kinds, "any", "number") and shape.format not in _MOMENTS:
                self._roles[name] = role
                return name
        return ""

    # order

    def _read_ordering(self, query: Mapping[str, Parameter]) -> Ordering:
        default = self._choose_default_order()
        name = next((n for n in _SORTS if n in query), "")
        if not name:
            return self._add_direction(Ordering(default), query, "")
        self._roles[name] = "sort"
        shape = open_shape(query[name].shape, self._schemas)
        if shape.kind == "array" and shape.items is not None:
            shape = open_shape(shape.items, self._schemas)
        values = [str(value) for value in shape.enum] or self._list_sortable(query[name])
        if values and all(_is_direction(value) for value in values):
            return self._add_direction(Ordering(default), query, name)
        direction = next((n for n in _DIRECTIONS if n in query and n != name), "")
        choices = (SortChoice(value, self._sort_keys(value)) for value in values)
        kept = tuple(choice for choice in choices if choice.keys)
        if shape.default is not None and isinstance(shape.default.value, str):
            default = self._sort_keys(shape.default.value) or default
        return self._add_direction(Ordering(default, name, kept), query, direction)

    def _add_direction(
        self, ordering: Ordering, query: Mapping[str, Parameter], direction: str
    ) -> Ordering:
        """Let a parameter say which way to sort, whatever is sorted by."""
        direction = direction or next((n for n in _DIRECTIONS if n in query), "")
        if not direction:
            return ordering
        self._roles[direction] = "sort"
        if not ordering.default:
            moment = self._find_main_moment(query[direction])
            ordering = ordering._replace(default=(SortKey((moment,)),) if moment else ())
        return ordering._replace(direction_parameter=direction)

    def _choose_default_order(self) -> tuple[SortKey, ...]:
        given = self._endpoint.extensions.get("x-order-by") or self._draft.options.get("order_by")
        if given:
            return self._sort_keys(str(given))
        created = next(
            (a.name for a in self._draft.attributes.values() if a.origin == "created_at"), ""
        )
        recent = any(word in self._endpoint.text for word in _RECENT)
        return (SortKey((created,), recent),) if created else ()

    def _list_sortable(self, parameter: Parameter) -> list[str]:
        """Return what rows may be sorted by: `price`, `-price`, `price,desc` where that is said."""
        plain = [
            a.wire
            for a in self._draft.attributes.values()
            if a.wire and not a.hidden and a.type.kind not in ("json", "list", "bytes")
        ]
        ways = [f"-{wire}" for wire in plain]
        if _SAYS_WAY.search(parameter.description):
            ways += [f"{wire},{way}" for wire in plain for way in ("asc", "desc")]
        return [*plain, *ways]

    def _sort_keys(self, value: str) -> tuple[SortKey, ...]:
        keys = []
        for part in _WAY.sub(r" \1", value).split(","):
            text = part.strip()
            descending = text.startswith("-") or bool(re.search(r"(?i)[\W_]desc(ending)?$", text))
            bare = to_snake(re.sub(r"(?i)[\W_](asc|desc)(ending)?$", "", text.lstrip("+-")))
            wanted = (bare, f"{bare}_at", f"{bare}_date", f"{bare}_on", f"{bare}_count")
            known = next((name for name in wanted if self._is_sortable(name)), "")
            if known:
                keys.append(SortKey((known,), descending))
        return tuple(keys)

    def _is_sortable(self, name: str) -> bool:
        derived = self._draft.derived.get(name)
        return name in self._draft.attributes or (derived is not None and derived.kind == "count")

    # filters

    def _read_filters(self, parameter: Parameter) -> tuple[Filter, ...]:
        """Return the filter that a parameter is, or those that its properties are."""
        shape = open_shape(parameter.shape, self._schemas)
        if shape.kind != "object":
            found = self.read_filter(parameter)
            return (self._accept_everything(found, shape),) if found else ()
        filters = []
        for field in shape.fields if parameter.style == "deepObject" else ():
            inner = open_shape(field.shape, self._schemas)
            if inner.kind not in ("string", "integer", "number", "boolean"):
                continue
            part = parameter._replace(name=field.name, wire=field.wire, shape=field.shape)
            found = self.read_filter(part)
            if found is not None:
                found = found._replace(parameter=parameter.name, field=field.wire)
                filters.append(self._accept_everything(found, inner))
        return tuple(filters)

    def _accept_everything(self, found: Filter, shape: Shape) -> Filter:
        """Add the values of the parameter that no row has and that mean each of them."""
        target = self._draft.attributes.get(found.path[0]) if len(found.path) == 1 else None
        kept = {str(value) for value in target.type.enum} if target else set()
        said = [str(value) for value in shape.enum if str(value).lower() in _EVERYTHING]
        return found._replace(everything=tuple(value for value in said if value not in kept))

    def read_filter(self, parameter: Parameter) -> Filter | None:
        """Return which rows a parameter leaves in, by its name; None where that is not known."""
        shape = open_shape(parameter.shape, self._schemas)
        many = shape.kind == "array"
        name = to_snake(parameter.wire.replace("[]", "").replace("[", "_").replace("]", ""))
        if "[" in parameter.wire:
            name = name.removeprefix("filter_")
        return (
            self._filter_by_hint(parameter, many=many)
            or self._filter_by_attribute(parameter, name, many=many)
            or self._filter_by_link(parameter, name, shape)
            or self._filter_by_relation(parameter, name, many=many)
            or self._filter_by_list(parameter, name)
            or self._filter_by_bound(parameter, name)
            or self._filter_by_moment(parameter, name, shape)
            or self._filter_by_presence(parameter, name, shape)
            or self._filter_by_search(parameter, name, shape)
        )

    def _filter_by_hint(self, parameter: Parameter, *, many: bool) -> Filter | None:
        """Do as `x-filter` says: `author.username`, or `ge price` with an operator before it."""
        hint = self._endpoint.filters.get(parameter.name)
        if hint is None:
            return None
        word, _, rest = hint.strip().rpartition(" ")
        usual: FilterOperator = "in" if many else "eq"
        operator = next((op for op in _OPERATORS if op == word), usual)
        path = tuple(to_snake(part) for part in rest.split("."))
        draft = self._draft
        for name in path[:-1]:
            relation = draft.relations.get(name)
            if relation is None:
                raise SpecError(
                    f"{draft.name} has no relation {name!r}{suggest(name, draft.relations)}",
                    parameter.pointer,
                )
            draft = self._drafts[relation.target]
        if path[-1] not in draft.attributes and path[-1] not in draft.relations:
            raise SpecError(
                f"{draft.name} has no attribute {path[-1]!r}{suggest(path[-1], draft.attributes)}",
                parameter.pointer,
            )
        return Filter(parameter.name, operator, path)

    def _filter_by_attribute(self, parameter: Parameter, name: str, *, many: bool) -> Filter | None:
        found = name if name in self._draft.attributes else ""
        if not found and many and to_singular(name) in self._draft.attributes:
            found = to_singular(name)
        if not found and f"is_{name}" in self._draft.attributes:
            found = f"is_{name}"
        if not found and parameter.wire in self._draft.members:
            kind, member = self._draft.members[parameter.wire]
            found = member if kind == "attribute" else ""
        if not found and name == f"{to_snake(self._draft.name)}_id":
            found = self._draft.key
        attribute = self._draft.attributes.get(found)
        if attribute is None or (attribute.hidden and not attribute.references):
            return None
        if attribute.type.kind == "list":
            return Filter(parameter.name, "has", (found,))
        if attribute.type.kind == "json":
            path = self._find_inside_json(found)
            return Filter(parameter.name, "has", path) if path else None
        if many:
            return Filter(parameter.name, "in", (found,))
        text = parameter.description.lower()
        partial = any(word in text for word in ("partial", "contains", "search", "substring"))
        textual = attribute.type.kind in ("string", "text") and not attribute.type.enum
        return Filter(parameter.name, "contains" if partial and textual else "eq", (found,))

    def _find_inside_json(self, name: str) -> tuple[str, ...]:
        """Return the path to the word that tells the objects of a stored list apart."""
        wire = self._draft.attributes[name].wire
        for _, field in self._draft.iter_fields(self._schemas):
            if field.wire != wire:
                continue
            opened = open_shape(field.shape, self._schemas)
            nested = find_object_name(opened.items, self._schemas) if opened.items else ""
            fields = self._schemas[nested].shape.fields if nested else ()
            for wanted in ("name", "slug", "label", "title", "id"):
                if any(f.wire == wanted for f in fields):
                    return (name, wanted)
        return ()

    def _filter_by_link(self, parameter: Parameter, name: str, shape: Shape) -> Filter | None:
        for relation in self._draft.relations.values():
            if relation.kind != "many_to_many" or not relation.name.endswith("_by"):
                continue
            bare = name.removesuffix("_by")
            if not names_link(bare, relation.name.removesuffix("_by")):
                continue
            if shape.kind == "boolean":
                return Filter(parameter.name, "linked", (relation.name,))
            return Filter(
                parameter.name, "eq", (relation.name, self._find_shown_key(relation, shape))
            )
        return None

    def _filter_by_relation(self, parameter: Parameter, name: str, *, many: bool) -> Filter | None:
        bare = name
        for ending in ("_ids", "_id", "_slug", "_name", "_username"):
            bare = bare.removesuffix(ending)
        candidates = [r for r in self._draft.relations.values() if not r.name.endswith("_by")]
        for relation in candidates:
            names = {
                relation.name,
                to_singular(relation.name),
                to_snake(relation.wire or relation.name),
            }
            target = self._drafts[relation.target]
            if relation.kind == "many_to_one":
                names |= {to_snake(target.name)}
            if bare not in names and to_plural(bare) not in names:
                continue
            asked = name.removeprefix(f"{bare}_") if name != bare else ""
            shape = open_shape(parameter.shape, self._schemas)
            key = asked if asked in target.attributes else self._find_shown_key(relation, shape)
            return Filter(parameter.name, "in" if many else "eq", (relation.name, key))
        return None

    def _find_shown_key(self, relation: Relation, shape: Shape) -> str:
        """Return the attribute of the target that a parameter of this shape can mean."""
        target = self._drafts[relation.target]
        key = target.attributes[target.key]
        if shape.kind == "integer" or shape.format == "uuid":
            return target.key
        if not key.hidden and key.type.kind in ("string", "text"):
            return target.key
        natural = [names[0] for names in target.unique if len(names) == 1]
        shown = [n for n in natural if not target.attributes[n].hidden and "email" not in n]
        named = [n for n in ("slug", "username", "name", "title") if n in target.attributes]
        return next(iter([*shown, *named, *natural]), target.key)

    def _filter_by_list(self, parameter: Parameter, name: str) -> Filter | None:
        for attribute in self._draft.attributes.values():
            if attribute.type.kind == "json" and to_singular(attribute.name) == name:
                path = self._find_inside_json(attribute.name)
                return Filter(parameter.name, "has", path) if path else None
            if attribute.type.kind != "list":
                continue
            bare = attribute.name.removesuffix("_list").removesuffix("_names")
            if to_singular(name) in (to_singular(bare), to_singular(attribute.name)):
                return Filter(parameter.name, "has", (attribute.name,))
        return None

    def _filter_by_bound(self, parameter: Parameter, name: str) -> Filter | None:
        for affix, operator in _AFFIXES:
            for bare in (name.removeprefix(f"{affix}_"), name.removesuffix(f"_{affix}")):
                if bare == name:
                    continue
                for wanted in (bare, *(f"{bare}_{end}" for end in _MOMENT_ENDS)):
                    attribute = self._draft.attributes.get(wanted)
                    if attribute is not None and not attribute.hidden:
                        return self._filter_within(parameter, operator, wanted)
                only = self._find_main_moment(parameter)
                if bare in ("date", "time", "datetime", "at") and only:
                    return self._filter_within(parameter, operator, only)
        return None

    def _filter_by_moment(self, parameter: Parameter, name: str, shape: Shape) -> Filter | None:
        """Compare `since`, `from`, `before` with the time that a row is about."""
        operator = dict(_AFFIXES).get(name.strip("_"))
        moment = self._find_main_moment(parameter) if shape.format in _MOMENTS else ""
        return self._filter_within(parameter, operator, moment) if operator and moment else None

    def _filter_within(self, parameter: Parameter, operator: FilterOperator, name: str) -> Filter:
        text = parameter.description.lower()
        if any(word in text for word in _SAYS_INCLUSIVE):
            operator = _INCLUSIVE.get(operator, operator)
        return Filter(parameter.name, operator, (name,))

    def _find_main_moment(self, parameter: Parameter) -> str:
        """Return the time that a row is about: one that is spoken of, is given, or is always."""
        text = to_snake(parameter.description)
        moments = [
            a
            for a in self._draft.attributes.values()
            if a.type.kind in ("date", "datetime") and not a.hidden
        ]
        spoken = [
            a for a in moments if a.name in text or a.name.removesuffix("_at") in text.split("_")
        ]
        given = [a for a in moments if a.origin == "input"]
        always = [a for a in given if not a.nullable] or [a for a in moments if not a.nullable]
        return next((a.name for a in (*spoken, *always, *given, *moments)), "")

    def _filter_by_presence(self, parameter: Parameter, name: str, shape: Shape) -> Filter | None:
        """Ask whether there is any: `available` of `available_copies`, `read` of `read_at`."""
        bare = name.removeprefix("is_").removeprefix("in_").removeprefix("has_")
        if shape.kind != "boolean":
            return None
        for attribute in self._draft.attributes.values():
            if attribute.hidden:
                continue
            kind, start = attribute.type.kind, attribute.name.split("_")[0]
            if kind in ("integer", "bigint", "number", "decimal") and bare in (
                start,
                attribute.name,
            ):
                return Filter(parameter.name, "positive", (attribute.name,))
            if kind == "datetime" and attribute.nullable and attribute.name == f"{bare}_at":
                return Filter(parameter.name, "is_set", (attribute.name,))
        return None

    def _filter_by_search(self, parameter: Parameter, name: str, shape: Shape) -> Filter | None:
        if name not in _SEARCHES or shape.kind not in ("string", "any"):
            return None
        looked = tuple(
            a.name
            for a in self._draft.attributes.values()
            if "string" in (kind := (a.type.kind, a.type.items)) or "text" in kind
            if a.wire and not a.hidden and not a.type.enum
        )
        return Filter(parameter.name, "search", (), looked) if looked else None


def _is_direction(value: str) -> bool:
    return value.lower() in ("asc", "desc", "ascending", "descending")
