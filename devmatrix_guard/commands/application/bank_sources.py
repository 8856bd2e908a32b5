"""Which sources the PatternBank has for an application: its cache, the memory, its pins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.commands.application.context import ApplicationContext
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.errors import (
    GenerationError,
    GuardError,
    MemoryStoreError,
    SettingsError,
    UsageError,
)
from devmatrix_guard.files import FileError, read_chosen, read_if_present
from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.bank.pins import read_pins
from devmatrix_guard.generator.manifest import PATH as MANIFEST
from devmatrix_guard.generator.repairs import REPAIRS, parse_repairs
from devmatrix_guard.memory.connect import is_server, memory_exists
from devmatrix_guard.model.named_value import NamedValue

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory
    from devmatrix_guard.model.knowledge.learning import KnownRepair
    from devmatrix_guard.model.knowledge.repository import Repository

_SWITCH = "GUARD_PATTERN_BANK"


class OpenBank(NamedValue):
    """The bank of a generation.

    Attributes:
        bank: as the generator uses it.
        repository: whose memory is part of it; None without a memory.
        problem: why the memory is not part of it, "" where nothing is wrong.
        memory: the open one, until the bank is left; None without a memory.
    """

    bank: PatternBank
    repository: Repository | None
    problem: str
    memory: Memory | None = None


def open_pattern_bank(
    root: Path, memory: Memory | None, pins: Mapping[str, tuple[int, str]] | None = None
) -> PatternBank:
    """Return the bank as the generator uses it; `GUARD_PATTERN_BANK=off` leaves the package only.

    Args:
        root: where `.guard/infra_patterns` may lie: the generated application, or the project.
        memory: the open memory, or None where there is none.
        pins: id -> (version, sha), from the manifest.
    """
    pins = pins or {}
    if not is_switched_on():
        return PatternBank(pins=pins)
    records = memory.infra.list_records() if memory else ()
    from devmatrix_guard.generator.bank.cache import CACHE_FOLDER, LocalCache

    return PatternBank(
        cache=LocalCache(root) if (root / CACHE_FOLDER).is_dir() else None,
        bank=memory.infra if memory else None,
        pins=pins,
        records=records,
    )


@contextmanager
def open_application_bank(context: ApplicationContext) -> Iterator[PatternBank]:
    """Open the bank for an application, pinned to what its manifest names, if any.

    The repairs that it was generated with are applied again.

    Raises:
        GenerationError: the manifest cannot be read.
    """
    folder = context.folder
    pins, repairs = _read_pins(folder), read_pinned_repairs(folder)
    if not is_switched_on() or not context.memory_exists:
        yield open_pattern_bank(folder, None, pins)._replace(repairs=repairs)
        return
    with open_project_memory(context.settings, context.project) as memory:
        yield open_pattern_bank(folder, memory, pins)._replace(repairs=repairs)


@contextmanager
def open_memory_bank(context: ApplicationContext, *, wanted: bool = True) -> Iterator[OpenBank]:
    """Open the bank for a generation, which a memory that cannot be read does not stop.

    A server that is away, or slow, is waited for as long as a look back may take.

    Args:
        context: where the application is to be.
        wanted: False leaves the memory out.

    Raises:
        GenerationError: the manifest cannot be read.
    """
    folder = context.folder
    pins, repairs = _read_pins(folder), read_pinned_repairs(folder)
    problem, memory = "", None
    if wanted and is_switched_on():
        problem = _wait_for_server(context) if is_server(context.settings.memory) else ""
        try:
            if not problem and context.memory_exists:
                memory = open_project_memory(context.settings, context.project)
        except MemoryStoreError as error:
            problem = f"the memory was not used: {error}"
    try:
        bank = open_pattern_bank(folder, memory, pins)._replace(repairs=repairs)
        if memory is not None and memory.infra.is_empty():
            bank = bank._replace(bank=None)  # which is quicker than asking it for each pattern
        own = memory.repositories.get_own() if memory else None
        yield OpenBank(bank, own, problem, memory)
    finally:
        if memory is not None:
            memory.close()


def _wait_for_server(context: ApplicationContext) -> str:
    """Return why a server cannot be asked: it is away, or takes longer than a look back may."""
    import threading

    limit = context.settings.look_back_ms
    found: list[str] = []

    def ask() -> None:
        try:
            memory_exists(context.settings.memory, context.project)
            found.append("")
        except GuardError as error:
            found.append(f"the memory was not used: {error}")

    thread = threading.Thread(target=ask, name="ask-memory", daemon=True)
    thread.start()
    thread.join(limit / 1000)
    return found[0] if found else f"the memory did not answer within {limit} ms and was not used."


def read_pinned_repairs(folder: Path) -> tuple[KnownRepair, ...]:
    """Return the repairs that the application in a folder was generated with.

    Raises:
        GenerationError: the file that names them cannot be read.
    """
    if not folder.is_dir():
        return ()
    try:
        data = read_if_present(folder, REPAIRS)
    except FileError as error:
        raise GenerationError(f"{REPAIRS} cannot be read: {error}") from error
    if data is None:
        return ()
    return parse_repairs(data)


def list_copies(bank: PatternBank, pattern_ids: Iterable[str]) -> dict[str, str]:
    """Return {path: text} of the pattern versions that must lie beside the application."""
    if bank.cache is None and bank.bank is None:
        return {}
    from devmatrix_guard.generator.bank.cache import cache_files

    return cache_files(bank.get(pattern_id) for pattern_id in sorted(set(pattern_ids)))


def is_switched_on() -> bool:
    """Tell whether cache and bank are asked at all."""
    value = os.environ.get(_SWITCH, "on").lower()
    if value not in ("on", "off"):
        raise SettingsError(f"{_SWITCH} is `{value}`; set it to `on` or `off`.")
    return value == "on"


def read_text(path: Path) -> str:
    """Return the text of a file that the user named, unchanged.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return read_chosen(path).decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} cannot be read as UTF-8 text: {error}; name another file."
        ) from error


def _read_pins(target: Path) -> dict[str, tuple[int, str]]:
    if not target.is_dir():
        return {}
    try:
        data = read_if_present(target, MANIFEST)
        return read_pins(data.decode()) if data is not None else {}
    except (FileError, UnicodeDecodeError) as error:
        raise GenerationError(f"the manifest cannot be read: {error}") from error
