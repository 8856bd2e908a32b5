"""Lets the memory follow the stages of rules, which people set in their files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.rules.active_rules import get_pattern_id, read_rulebook
from devmatrix_guard.config import load_settings
from devmatrix_guard.engine.rules.load import list_rule_files
from devmatrix_guard.errors import GuardError, MemoryStoreError, UsageError
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.model.rule import Rule

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

_SECONDS = 5.0  # between two looks at the files: a pull is seen soon, a request waits for none


def remember_stage(start: Path, root: Path, rule: Rule, stage: str) -> str:
    """Write a rule's new stage beside its pattern in the memory, if there is one.

    Returns:
        What to tell where the memory does not follow yet; empty where it does. The rule's file
        decides: `guard learn` brings the memory up to it in any case.
    """
    pattern_id = get_pattern_id(rule)
    if pattern_id is None:
        return ""
    try:
        settings = load_settings(start)
        if not memory_exists(settings.memory, root):
            return ""
        with open_project_memory(settings, root, create=False) as memory:
            pattern = memory.patterns.get(pattern_id)
            if pattern is not None:
                memory.patterns.save([replace(pattern, stage=stage)])
    except (MemoryStoreError, UsageError) as error:
        return f"the memory follows at the next `guard learn`: {error}"
    return ""


def read_stages(start: Path) -> dict[str, str]:
    """Return stages by pattern: people raise and retire rules in their files, not in the memory."""
    rules = read_rulebook(start, shipped=False).rules.values()
    return {pattern_id: rule.stage for rule in rules if (pattern_id := get_pattern_id(rule))}


def follow_rule_files(memory: Memory, root: Path) -> int:
    """Give patterns the stages that the rule files have today; return how many got another.

    Somebody else's approval comes with a pull, and by no command of this machine.

    Raises:
        MemoryStoreError: the memory cannot be written.
    """
    stages = read_stages(root)
    held = memory.patterns.get_many(sorted(stages))
    late = [
        replace(pattern, stage=stages[key])
        for key, pattern in held.items()
        if pattern.stage != stages[key]
    ]
    return memory.patterns.save(late) if late else 0


class RuleFileFollower:
    """Lets an open memory follow the rule files of a project, for as long as it is served.

    Args:
        root: of the project.
        names: files and folders of rules, from the root.
        clock: tells the time, in seconds; of tests.
    """

    def __init__(
        self, root: Path, names: Sequence[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._root, self._names, self._clock = root, names, clock
        self._next = 0.0
        self._looking = threading.Lock()
        self._stamps: list[tuple[str, int, int]] | None = None

    def follow(self, memory: Memory) -> None:
        """Bring stages up to the rule files, where one of these changed since the last look.

        A memory that cannot be written, or files that cannot be read, change nothing until the
        next look.
        """
        if self._clock() < self._next or not self._looking.acquire(blocking=False):
            return  # somebody else looks, for which nobody waits
        try:
            self._look(memory)
        finally:
            self._next = self._clock() + _SECONDS  # not before: of many files a look takes long
            self._looking.release()

    def _look(self, memory: Memory) -> None:
        with suppress(GuardError, OSError):
            stamps = list(self._read_stamps())
            if stamps != self._stamps:
                follow_rule_files(memory, self._root)
                self._stamps = stamps  # not before: a memory that is locked follows later

    def _read_stamps(self) -> Iterator[tuple[str, int, int]]:
        for name in self._names:
            for file in list_rule_files(self._root / name, self._root):
                found = file.stat()
                yield str(file), found.st_mtime_ns, found.st_size
