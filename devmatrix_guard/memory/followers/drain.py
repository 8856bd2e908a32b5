"""Brings a follower up to date, once or for as long as it runs, and makes it anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from devmatrix_guard.memory.followers.base import Follower, FollowerAwayError, RefusedError
from devmatrix_guard.memory.followers.outbox import Note, Outbox
from devmatrix_guard.memory.sql.database import Database

if TYPE_CHECKING:
    from devmatrix_guard.memory.followers.bus import NatsBus

BATCH = 500
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 30.0
_TIMER = 5.0


class Drained(NamedTuple):
    """What was done: changes that were passed on, and those that were set aside."""

    applied: int
    dead: int


def drain(database: Database, follower: Follower, *, tries: int = 5) -> Drained:
    """Pass on everything that waits for a follower.

    Args:
        database: the truth.
        follower: who is told; registered, and made from the truth, when seen for the first time
            or when that was broken off.
        tries: how often in a row it may be away.

    Raises:
        FollowerAwayError: it is still away; nothing is lost.
    """
    outbox = Outbox(database)
    with database.hold(f"sync {follower.name}"):
        if (
            not outbox.is_registered(follower.name)
            or outbox.is_rebuilding(follower.name)
            or not follower.is_complete()
        ):
            return Drained(rebuild(database, follower, is_held=True), 0)
        applied = dead = 0
        while notes := outbox.read(follower.name, BATCH):
            dead += _retry(lambda notes=notes: _pass_on(outbox, follower, notes), tries)  # type: ignore[misc]
            outbox.advance(follower.name, notes)
            applied += len(notes)
        return Drained(applied, dead)


def follow(
    database: Database,
    follower: Follower,
    *,
    tell: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> None:
    """Pass changes on as they come, until told to stop; an absence is waited out.

    Args:
        database: the truth; its `wait` returns early when something was written.
        follower: who is told.
        tell: says what happened, a line each.
        should_stop: asked between two rounds.
    """

    def work() -> str:
        return _describe(follower, drain(database, follower, tries=1))

    _go_on(database, follower.name, work, database.wait, tell=tell, should_stop=should_stop)


def _go_on(
    database: Database,
    name: str,
    work: Callable[[], str],
    wait: Callable[[float, Any], None],
    *,
    tell: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> None:
    """Work, wait, and work again; who is away is asked again after longer and longer pauses."""
    pause = _FIRST_PAUSE
    while not should_stop():
        try:
            if said := work():
                tell(said)
            # A write between the last look and the wait would be missed otherwise.
            moment = database.mark_moment()
            if not should_stop() and Outbox(database).is_up_to_date(name):
                wait(_TIMER, moment)
        except FollowerAwayError as error:
            tell(f"{error} Trying again in {pause:.0f} s.")
            _sleep(pause, should_stop)
            pause = min(pause * 2, _LONGEST_PAUSE)
            continue
        pause = _FIRST_PAUSE


def _describe(follower: Follower, done: Drained) -> str:
    return f"{follower.name}: {done.applied} changes, {done.dead} set aside" if done.applied else ""


def publish(database: Database, bus: NatsBus, *, tries: int = 5) -> int:
    """Put on the bus what was noted since the last time, and return how much that was.

    Args:
        database: the truth; what waits is noted from the first time on.
        bus: where it is put.
        tries: how often in a row the bus may be away.

    Raises:
        FollowerAwayError: it is still away; nothing is lost.
    """
    outbox = Outbox(database)
    count = 0
    with database.hold(f"sync {bus.name}"):
        outbox.register(bus.name)
        while notes := outbox.read(bus.name, BATCH):
            _retry(lambda notes=notes: bus.publish(notes), tries)  # type: ignore[misc]
            outbox.advance(bus.name, notes)
            count += len(notes)
    return count


def publish_on(
    database: Database,
    bus: NatsBus,
    *,
    tell: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> None:
    """Put changes on the bus as they come, until told to stop; an absence is waited out."""

    def work() -> str:
        count = publish(database, bus, tries=1)
        return f"{bus.name}: {count} changes told" if count else ""

    _go_on(database, bus.name, work, database.wait, tell=tell, should_stop=should_stop)


def follow_bus(
    database: Database,
    follower: Follower,
    bus: NatsBus,
    *,
    tell: Callable[[str], None],
    should_stop: Callable[[], bool],
) -> None:
    """Pass changes on as the bus tells of them, and by a timer, until told to stop."""

    def wait(seconds: float, _since: object) -> None:
        message = bus.take(follower.name, seconds)
        if message is not None:
            drain(database, follower, tries=1)
            bus.confirm(message)

    def work() -> str:
        return _describe(follower, drain(database, follower, tries=1))

    _go_on(database, follower.name, work, wait, tell=tell, should_stop=should_stop)


def rebuild(database: Database, follower: Follower, *, is_held: bool = False) -> int:
    """Make a follower from the truth and return how much it holds.

    Changes are noted from before the first row is read, so that none falls between. Where this is
    broken off the follower is not up to date: nobody asks it, and the next sync does it again.
    """
    if not is_held:
        with database.hold(f"sync {follower.name}"):
            return rebuild(database, follower, is_held=True)
    outbox = Outbox(database)
    outbox.register(follower.name)
    end = outbox.begin_rebuild(follower.name)
    follower.begin_anew()
    count = 0
    for notes in _cut(_list_all(outbox, follower)):
        _retry(lambda notes=notes: _pass_on(outbox, follower, notes), 5)  # type: ignore[misc]
        count += len(notes)
    follower.end_anew()
    outbox.end_rebuild(follower.name, end)
    return count


def _list_all(outbox: Outbox, follower: Follower) -> Iterator[Note]:
    for kind in follower.kinds:
        for number, reference in enumerate(outbox.list_references(kind)):
            if follower.takes(reference):
                yield Note(-number - 1, reference)


def _cut(notes: Iterator[Note]) -> Iterator[list[Note]]:
    batch: list[Note] = []
    for note in notes:
        batch.append(note)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _pass_on(outbox: Outbox, follower: Follower, notes: list[Note]) -> int:
    """Tell a follower what stands there now, and return how much of it was set aside."""
    wanted = [note for note in notes if follower.takes(note.reference)]
    changes = outbox.look_up([note.reference for note in wanted])
    try:
        if changes:
            follower.apply(changes)
    except RefusedError:
        return sum(_pass_one_on(outbox, follower, note) for note in wanted)
    return 0


def _pass_one_on(outbox: Outbox, follower: Follower, note: Note) -> int:
    try:
        follower.apply(outbox.look_up([note.reference]))
    except RefusedError as error:
        outbox.give_up(follower.name, note, str(error))
        return 1
    return 0


def _retry(action: Callable[[], int], tries: int) -> int:
    pause = _FIRST_PAUSE
    for attempt in range(1, tries + 1):
        try:
            return action()
        except FollowerAwayError:
            if attempt == tries:
                raise
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    return 0


def _sleep(seconds: float, should_stop: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not should_stop():
        time.sleep(min(0.2, seconds))
