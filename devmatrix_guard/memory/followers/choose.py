"""Opens the servers that the settings name, and says which of them may answer for the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.config import is_outside
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.files import is_inside
from devmatrix_guard.memory.consent import require_consent
from devmatrix_guard.memory.followers.outbox import Outbox

if TYPE_CHECKING:
    from devmatrix_guard.config import Settings
    from devmatrix_guard.memory.base import LineageGraph, Memory, VectorIndex
    from devmatrix_guard.memory.followers.base import Follower
    from devmatrix_guard.memory.followers.bus import NatsBus
    from devmatrix_guard.memory.followers.neo4j import Neo4jGraph
    from devmatrix_guard.memory.followers.qdrant import QdrantFollower


@contextmanager
def open_followers(settings: Settings, root: Path) -> Iterator[list[Follower]]:
    """Open every server that follows the memory, Qdrant first.

    Raises:
        MissingExtraError: what one needs is not installed.
        FollowerAwayError: one does not answer.
        MemoryStoreError: the user has not agreed to one that the repository names.
    """
    with ExitStack() as stack:
        found: list[Follower] = []
        if settings.vectors:
            require_consent(settings.vectors, root)
            from devmatrix_guard.memory.followers.qdrant import open_qdrant

            found.append(open_qdrant(_place_vectors(settings.vectors, root)))
            stack.callback(found[-1].close)
        if settings.graph:
            require_consent(settings.graph, root)
            from devmatrix_guard.memory.followers.neo4j import open_neo4j

            found.append(open_neo4j(settings.graph))
            stack.callback(found[-1].close)
        yield found


@contextmanager
def open_bus(memory: Memory, settings: Settings, root: Path) -> Iterator[NatsBus | None]:
    """Open the bus that the settings name; None where they name none.

    Raises:
        UsageError: the address is none of a bus.
        MissingExtraError: what it needs is not installed.
        FollowerAwayError: it does not answer.
        MemoryStoreError: the user has not agreed to one that the repository names.
    """
    if not settings.sync:
        yield None
        return
    require_consent(settings.sync, root)
    from devmatrix_guard.memory.followers import bus

    row = memory.database.fetch_row("SELECT value FROM memory_facts WHERE key = 'id'")
    opened = bus.open_bus(settings.sync, row[0] if row else "")
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def open_vectors(memory: Memory, settings: Settings, root: Path) -> Iterator[VectorIndex]:
    """Give the vectors to search: Qdrant's where it is up to date, else the memory's own."""
    if not settings.vectors:
        yield memory.vectors
        return
    from devmatrix_guard.memory.followers.qdrant import QdrantVectorIndex

    require_consent(settings.vectors, root)  # its refusal is no server that is away
    try:
        follower = open_qdrant_follower(settings, root)
    except MemoryStoreError:
        yield memory.vectors
        return
    try:
        if Outbox(memory.database).is_up_to_date(follower.name):
            yield QdrantVectorIndex(follower, *memory.list_chosen())
        else:
            yield memory.vectors
    finally:
        follower.close()


@contextmanager
def open_ir_vectors(memory: Memory, settings: Settings, root: Path) -> Iterator[VectorIndex]:
    """Give the vectors of specs to search: Neo4j's where it is up to date, else `open_vectors`."""
    with ExitStack() as stack:
        graph = stack.enter_context(_open_current_graph(memory, settings, root))
        if graph is not None:
            yield graph.choose_vectors(*memory.list_chosen())
        else:
            yield stack.enter_context(open_vectors(memory, settings, root))


def open_qdrant_follower(settings: Settings, root: Path) -> QdrantFollower:
    """Open the Qdrant that the settings name.

    Raises:
        MissingExtraError: its client is not installed.
        MemoryStoreError: it does not answer, or the user has not agreed to it.
    """
    from devmatrix_guard.memory.followers.qdrant import open_qdrant

    require_consent(settings.vectors, root)
    return open_qdrant(_place_vectors(settings.vectors, root))


@contextmanager
def open_graph(memory: Memory, settings: Settings, root: Path) -> Iterator[LineageGraph]:
    """Give the lineage to ask: Neo4j's where it is up to date, else the memory's own."""
    with _open_current_graph(memory, settings, root) as graph:
        yield memory.lineage if graph is None else graph.choose(*memory.list_chosen())


@contextmanager
def _open_current_graph(
    memory: Memory, settings: Settings, root: Path
) -> Iterator[Neo4jGraph | None]:
    """Open the Neo4j that the settings name; None where there is none that is up to date."""
    if not settings.graph:
        yield None
        return
    from devmatrix_guard.memory.followers.neo4j import open_neo4j

    require_consent(settings.graph, root)
    try:
        graph = open_neo4j(settings.graph)
    except MemoryStoreError:
        yield None
        return
    try:
        is_current = Outbox(memory.database).is_up_to_date(graph.name) and graph.is_complete()
        yield graph if is_current else None
    finally:
        graph.close()


def _place_vectors(location: str, root: Path) -> str:
    """Return a location as Qdrant takes it: a folder from the project's root.

    Raises:
        UsageError: it is a folder of the project that a link leads out of.
    """
    if "://" in location or location == ":memory:":
        return location
    if not is_outside(location) and not is_inside(root, location):
        raise UsageError(
            f"`vectors` is {location!r}, which leads out of the repository; name a folder itself."
        )
    return str(root / location)
