"""`guard memory sync` and `rebuild`: bring the servers that follow the memory up to date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.errors import UsageError
from devmatrix_guard.memory.followers.base import Follower, Progress
from devmatrix_guard.memory.followers.choose import open_bus, open_followers
from devmatrix_guard.memory.followers.drain import (
    drain,
    follow,
    follow_bus,
    publish,
    publish_on,
    rebuild,
)
from devmatrix_guard.memory.followers.outbox import Outbox

if TYPE_CHECKING:
    from devmatrix_guard.memory.followers.bus import NatsBus

Tell = Callable[[str], None]


def sync_once(start: Path, *, again: bool = False, tell: Tell) -> int:
    """Pass on to every follower what it has missed, and return how much was set aside.

    Args:
        start: a folder of the project.
        again: pass on anew what was set aside before.
        tell: is told what is done, a line each.

    Raises:
        UsageError: the settings name no follower.
        FollowerAwayError: one does not answer; the others are up to date, and nothing is lost.
    """
    settings, root = load_settings(start), find_project_root(start)
    dead = 0
    with open_project_memory(settings, root) as memory, _open(settings, root) as followers:
        with open_bus(memory, settings, root) as bus:
            if bus is not None:
                tell(f"{bus.name}: {publish(memory.database, bus)} changes told")
        for follower in followers:
            if again:
                revived = Outbox(memory.database).revive(follower.name)
                tell(f"{follower.name}: {revived} changes taken up again")
            done = drain(memory.database, follower)
            dead += done.dead
            tell(f"{follower.name}: {done.applied} changes, {done.dead} set aside")
    return dead


def sync_on(start: Path, *, tell: Tell, should_stop: Callable[[], bool]) -> None:
    """Pass changes on as they come, each follower on a connection of its own, until stopped."""
    settings, root = load_settings(start), find_project_root(start)
    with (
        _open(settings, root) as followers,
        open_project_memory(settings, root) as memory,
        open_bus(memory, settings, root) as bus,
    ):
        works = [
            partial(_follow_one, settings, root, follower, bus, tell, should_stop)
            for follower in followers
        ]
        if bus is not None:
            works.append(
                partial(publish_on, memory.database, bus, tell=tell, should_stop=should_stop)
            )
        with ThreadPoolExecutor(len(works)) as threads:
            for done in as_completed([threads.submit(work) for work in works]):
                done.result()


def forget_follower(start: Path, name: str) -> None:
    """Note nothing any more for a follower, or bus, that is gone for good.

    Raises:
        UsageError: nothing that follows is called so.
    """
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root) as memory:
        outbox = Outbox(memory.database)
        if not outbox.is_registered(name):
            known = ", ".join(one.name for one in outbox.measure()) or "none"
            raise UsageError(f"no follower is called `{name}`; there is: {known}.")
        outbox.forget(name)


def rebuild_followers(start: Path, names: Sequence[str] = (), *, tell: Tell) -> None:
    """Make followers anew from the memory: all of them, or those whose names begin so."""
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root) as memory, _open(settings, root) as followers:
        chosen = [f for f in followers if not names or f.name.startswith(tuple(names))]
        if not chosen:
            known = ", ".join(follower.name for follower in followers)
            raise UsageError(f"no follower is called so; there is: {known}.")
        for follower in chosen:
            tell(f"{follower.name}: {rebuild(memory.database, follower)} made from the memory")


def measure_followers(start: Path) -> list[Progress]:
    """Return how far each follower is, as far as the memory knows; no server is asked."""
    settings, root = load_settings(start), find_project_root(start)
    with open_project_memory(settings, root, create=False) as memory:
        return Outbox(memory.database).measure()


def describe_progress(progress: Progress) -> str:
    """Return a line on how far a follower is."""
    lag = f", the oldest for {progress.seconds:.0f} s" if progress.waiting else ""
    dead = f", {progress.dead} set aside" if progress.dead else ""
    return f"{progress.name}: {progress.waiting} changes wait{lag}{dead}"


def _follow_one(
    settings: Settings,
    root: Path,
    follower: Follower,
    bus: NatsBus | None,
    tell: Tell,
    should_stop: Callable[[], bool],
) -> None:
    with open_project_memory(settings, root) as memory:
        if bus is None:
            follow(memory.database, follower, tell=tell, should_stop=should_stop)
        else:
            follow_bus(memory.database, follower, bus, tell=tell, should_stop=should_stop)


def _open(settings: Settings, root: Path) -> AbstractContextManager[list[Follower]]:
    if not settings.vectors and not settings.graph and not settings.sync:
        raise UsageError(
            "nothing follows this memory; set `vectors` to Qdrant, `graph` to Neo4j, or `sync` "
            "to NATS."
        )
    return open_followers(settings, root)
