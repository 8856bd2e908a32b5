"""Qdrant: the vectors of a memory, one collection for each collection and model.

A collection is called by an alias, `pattern_embeddings.MODEL`; behind it stands a version of it,
so that one made anew takes the place of the old at once. A point has one of three named vectors
(content, code, problem), and the fields of its payload beside guard's own, that begin with `_`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

from devmatrix_guard.errors import MemoryStoreError, MissingExtraError, UsageError
from devmatrix_guard.files import list_folder
from devmatrix_guard.memory.base import (
    ASPECTS,
    COLLECTIONS,
    Range,
    VectorHit,
    VectorItem,
    VectorState,
)
from devmatrix_guard.memory.conditions import check_conditions, fits
from devmatrix_guard.memory.followers.address import hide_login, read_address
from devmatrix_guard.memory.followers.base import (
    Change,
    FollowerAwayError,
    Reference,
    RefusedError,
)
from devmatrix_guard.memory.followers.vector_index import FollowerVectorIndex, make_changes
from devmatrix_guard.memory.sql.stores.vectors import normalise, refuse_other_size

KEY_VARIABLE = "GUARD_QDRANT_API_KEY"
_NAMES = {"fix_patterns": "pattern_embeddings"}
_NAMESPACE = uuid.UUID("6b1f6f0e-6d0a-5c8e-9a0b-5f2f0a7f7c11")
_OWN_FIELDS = {"_key": "keyword", "_repository": "integer", "_aspect": "keyword"}
_FIELDS = {
    "pattern_embeddings": {
        "pattern_id": "keyword",
        "pattern_type": "keyword",
        "version": "keyword",
        "status": "keyword",
        "tags": "keyword",
        "quality_score": "float",
        "success_rate": "float",
        "match_count": "integer",
        "created_at": "datetime",
        "last_matched_at": "datetime",
    },
    "devmatrix_patterns": {"pattern_id": "keyword", "language": "keyword", "framework": "keyword"},
    "spec_signatures": {"spec_hash": "keyword", "name": "keyword"},
    "error_embeddings": {"error_id": "keyword", "type": "keyword"},
    "code_fragments": {"spec_hash": "keyword", "pattern_used": "keyword", "test_passed": "bool"},
}
_REFUSED = (
    "`vectors` is neither the address of a Qdrant nor a folder; write `https://HOST:6333`, "
    "or the path of a folder."
)
_LIKE_AN_ADDRESS = re.compile(r":[^/]*@|:\d+/?$|^//[^/]+$")  # `user:password@host`, `host:6333`
_OWN_FILE = "meta.json"
_SECONDS = 10
_MOST_ASKED = 10_000
_READ_AT_ONCE = 1_000


class QdrantFollower:
    """The vectors of all repositories as a `Follower`.

    Args:
        client: of qdrant-client, to a server, a folder, or in memory.
        name: what it is called, without secrets.
    """

    kinds = ("vector",)

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._models = import_module("qdrant_client.models")
        self._name = name
        self._anew: dict[str, str] | None = None
        self._known: dict[str, tuple[str, int]] = {}

    @property
    def name(self) -> str:
        return self._name

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.value is not None:
                self._prepare(change)
        by_alias: dict[str, list[Change]] = {}
        for change in changes:
            collection, model_id, *_ = change.reference.parts
            by_alias.setdefault(make_alias(collection, model_id), []).append(change)
        for alias, some in by_alias.items():
            target = self._find_target(alias)
            if target is None:
                continue
            kept = [self._make_point(change) for change in some if change.value is not None]
            gone = [make_point_id(c.reference) for c in some if c.value is None]
            with self._translate_errors():
                if kept:
                    self._client.upsert(target, kept, wait=True)
                if gone:
                    self._client.delete(target, self._models.PointIdsList(points=gone), wait=True)

    def begin_anew(self) -> None:
        """Drop what was made before and never shown, as by a process that was killed."""
        self._anew = {}
        self._known.clear()
        with self._translate_errors():
            shown = set(self._list_aliases().values())
            for found in self._client.get_collections().collections:
                alias, is_version, _ = found.name.rpartition(".v")
                if is_version and _find_collection(alias) and found.name not in shown:
                    self._client.delete_collection(found.name)

    def end_anew(self) -> None:
        """Let the aliases mean the collections that were made, and drop those before them."""
        made, self._anew = self._anew or {}, None
        self._known.clear()
        with self._translate_errors():
            old = self._list_aliases()
            for alias, target in made.items():
                self._point_alias(alias, target, replaces=alias in old)
            for alias, target in old.items():
                if made.get(alias) != target:
                    if alias not in made:
                        self._drop_alias(alias)
                    self._client.delete_collection(target)

    def takes(self, reference: Reference) -> bool:
        return reference.kind == "vector"

    def is_complete(self) -> bool:
        """What was there before stands until `end_anew`; the truth knows what was broken off."""
        return True

    def list_references(self, kind: str) -> set[Reference]:
        found: set[Reference] = set()
        with self._translate_errors():
            for alias, target in self._list_aliases().items():
                _, model_id = self._describe(alias)
                collection = _find_collection(alias)
                for point in self._scroll(target):
                    facts = point.payload
                    parts = (collection, model_id, facts["_aspect"], json.loads(facts["_key"]))
                    found.add(Reference(kind, int(facts["_repository"]), parts))
        return found

    def close(self) -> None:
        self._client.close()

    def describe(self, collection: str, model_id: str) -> tuple[int, int]:
        """Return how many vectors there are, and their size; nothing twice where there are none."""
        alias = make_alias(collection, model_id)
        target = self._find_target(alias)
        if target is None:
            return 0, 0
        with self._translate_errors():
            return int(self._client.count(target).count), self._known[alias][1]

    def find(self, asked: Asked, limit: int) -> list[tuple[str, float, Mapping[str, Any]]]:
        """Return (key, cosine, payload) of the nearest that fit, best first, ties by key."""
        target = self._find_target(make_alias(asked.collection, asked.model_id))
        if target is None:
            return []
        refuse_other_size(len(asked.unit), self._describe_size(target), asked.model_id)
        count = limit * 2 + 16
        while True:
            with self._translate_errors():
                found = self._client.query_points(
                    target,
                    query=list(asked.unit),
                    using=asked.aspect,
                    query_filter=self._write_filter(asked),
                    limit=count,
                    with_payload=True,
                ).points
            hits = [
                (json.loads(p.payload["_key"]), float(p.score), json.loads(p.payload["_payload"]))
                for p in found
            ]
            fitting = [hit for hit in hits if fits(hit[2], asked.where)]
            if len(fitting) >= limit or len(found) < count or count >= _MOST_ASKED:
                return sorted(fitting, key=lambda hit: (-round(hit[1], 6), hit[0]))
            count *= 4

    def get_payloads(
        self, collection: str, model_id: str, aspect: str, repositories: tuple[int, ...] | None
    ) -> dict[str, Mapping[str, Any]]:
        """Return {key: payload}."""
        target = self._find_target(make_alias(collection, model_id))
        if target is None:
            return {}
        with self._translate_errors():
            return {
                json.loads(p.payload["_key"]): json.loads(p.payload["_payload"])
                for p in self._scroll(target)
                if p.payload["_aspect"] == aspect
                and (repositories is None or p.payload["_repository"] in repositories)
            }

    def remove(self, collection: str, keys: Iterable[str], repository: int) -> None:
        """Forget the points of these keys, for every model."""
        written = [json.dumps(key) for key in keys]
        chosen = self._models.Filter(
            must=[
                self._match("_repository", repository),
                self._models.FieldCondition(key="_key", match=self._models.MatchAny(any=written)),
            ]
        )
        with self._translate_errors():
            for alias, target in self._list_aliases().items():
                if _find_collection(alias) == collection and written:
                    self._client.delete(
                        target, self._models.FilterSelector(filter=chosen), wait=True
                    )

    def _prepare(self, change: Change) -> None:
        """Make the collection of a vector, or refuse what does not fit into it."""
        collection, model_id, aspect, key = change.reference.parts
        if collection not in COLLECTIONS or aspect not in ASPECTS or not key or not model_id:
            raise RefusedError(
                f"{self.name} has no place for a vector of `{collection}`, `{aspect}`."
            )
        size = len(change.value["vector"]) if change.value else 0
        alias = make_alias(collection, model_id)
        target = self._find_target(alias) or self._make_collection(alias, model_id, size)
        try:
            refuse_other_size(size, self._describe_size(target), model_id)
        except MemoryStoreError as error:
            raise RefusedError(str(error)) from error

    def _find_target(self, alias: str) -> str | None:
        """Return the collection behind an alias, or the one that is being made for it."""
        if self._anew is not None:
            return self._anew.get(alias)
        if alias not in self._known:
            with self._translate_errors():
                target = self._list_aliases().get(alias)
            if target is None:
                return None
            self._known[alias] = (target, self._describe_size(target))
        return self._known[alias][0]

    def _make_collection(self, alias: str, model_id: str, size: int) -> str:
        models = self._models
        with self._translate_errors():
            taken = {found.name for found in self._client.get_collections().collections}
            number = 1
            while (target := f"{alias}.v{number}") in taken:
                number += 1
            shape = models.VectorParams(size=size, distance=models.Distance.COSINE)
            self._client.create_collection(
                target,
                vectors_config=dict.fromkeys(ASPECTS, shape),
                hnsw_config=models.HnswConfigDiff(m=16, ef_construct=100),
                quantization_config=models.ScalarQuantization(
                    scalar=models.ScalarQuantizationConfig(
                        type=models.ScalarType.INT8, quantile=0.99, always_ram=True
                    )
                ),
                on_disk_payload=True,
            )
            if not _is_local(self._client):
                fields = _OWN_FIELDS | _FIELDS.get(alias.partition(".")[0], {})
                for field, kind in fields.items():
                    self._client.create_payload_index(target, field, kind, wait=True)
            facts = {"_model": model_id, "_size": size}
            point = models.PointStruct(id=0, vector={}, payload=facts)
            self._client.upsert(target, [point], wait=True)
            if self._anew is not None:
                self._anew[alias] = target
            else:
                self._point_alias(alias, target, replaces=False)
        return target

    def _describe(self, alias: str) -> tuple[int, str]:
        """Return the size and the model's name that a collection was made for."""
        target = self._find_target(alias) or alias
        with self._translate_errors():
            (point,) = self._client.retrieve(target, [0])
        return int(point.payload["_size"]), str(point.payload["_model"])

    def _describe_size(self, target: str) -> int:
        with self._translate_errors():
            vectors = self._client.get_collection(target).config.params.vectors
        return int(vectors["content"].size)

    def _make_point(self, change: Change) -> Any:
        _, _, aspect, key = change.reference.parts
        value = change.value or {}
        facts = json.dumps(value["payload"], sort_keys=True)
        shown = json.loads(facts.encode("ascii", "replace"))
        own = {
            "_key": json.dumps(key),
            "_repository": change.reference.repository,
            "_aspect": aspect,
            "_payload": facts,
        }
        return self._models.PointStruct(
            id=make_point_id(change.reference),
            vector={aspect: list(value["vector"])},
            payload=_replace_odd({k: v for k, v in shown.items() if not k.startswith("_")}) | own,
        )

    def _write_filter(self, asked: Asked) -> Any:
        models = self._models
        must = [self._match("_aspect", asked.aspect)]
        if asked.repositories is not None:
            some = models.MatchAny(any=list(asked.repositories))
            must.append(models.FieldCondition(key="_repository", match=some))
        for name, wanted in asked.where.items():
            condition = self._write_condition(name, wanted)
            if condition is not None:
                must.append(condition)
        return models.Filter(must=must)

    def _write_condition(self, name: str, wanted: Any) -> Any:
        """Return a condition as Qdrant has it; None where it has none, and all are looked at."""
        models = self._models
        if not re.fullmatch(r"[A-Za-z][\w-]*", name, re.ASCII):
            return None
        if isinstance(wanted, Range):
            if any(isinstance(bound, str) for bound in wanted):
                return None
            bounds = models.Range(
                gte=wanted.at_least, lte=wanted.at_most, gt=wanted.above, lt=wanted.below
            )
            return models.FieldCondition(key=name, range=bounds)
        options = wanted if isinstance(wanted, tuple) else (wanted,)
        each = [self._match(name, option) for option in options]
        return None if None in each or not each else models.Filter(should=each)

    def _match(self, name: str, value: Any) -> Any:
        models = self._models
        if isinstance(value, bool) or (isinstance(value, str) and _is_plain(value)):
            return models.FieldCondition(key=name, match=models.MatchValue(value=value))
        if isinstance(value, int | float):
            return models.FieldCondition(key=name, range=models.Range(gte=value, lte=value))
        return None

    def _scroll(self, target: str) -> Iterator[Any]:
        offset = None
        while True:
            points, offset = self._client.scroll(
                target, limit=_READ_AT_ONCE, offset=offset, with_payload=True
            )
            yield from (point for point in points if "_key" in point.payload)
            if offset is None:
                return

    def _list_aliases(self) -> dict[str, str]:
        found = self._client.get_aliases().aliases
        return {a.alias_name: a.collection_name for a in found if _find_collection(a.alias_name)}

    def _point_alias(self, alias: str, target: str, *, replaces: bool) -> None:
        models = self._models
        made = models.CreateAliasOperation(
            create_alias=models.CreateAlias(collection_name=target, alias_name=alias)
        )
        dropped = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
        operations = [dropped, made] if replaces else [made]
        self._client.update_collection_aliases(change_aliases_operations=operations)

    def _drop_alias(self, alias: str) -> None:
        models = self._models
        dropped = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias))
        self._client.update_collection_aliases(change_aliases_operations=[dropped])

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        exceptions = import_module("qdrant_client.http.exceptions")
        try:
            yield
        except exceptions.UnexpectedResponse as error:
            if error.status_code in (401, 403):
                raise FollowerAwayError(
                    f"{self.name} refused the login; set {KEY_VARIABLE} to its API key."
                ) from None
            if error.status_code and error.status_code < 500:
                reason = str(error.reason_phrase or error.status_code)
                raise RefusedError(f"{self.name} refuses this ({reason}).") from error
            raise FollowerAwayError(f"{self.name} is not well ({error.status_code}).") from error
        except (exceptions.ResponseHandlingException, OSError) as error:
            raise FollowerAwayError(
                f"{self.name} does not answer; start it, or correct `vectors`."
            ) from error
        except ValueError as error:
            raise RefusedError(f"{self.name} refuses this ({_take_line(error)}).") from error


