"""What follows a memory ends as the truth, whatever happens on the way."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.followers.base import Change, Follower, FollowerAwayError
from devmatrix_guard.memory.followers.drain import Drained, drain, follow, rebuild
from devmatrix_guard.memory.followers.neo4j import open_neo4j
from devmatrix_guard.memory.followers.outbox import Outbox
from devmatrix_guard.memory.followers.qdrant import QdrantFollower
from devmatrix_guard.model.knowledge.lineage import LineageEdge as Edge
from devmatrix_guard.model.knowledge.lineage import LineageNode as Node
from tests.contract.build import fix_pattern

SPEC, IR = Node("spec", "s1", {"name": "shop"}), Node("ir", "i1")
PRODUCED = Edge("produced", ("spec", "s1"), ("ir", "i1"), {"at": 1})


@pytest.fixture
def neo4j(request: pytest.FixtureRequest) -> Iterator[Follower]:
    """An empty graph on a server."""
    graph = open_neo4j(request.getfixturevalue("neo4j_url"))
    graph.begin_anew()
    yield graph
    graph.close()


def assert_equal(memory: Memory, follower: Follower) -> None:
    """Compare row by row what a follower holds with the truth."""
    outbox = Outbox(memory.database)
    for kind in follower.kinds:
        truth = {one for one in outbox.list_references(kind) if follower.takes(one)}
        assert follower.list_references(kind) == truth


def write(memory: Memory, number: int = 0) -> None:
    memory.vectors.upsert("fix_patterns", "m", [VectorItem(f"p{number}", [1.0, number])])
    memory.lineage.add([SPEC, IR], [PRODUCED])


def test_nothing_is_noted_while_nobody_follows(memory: Memory) -> None:
    write(memory)
    assert memory.database.fetch_row("SELECT count(*) FROM outbox") == (0,)
    assert Outbox(memory.database).measure() == []


def test_a_follower_that_is_new_is_made_from_what_is_there(
    memory: Memory, qdrant: Follower
) -> None:
    write(memory)
    assert drain(memory.database, qdrant) == Drained(1, 0)
    assert_equal(memory, qdrant)


def test_what_changes_afterwards_follows_in_order(memory: Memory, qdrant: Follower) -> None:
    drain(memory.database, qdrant)
    write(memory, 1)
    write(memory, 2)
    memory.vectors.upsert("fix_patterns", "m", [VectorItem("p1", [0.0, 1.0], {"v": 2})])
    memory.vectors.remove("fix_patterns", ["p2"])
    (waiting,) = Outbox(memory.database).measure()
    assert waiting.waiting > 0
    drain(memory.database, qdrant)
    assert_equal(memory, qdrant)
    (progress,) = Outbox(memory.database).measure()
    assert (progress.waiting, progress.dead, progress.seconds) == (0, 0, 0.0)
    assert drain(memory.database, qdrant) == Drained(0, 0)


def test_what_is_rolled_back_is_not_noted(memory: Memory, qdrant: Follower) -> None:
    drain(memory.database, qdrant)
    with pytest.raises(RuntimeError), memory.transaction():
        write(memory)
        raise RuntimeError
    assert drain(memory.database, qdrant) == Drained(0, 0)


@pytest.mark.server
def test_the_lineage_follows_too(memory: Memory, neo4j: Follower) -> None:
    write(memory)
    drain(memory.database, neo4j)
    assert_equal(memory, neo4j)
    memory.lineage.add([SPEC._replace(properties={"name": "shop 2"}), Node("run", "r1")], [])
    memory.database.run("DELETE FROM lineage_nodes WHERE kind = 'ir'")
    drain(memory.database, neo4j)
    assert_equal(memory, neo4j)
    assert neo4j.get("spec", "s1").properties == {"name": "shop 2"}  # type: ignore[attr-defined]


class Moody:
    """A follower that is away as often as it is told to be, and refuses what it is told to."""

    name = "moody"
    kinds = ("vector",)

    def __init__(self, inner: Follower, *, away: int = 0, refused: str = "") -> None:
        self._inner, self.away, self.refused = inner, away, refused

    def apply(self, changes: list[Change]) -> None:
        if self.away:
            self.away -= 1
            self._inner.apply(changes[: len(changes) // 2])  # half of it had arrived
            raise FollowerAwayError("gone")
        if any(self.refused and self.refused in c.reference.parts for c in changes):
            self._inner.apply(
                [
                    Change(c.reference._replace(parts=("x", *c.reference.parts[1:])), c.value)
                    for c in changes
                ]
            )
        self._inner.apply(changes)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


def test_an_absence_is_waited_out_and_nothing_is_lost(memory: Memory, qdrant: Follower) -> None:
    moody = Moody(qdrant)
    drain(memory.database, moody)  # type: ignore[arg-type]
    for number in range(20):
        write(memory, number)
    moody.away = 2
    drain(memory.database, moody)  # type: ignore[arg-type]
    assert_equal(memory, qdrant)


def test_who_stays_away_is_told_later(memory: Memory, qdrant: Follower) -> None:
    moody = Moody(qdrant)
    drain(memory.database, moody)  # type: ignore[arg-type]
    moody.away = 99
    write(memory)
    with pytest.raises(FollowerAwayError):
        drain(memory.database, moody, tries=2)  # type: ignore[arg-type]
    assert memory.patterns.save([fix_pattern()]) == 1
    moody.away = 0
    drain(memory.database, moody)  # type: ignore[arg-type]
    assert_equal(memory, qdrant)


def test_what_is_refused_is_set_aside_and_the_rest_goes_on(
    memory: Memory, qdrant: Follower
) -> None:
    moody = Moody(qdrant)
    drain(memory.database, moody)  # type: ignore[arg-type]
    moody.refused = "p3"
    for number in range(6):
        write(memory, number)
    assert drain(memory.database, moody).dead == 1  # type: ignore[arg-type]
    outbox = Outbox(memory.database)
    assert len(qdrant.list_references("vector")) == 5
    ((reference, reason),) = outbox.list_dead("moody")
    assert reference.parts[3] == "p3"
    assert "no place for" in reason
    moody.refused = ""
    assert outbox.revive("moody") == 1
    drain(memory.database, moody)  # type: ignore[arg-type]
    assert_equal(memory, qdrant)
    assert outbox.list_dead("moody") == []


def test_a_follower_made_anew_holds_nothing_old(memory: Memory, qdrant: Follower) -> None:
    write(memory)
    drain(memory.database, qdrant)
    Outbox(memory.database).forget(qdrant.name)
    memory.vectors.remove("fix_patterns", ["p0"])
    write(memory, 7)
    assert rebuild(memory.database, qdrant) == 1
    assert_equal(memory, qdrant)


def test_notes_that_all_have_read_are_dropped(memory: Memory, qdrant: Follower) -> None:
    drain(memory.database, qdrant)
    outbox = Outbox(memory.database)
    outbox.register("slow")
    write(memory)
    drain(memory.database, qdrant)
    outbox.forget("slow")
    (kept,) = memory.database.fetch_row("SELECT count(*) FROM outbox") or (9,)
    assert kept <= 1  # the last one stays, for its number
    write(memory, 5)
    drain(memory.database, qdrant)
    assert_equal(memory, qdrant)


def test_who_follows_is_woken_by_a_write(
    memory: Memory, qdrant: Follower, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    drain(memory.database, qdrant)
    stop, told = threading.Event(), threading.Event()
    location = memory.location
    if "postgresql" in location:
        location = f"{location}?options=-csearch_path%3D{memory.database.schema}"  # type: ignore[attr-defined]

    def run() -> None:
        with open_memory(location, tmp_path) as mine:
            follow(mine.database, qdrant, tell=lambda _: told.set(), should_stop=stop.is_set)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        write(memory)
        assert told.wait(60)
    finally:
        stop.set()
        write(memory, 2)
        thread.join(60)
    drain(memory.database, qdrant)
    assert_equal(memory, qdrant)


_WRITER = """
import random, sys
from pathlib import Path
from devmatrix_guard.memory.base import VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.memory.followers.drain import drain
from devmatrix_guard.memory.followers.qdrant import QdrantFollower, open_qdrant
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode

