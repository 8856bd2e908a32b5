"""Check files in several processes: the same answers in the same order as one process gives.

Each worker is a Python of its own, isolated from the work tree, that is sent the rules once and
files a few at a time. A worker that dies is told of for the files it had; another takes its place.
"""

from __future__ import annotations

import marshal
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from threading import Lock, Thread
from typing import Any, BinaryIO

from devmatrix_guard.engine.messages import receive, send
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.model.diff import Skip, Target

_BATCH_BYTES = 128 * 1024
_WORTH_BYTES = 512 * 1024  # below that the start of the workers costs more than they save
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from devmatrix_guard.engine.worker import serve; serve()"
)
_DIED = "the process that checked it ended"
Batch = list[Target]


def split_by_worth(targets: Iterable[Target]) -> tuple[list[Target], Iterator[Target]]:
    """Return the targets that are too few to share, or those to be shared."""
    first: list[Target] = []
    size = 0
    rest = iter(targets)
    for target in rest:
        first.append(target)
        size += len(target.source)
        if size >= _WORTH_BYTES:
            return [], chain(first, rest)
    return first, iter(())


def check_in_processes(
    compiled: CompiledRules,
    targets: Iterable[Target],
    options: Sequence[bool],
    jobs: int,
    skipped: Callable[[Skip], Any],
    check: Callable[[Target], Any],
) -> list[Any]:
    """Return the result of each target, in order.

    This process checks files as well; the workers have the first ones, as they take time to start.

    Args:
        compiled: the rules.
        targets: the files; they are read as the workers get on.
        options: what is to be worked out, as `engine.check.EngineOptions`.
        jobs: the number of processes, this one among them.
        skipped: makes the result of a file that was not checked.
        check: gives the result of a file that is checked here.
    """
    pool = _Pool(marshal.dumps((compiled.fields(), tuple(options))), _batches(targets), skipped)
    threads: list[Thread] = []
    try:
        while len(threads) < jobs - 1 and (first := pool.take()) is not None:
            threads.append(Thread(target=pool.work, args=(first,), daemon=True))
            threads[-1].start()
        pool.work_here(check)
        for thread in threads:
            thread.join()
    finally:
        pool.end()
    if pool.failure is not None:
        raise pool.failure
    return [result for number in sorted(pool.results) for result in pool.results[number]]


def _batches(targets: Iterable[Target]) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for target in targets:
        batch.append(target)
        size += len(target.source)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Pool:
    """Hands out batches to the threads, each of which talks to one worker."""

    def __init__(
        self, rules: bytes, batches: Iterator[Batch], skipped: Callable[[Skip], Any]
    ) -> None:
        self.results: dict[int, list[Any]] = {}
        self.failure: BaseException | None = None
        self._rules = rules
        self._ended = skipped
        self._batches = enumerate(batches)
        self._lock = Lock()
        self._workers: set[subprocess.Popen[bytes]] = set()
        self._is_over = False

    def work_here(self, check: Callable[[Target], Any]) -> None:
        """Check batches in this process until none is left."""
        while (taken := self.take()) is not None:
            number, batch = taken
            self.results[number] = [check(target) for target in batch]

    def work(self, taken: tuple[int, Batch] | None) -> None:
        """Have a worker check a batch, and others until none is left."""
        worker: subprocess.Popen[bytes] | None = None
        while taken is not None:
            number, batch = taken
            try:
                worker = worker or self._start()
                self.results[number] = _ask(worker, batch)
            except Exception:  # whatever befell it, its files are told of
                self.results[number] = [self._ended(Skip(target.path, _DIED)) for target in batch]
                self._stop(worker)
                worker = None
            taken = self.take()
        self._stop(worker)

    def take(self) -> tuple[int, Batch] | None:
        """Return the next batch and its number, None where none is left."""
        # The files come from a generator, which only one thread may run at a time.
        with self._lock:
            if self._is_over:
                return None
            try:
                return next(self._batches, None)
            except BaseException as error:
                self.failure, self._is_over = error, True
                return None

    def _start(self) -> subprocess.Popen[bytes]:
        package = str(Path(__file__).resolve().parent.parent.parent)
        worker = subprocess.Popen(
            [sys.executable, "-I", "-c", _PROGRAM, package],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(sys.executable).resolve().parent,
        )
        with self._lock:
            self._workers.add(worker)
        send(_pipe(worker.stdin), self._rules)
        return worker

    def _stop(self, worker: subprocess.Popen[bytes] | None) -> None:
        if worker is not None:
            with self._lock:
                self._workers.discard(worker)
            _end(worker)

    def end(self) -> None:
        """End what still runs."""
        self._is_over = True
        for worker in list(self._workers):
            _end(worker)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()
    for stream in (worker.stdin, worker.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # what it was still to be sent


def _ask(worker: subprocess.Popen[bytes], batch: Batch) -> list[Any]:
    send(
        _pipe(worker.stdin), marshal.dumps([(*target[:3], dict(target.cells)) for target in batch])
    )
    found: list[Any] = pickle.loads(receive(_pipe(worker.stdout)))  # noqa: S301 - our own worker's
    return found


def _pipe(stream: Any) -> BinaryIO:
    pipe: BinaryIO = stream
    return pipe