class Asked(NamedTuple):
    """What is looked for in Qdrant."""

    collection: str
    model_id: str
    aspect: str
    unit: Sequence[float]
    where: Mapping[str, Any]
    repositories: tuple[int, ...] | None


class QdrantVectorIndex(FollowerVectorIndex):
    """A follower's vectors as a `VectorIndex` of one repository, or of several to read.

    Args:
        follower: where they are.
        own: the row of the repository that vectors are written for.
        repositories: the rows of those that are read; all if None.
    """

    def __init__(
        self, follower: QdrantFollower, own: int, repositories: tuple[int, ...] | None
    ) -> None:
        self._follower = follower
        self._own = own
        self._repositories = repositories

    def upsert(self, collection: str, model_id: str, items: Iterable[VectorItem]) -> None:
        size = self._follower.describe(collection, model_id)[1]
        changes = make_changes(self._own, collection, model_id, items, size)
        self._follower.apply(changes)

    def search_many(
        self,
        collection: str,
        model_id: str,
        vectors: Sequence[Sequence[float]],
        *,
        limit: int = 10,
        aspect: str = "content",
        where: Mapping[str, Any] | None = None,
    ) -> list[tuple[VectorHit, ...]]:
        units = [normalise(vector, "the query") for vector in vectors]
        conditions = check_conditions(where)
        answers = []
        for unit in units:
            asked = Asked(collection, model_id, aspect, unit, conditions, self._repositories)
            best: dict[str, VectorHit] = {}
            for hit in self._follower.find(asked, limit):
                best.setdefault(hit[0], VectorHit(*hit))
            answers.append(tuple(best.values())[:limit])
        return answers

    def get_payloads(
        self, collection: str, model_id: str, aspect: str = "content"
    ) -> dict[str, Mapping[str, Any]]:
        return self._follower.get_payloads(collection, model_id, aspect, self._repositories)

    def remove(self, collection: str, keys: Iterable[str]) -> None:
        self._follower.remove(collection, keys, self._own)

    def optimise(self, collection: str, model_id: str, aspect: str = "content") -> VectorState:
        return self.describe(collection, model_id, aspect)

    def describe(
        self,
        collection: str,
        model_id: str,
        aspect: str = "content",  # noqa: ARG002  # one collection has all
    ) -> VectorState:
        count, size = self._follower.describe(collection, model_id)
        is_made = count > 0  # a point of the collection's own tells its model
        return VectorState(count - is_made, size, "Qdrant HNSW, 8 bits", exact=False)