location, root, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
with open_memory(location, root) as memory:
    for number in range(200):
        if number == 2:
            print("wrote", flush=True)
        keys = [f"k{rng.randrange(300)}" for _ in range(4)]
        with memory.transaction():
            if rng.random() < 0.3:
                memory.vectors.remove("fix_patterns", keys[:2])
            else:
                items = [VectorItem(key, [rng.random() + 0.1, rng.random()]) for key in keys]
                memory.vectors.upsert("fix_patterns", "m", items)
            nodes = [LineageNode("run", key, {"n": number}) for key in keys]
            pairs = [(a, b) for a, b in zip(keys, keys[1:]) if a != b]
            edges = [LineageEdge("found", ("run", a), ("run", b)) for a, b in pairs]
            memory.lineage.add(nodes, edges)
"""


@pytest.mark.slow
def test_followers_equal_the_truth_after_random_writes_and_kills(
    memory: Memory, qdrant: Follower, tmp_path: Path
) -> None:
    """Writers are killed in the middle; the follower is away now and then, and told half."""
    location = memory.location if "postgresql" not in memory.location else ""
    if not location:
        schema = memory.database.schema  # type: ignore[attr-defined]
        location = f"{memory.location}?options=-csearch_path%3D{schema}"
    rng = random.Random(4)
    moody = Moody(qdrant)
    drain(memory.database, moody)  # type: ignore[arg-type]
    for seed in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, location, str(tmp_path), str(seed)],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"wrote\n"
        for _ in range(3):
            moody.away = rng.choice([0, 1])
            drain(memory.database, moody)  # type: ignore[arg-type]
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    drain(memory.database, moody)  # type: ignore[arg-type]
    assert_equal(memory, qdrant)
    (progress,) = Outbox(memory.database).measure()
    assert (progress.waiting, progress.dead) == (0, 0)
    assert progress.applied > 0


@pytest.mark.server
def test_the_vectors_of_specs_follow_into_the_graph_and_no_others(
    memory: Memory, neo4j: Follower
) -> None:
    write(memory)
    memory.vectors.upsert("spec_signatures", "m", [VectorItem("s1", [1.0, 0.0], {"name": "shop"})])
    drain(memory.database, neo4j)
    assert_equal(memory, neo4j)
    assert {one.parts[0] for one in neo4j.list_references("vector")} == {"spec_signatures"}
    memory.vectors.upsert("spec_signatures", "m", [VectorItem("s2", [0.0, 1.0])])
    memory.vectors.remove("spec_signatures", ["s1"])
    write(memory, 3)
    drain(memory.database, neo4j)
    assert_equal(memory, neo4j)


@pytest.mark.server
def test_a_model_of_another_size_under_the_same_name_gets_its_own_index(
    memory: Memory, neo4j: Follower
) -> None:
    for size in (2, 5):
        memory.vectors.upsert("spec_signatures", "m", [VectorItem("s1", [1.0] * size)])
        drain(memory.database, neo4j)
        vectors = neo4j.choose_vectors(1, None)  # type: ignore[attr-defined]
        (hit,) = vectors.search("spec_signatures", "m", [1.0] * size)
        assert (hit.key, hit.similarity) == ("s1", pytest.approx(1.0))
        rows = neo4j._connection.run("SHOW VECTOR INDEXES YIELD name")  # type: ignore[attr-defined]
        assert [row["name"].rpartition("_")[2] for row in rows] == [str(size)]
        memory.vectors.remove("spec_signatures", ["s1"])


@pytest.mark.server
def test_a_graph_of_an_older_release_or_made_by_halves_is_made_anew(
    memory: Memory, neo4j: Follower
) -> None:
    write(memory)
    memory.vectors.upsert("spec_signatures", "m", [VectorItem("s1", [1.0, 0.0])])
    drain(memory.database, neo4j)
    assert neo4j.is_complete()
    neo4j.begin_anew()  # and killed before the rest
    assert not neo4j.is_complete()
    assert drain(memory.database, neo4j).applied == 4
    assert neo4j.is_complete()
    assert_equal(memory, neo4j)
    assert drain(memory.database, neo4j) == Drained(0, 0)


class _Killed(BaseException):
    """Stands for the end of the process: nothing that comes after is run."""


class _KilledFollower:
    """A follower whose process ends at one of its steps."""

    kinds = ("vector",)

    def __init__(self, follower: Follower, step: str) -> None:
        self._follower = follower
        self._step = step

    def __getattr__(self, name: str) -> Any:
        if name == self._step:
            raise _Killed
        return getattr(self._follower, name)


@pytest.mark.parametrize("step", ["begin_anew", "apply", "end_anew"])
def test_a_rebuild_that_is_killed_is_done_by_the_next_sync(
    memory: Memory, qdrant: Follower, step: str
) -> None:
    write(memory, 1)
    drain(memory.database, qdrant)
    write(memory, 2)  # waits for the follower, which has not read it yet
    memory.vectors.remove("fix_patterns", ["p1"])
    outbox = Outbox(memory.database)
    with pytest.raises(_Killed):
        rebuild(memory.database, _KilledFollower(qdrant, step))
    assert not outbox.is_up_to_date(qdrant.name)
    again = open_again(qdrant)
    drain(memory.database, again)
    assert_equal(memory, again)
    assert outbox.is_up_to_date(qdrant.name)
    assert drain(memory.database, again) == Drained(0, 0)
    assert len(again._client.get_collections().collections) == 1


@pytest.mark.parametrize("step", ["apply", "end_anew"])
def test_a_first_sync_that_is_killed_is_not_taken_for_done(
    memory: Memory, qdrant: Follower, step: str
) -> None:
    write(memory, 1)
    with pytest.raises(_Killed):
        drain(memory.database, _KilledFollower(qdrant, step))
    assert not Outbox(memory.database).is_up_to_date(qdrant.name)
    again = open_again(qdrant)
    drain(memory.database, again)
    assert_equal(memory, again)
    assert again.describe("fix_patterns", "m")[0] > 0


def open_again(follower: Follower) -> Any:
    """Return what a new process finds: the same store, nothing of what the last one knew."""
    assert isinstance(follower, QdrantFollower)
    return QdrantFollower(follower._client, follower.name)
