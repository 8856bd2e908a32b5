"""Hands independent pieces of work to processes of this machine, or to a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from devmatrix_guard.errors import (
    GuardError,
    MissingExtraError,
    UsageError,
    describe_defect,
)
from devmatrix_guard.files import follow_links, read_chosen

PROCESSES = "processes"
_DASK = "dask://"
_ANSWER_SECONDS = 10
_CLEARING_SECONDS = 30
_INTERRUPT = {signal.SIGINT}
_WORKING = threading.Lock()
_MAX_LIST_BYTES = 1 << 20

T = TypeVar("T")
R = TypeVar("R")


class _Processes(ProcessPoolExecutor):
    """Processes that an interrupt reaches in their work only, and that end with their parent."""

    def __init__(self, jobs: int) -> None:
        # Forked processes would share the threads of a live display, which do not go on in them.
        context = multiprocessing.get_context("spawn")
        super().__init__(jobs, mp_context=context, initializer=_prepare_process)
        self._others = {child.pid for child in multiprocessing.active_children()}

    def submit(self, work: Callable[..., R], /, *args: Any, **named: Any) -> Future[R]:
        """Hand work out; a process that begins here inherits that interrupts wait for its work."""
        with _mask_interrupts(is_held=True):
            return super().submit(_let_interrupt, work, *args, **named)

    def interrupt(self) -> None:
        """Interrupt the work in every process."""
        for child in multiprocessing.active_children():
            if child.pid is not None and child.pid not in self._others:
                os.kill(child.pid, signal.SIGINT)  # not reaped yet: the id is no other's


class Failed(NamedTuple):
    """A piece of work that came to nothing, and why; `is_defect` where that is a fault of ours."""

    reason: str
    is_defect: bool = False


def run_all(
    name: str, work: Callable[[T], R], items: Sequence[T], *, jobs: int | None = None
) -> Iterator[tuple[T, R | Failed]]:
    """Yield each item with what the work on it gives, as they end; one that fails ends no other.

    Args:
        name: `processes`, or `dask://HOST:PORT`, the scheduler of a cluster.
        work: a function of a module, which other processes can import.
        items: what it is called with, each in its own call.
        jobs: how many processes; as many as there are processors where it is not said. A cluster
            has the workers that it has.

    Raises:
        UsageError: no such executor, or no scheduler answers there.
        MissingExtraError: Dask is not installed.
    """
    with _open_executor(name, min(jobs or os.cpu_count() or 1, len(items) or 1)) as executor:
        left = yield from _run_in(executor, work, items)
    for item in left:  # whose process died, or which another's took along: each by itself
        with _open_processes(1) as executor:
            again = yield from _run_in(executor, work, [item])
        if again:
            yield item, Failed("its process ended before it was done; is there enough memory?")


def _run_in(
    executor: Executor, work: Callable[[T], R], items: Iterable[T]
) -> Generator[tuple[T, R | Failed], None, list[T]]:
    """Yield what ends, and return what a broken pool has left."""
    futures: dict[Future[R], T] = {executor.submit(work, item): item for item in items}
    left = []
    for future in as_completed(futures):
        try:
            outcome: R | Failed = future.result()
        except BrokenProcessPool:
            left.append(futures[future])
            continue
        except (GuardError, OSError) as error:
            outcome = Failed(str(error))
        except Exception as error:
            outcome = Failed(describe_defect(error), is_defect=True)
        yield futures[future], outcome
    return left


def read_paths(file: Path, noun: str) -> list[Path]:
    """Return the paths that a file names, one a line, each once; `#` begins a comment.

    A path that is not absolute is taken from the file's own folder.

    Args:
        file: the file.
        noun: what it should name.

    Raises:
        FileError: it cannot be read.
        UsageError: it names nothing, or what can be no path.
    """
    text = read_chosen(file, _MAX_LIST_BYTES).decode("utf-8", "surrogateescape")
    lines = (line.strip() for line in text.splitlines())
    folder = follow_links(file).parent
    found = [
        _locate_named(line, folder, file) for line in lines if line and not line.startswith("#")
    ]
    if not found:
        raise UsageError(f"{file} names no {noun}; write the path of one on each line.")
    return list(dict.fromkeys(found))


def _locate_named(line: str, folder: Path, file: Path) -> Path:
    place = os.path.expanduser(line)  # noqa: PTH111 - a Path's own fails without a home folder
    if "\0" in place:
        raise UsageError(f"{file} is no list of paths: it holds NUL bytes; name a text file.")
    if place.startswith("~"):
        raise UsageError(f"{file}: {line} has no home folder here; write the whole path.")
    return Path(os.path.normpath(folder / place))


def check_executor(name: str) -> None:
    """Refuse what names no executor.

    Raises:
        UsageError: it is neither `processes` nor `dask://HOST:PORT`.
    """
    host, _, port = name.removeprefix(_DASK).rpartition(":")
    is_dask = name.startswith(_DASK) and bool(host) and port.isdecimal()
    if name != PROCESSES and not is_dask:
        raise UsageError(f"`{name}` is no executor; write `processes` or `dask://HOST:PORT`.")


def _open_executor(name: str, jobs: int) -> AbstractContextManager[Executor]:
    check_executor(name)
    return _open_processes(jobs) if name == PROCESSES else _open_dask(name.removeprefix(_DASK))


@contextmanager
def _open_processes(jobs: int) -> Iterator[Executor]:
    executor = _Processes(jobs)
    try:
        yield executor
    except BaseException:
        executor.interrupt()
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def _prepare_process() -> None:
    signal.signal(signal.SIGINT, _interrupt_once)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _interrupt_once(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal and the parent may both send one
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """Leave the work once the parent has ended, which a killed one tells nobody."""
    if parent := multiprocessing.parent_process():
        parent.join()
    os.kill(os.getpid(), signal.SIGINT)
    _WORKING.acquire(timeout=_CLEARING_SECONDS)
    os._exit(1)


def _let_interrupt(work: Callable[..., R], *args: Any, **named: Any) -> R:
    """Do work that an interrupt may end; before and after, it would only print a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt  # it came to what was done before: what waits is not to begin
    with _WORKING, _mask_interrupts(is_held=False):
        return work(*args, **named)


@contextmanager
def _mask_interrupts(*, is_held: bool) -> Iterator[None]:
    """Hold interrupts back, or let them come; Windows has no mask, and there they always come."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    how = signal.SIG_BLOCK if is_held else signal.SIG_UNBLOCK
    before = signal.pthread_sigmask(how, _INTERRUPT)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _open_dask(address: str) -> Iterator[Executor]:
    try:
        distributed: Any = import_module("distributed")  # has no types
    except ImportError as error:
        raise MissingExtraError("dask", "The executor dask://") from error
    try:
        client = distributed.Client(
            f"tcp://{address}", timeout=_ANSWER_SECONDS, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {address}; start one (`dask scheduler`) or use "
            "`--executor processes`."
        ) from error
    with client:
        yield client.get_executor(pure=False)