def open_qdrant(location: str) -> QdrantFollower:
    """Connect to Qdrant.

    Args:
        location: `http://…`, `https://…`, a folder, or `:memory:`; the API key stands in the
            environment.

    Raises:
        MissingExtraError: qdrant-client is not installed.
        UsageError: it is no address, or a folder in which something else lies.
        FollowerAwayError: a folder is in use, or cannot be opened.
    """
    try:
        library = import_module("qdrant_client")
    except ImportError as error:
        raise MissingExtraError("qdrant", "Keeping vectors in Qdrant") from error
    key = os.environ.get(KEY_VARIABLE)
    name = hide_login(location)
    try:
        if location == ":memory:":
            client = library.QdrantClient(location)
        elif "://" in location:
            read_address(location, ("http", "https"), _REFUSED)
            client = library.QdrantClient(
                url=location, api_key=key, timeout=_SECONDS, check_compatibility=False
            )
        else:
            _refuse_other_folder(location)
            client = library.QdrantClient(path=location)
    except (RuntimeError, OSError, ValueError) as error:
        raise FollowerAwayError(
            f"qdrant {name} cannot be opened ({_take_line(error)}); correct `vectors`."
        ) from None
    return QdrantFollower(client, f"qdrant {name}")


def make_alias(collection: str, model_id: str) -> str:
    """Return what the vectors of a collection and a model are called."""
    digest = hashlib.sha256(model_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", model_id.lower()).strip("-")[:40]
    return f"{_NAMES.get(collection, collection)}.{slug}-{digest}"


def make_point_id(reference: Reference) -> str:
    """Return the id of a vector's point, the same each time."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps([reference.repository, *reference.parts])))


def _find_collection(alias: str) -> str:
    """Return the collection of an alias of ours; empty for one of others."""
    name = alias.partition(".")[0]
    known = {_NAMES.get(collection, collection): collection for collection in COLLECTIONS}
    return known.get(name, "")


def _is_local(client: Any) -> bool:
    return type(getattr(client, "_client", None)).__name__ == "QdrantLocal"


def _is_plain(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _replace_odd(value: Any) -> Any:
    """Return a payload in which every text can be written as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_replace_odd(part) for part in value]
    if isinstance(value, dict):
        return {_replace_odd(name): _replace_odd(part) for name, part in value.items()}
    return value


def _refuse_other_folder(location: str) -> None:
    """Refuse what is an address with a slip in it, and a folder that is not Qdrant's."""
    if _LIKE_AN_ADDRESS.search(location) or not location.isprintable():
        raise UsageError(_REFUSED)
    held = list_folder(location, ".")
    if held and _OWN_FILE not in held:
        raise UsageError(
            f"`vectors` is {location}, in which lies what is not Qdrant's; name an empty folder."
        )


def _take_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0][:200].rstrip(".")
