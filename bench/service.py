"""How quickly and how well `guard serve` answers, and what each part of an answer costs.

    python bench/service.py calibrate TRAINING... -- TESTING...   fit and test the confidence
    python bench/service.py match [COUNT]       latency and CPU of a match, in process
    python bench/service.py serve [COUNT]       requests a second of CPU, repeated and new
    python bench/service.py agents REPOSITORY   `recall` over the agents' protocol, warm
    python bench/service.py soak SECONDS        mixed requests: errors, and memory at both ends

`--folder DIR`, which exists, keeps the corpus for the next time. `--model NAME` (as the setting
`embeddings`) compares vectors too. Times are of wall and CPU: on a busy machine the first say how
busy it is. Requests a second are CPU arithmetic: cores through CPU time of the server for a
request, the client's not counted. The corpus is that of `bench/memory.py`.
"""

from __future__ import annotations

import http.client
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from memory import Corpus
from search import as_pattern, read_fixes

from devmatrix_guard.commands.memory.embedding import embed_memory
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.commands.service.matching import (
    Matcher,
    Nearness,
    list_features,
    rate_confidence,
)
from devmatrix_guard.config import load_settings
from devmatrix_guard.model.knowledge.catalog import FIX, CatalogFilter

_FIXES_ONLY = CatalogFilter(types=(FIX,))
_QUERIES = 200
_CORES = 2
_TICKS = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """A candidate of a query: how near it was, and whether it is the one that was meant."""

    near: Nearness
    is_meant: bool


def main(arguments: Sequence[str]) -> int:
    given = list(arguments)
    model = ""
    if "--model" in given:
        place = given.index("--model")
        model = given[place + 1]
        del given[place : place + 2]
    kept = ""
    if "--folder" in given:
        place = given.index("--folder")
        kept = given[place + 1]
        del given[place : place + 2]
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, model {model or 'none'}")
    what, rest = given[0], given[1:]
    if what == "calibrate":
        split = rest.index("--")
        calibrate([Path(p) for p in rest[:split]], [Path(p) for p in rest[split + 1 :]], model)
    elif what == "agents":
        measure_agents(Path(rest[0]))
    else:
        count = int(rest[0]) if rest and what != "soak" else 21_000
        with tempfile.TemporaryDirectory() as folder:
            root = Path(kept or folder)
            corpus = Corpus(7) if (root / "guard.toml").exists() else fill(root, count, model)
            if what == "match":
                measure_match(root, corpus)
            elif what == "serve":
                measure_serve(root, corpus)
            else:
                soak(root, corpus, int(rest[0]))
    return 0


def fill(folder: Path, count: int, model: str) -> Corpus:
    """Make a project whose memory holds the corpus, with vectors where a model is named."""
    # The name makes the corpus the same repository's in a copy of the folder, too.
    settings = f'shipped = false\nrepository = "bench"\nembeddings = "{model or "none"}"\n'
    (folder / "guard.toml").write_text(settings)
    corpus = Corpus(7)
    began = time.process_time()
    with open_project_memory(load_settings(folder), folder) as memory:
        memory.patterns.save(corpus.patterns(count))
    if model:
        embed_memory(folder)
    print(f"{count:,} patterns, made in {time.process_time() - began:.0f} CPU s")
    return corpus


# --- confidence --------------------------------------------------------------------------------


def calibrate(training: Sequence[Path], testing: Sequence[Path], model: str) -> None:
    """Fit the confidence on fixes of some histories, and say how true it is on others."""
    train = [sample for path in training for sample in collect(path, model)]
    test = {path.name: collect(path, model) for path in testing}
    weights = fit(train)
    names = ("bias", *list_features(train[0].near))
    shown = ", ".join(f'"{n}": {w:.2f}' for n, w in zip(names, weights, strict=True))
    print(f"fitted on {len(train):,} candidates: {{{shown}}}")
    for name, samples in test.items():
        fitted = [(predict(weights, s.near), s.is_meant) for s in samples]
        shipped = [(rate_confidence(s.near), s.is_meant) for s in samples]
        for what, pairs in (("fitted", fitted), ("shipped", shipped)):
            print(f"| {name} | {len(pairs):,} | {what} | {describe_calibration(pairs)} |")


def collect(repository: Path, model: str) -> list[Sample]:
    """Ask for every fix by its own subject among all fixes of a history."""
    fixes = read_fixes(repository)
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "guard.toml").write_text(f'embeddings = "{model or "none"}"\n')
        with open_project_memory(load_settings(root), root) as memory:
            memory.patterns.save(map(as_pattern, fixes))
        if model:
            embed_memory(root)
        access = MemoryAccess(root)
        matcher = Matcher(access)
        for fix in fixes:
            near = matcher.find_nearness(fix.subject, _FIXES_ONLY)
            samples += [Sample(one, key == fix.id) for key, one in near.items()]
        access.close()
    return samples


def fit(samples: Sequence[Sample], rounds: int = 30) -> list[float]:
    """Return the weights of a logistic regression, by Newton's method with a slight ridge."""
    import numpy

    x = numpy.array([[1.0, *list_features(s.near).values()] for s in samples])
    y = numpy.array([float(s.is_meant) for s in samples])
    weights = numpy.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + numpy.exp(-x @ weights))
        slope = x.T @ (y - p) - 1e-3 * weights
        bend = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * numpy.eye(len(weights))
        weights = weights + numpy.linalg.solve(bend, slope)
    return [float(w) for w in weights]


def predict(weights: Sequence[float], near: Nearness) -> float:
    values = (1.0, *list_features(near).values())
    return 1 / (1 + math.exp(-sum(w * v for w, v in zip(weights, values, strict=True))))


def describe_calibration(pairs: Sequence[tuple[float, bool]]) -> str:
    """Say how far said and seen are apart: the expected calibration error, and Brier's score."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
    for said, seen in pairs:
        bins[min(int(said * 10), 9)].append((said, seen))
    error = sum(
        abs(sum(said for said, _ in held) - sum(seen for _, seen in held)) for held in bins
    ) / len(pairs)
    brier = sum((said - seen) ** 2 for said, seen in pairs) / len(pairs)
    high = [seen for said, seen in pairs if said >= 0.5]
    shown = f"{sum(high) / len(high):.2f} of {len(high)}" if high else "none"
    return f"error {error:.4f}, Brier {brier:.4f}, right where said ≥ 0.5: {shown}"


# --- times -------------------------------------------------------------------------------------


def measure_match(folder: Path, corpus: Corpus) -> None:
    access = MemoryAccess(folder)
    matcher = Matcher(access)
    queries = [corpus.query() for _ in range(_QUERIES)]
    matcher.match("warm up", "", CatalogFilter(), 5, "same")
    for name, only in (
        ("no filter", CatalogFilter()),
        ("filters", CatalogFilter(types=(FIX,), statuses=("draft",), min_quality=0.1)),
    ):
        walls, cpus = [], []
        for query in queries:
            wall, cpu = time.perf_counter(), time.process_time()
            answer = matcher.match(query, "", only, 5, "same")
            walls.append(1000 * (time.perf_counter() - wall))
            cpus.append(1000 * (time.process_time() - cpu))
        print(f"match, {name}: wall {describe(walls)}; CPU {describe(cpus)}")
        print(f"  of the last: embedding {answer.embedding_ms:.1f}, search {answer.search_ms:.1f}, "
              f"enrichment {answer.enrichment_ms:.1f} ms")  # fmt: skip
    access.close()


def measure_serve(folder: Path, corpus: Corpus) -> None:
    for workers in (1, 2):
        with serving(folder, workers) as (port, processes):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            popular = [corpus.query() for _ in range(20)]
            for intent in popular * 2:
                ask(link, intent)
            for name, intents in (
                ("repeated", popular * 25),
                ("new", [corpus.query() for _ in range(200)]),
            ):
                began, walls = read_cpu(processes()), []
                for intent in intents:
                    start = time.perf_counter()
                    ask(link, intent)
                    walls.append(1000 * (time.perf_counter() - start))
                each = (read_cpu(processes()) - began) / len(intents)
                print(f"{workers} workers, {name} (n={len(intents)}): {1000 * each:.2f} CPU ms a "
                      f"request, {_CORES / each:.0f} requests/s on {_CORES} cores; wall "
                      f"{describe(walls)}")  # fmt: skip


def soak(folder: Path, corpus: Corpus, seconds: int) -> None:
    with serving(folder, 1) as (port, processes):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        ends, errors, count = time.monotonic() + seconds, 0, 0
        for _ in range(200):
            ask(link, corpus.query())
        first = sum(read_memory(p) for p in processes())
        while time.monotonic() < ends:
            count += 1
            path = random.choice(["/api/v1/patterns?facets=true", "/api/v1/rules", "/", "/metrics"])
            try:
                if count % 4:
                    ask(link, corpus.query())
                else:
                    link.request("GET", path)
                    answer = link.getresponse()
                    answer.read()
                    errors += answer.status != 200
            except (OSError, AssertionError, http.client.HTTPException):
                errors += 1
                link.close()
        last = sum(read_memory(p) for p in processes())
        print(f"{count:,} requests in {seconds} s, {errors} errors, {first} -> {last} MiB")


def measure_agents(repository: Path) -> None:
    import anyio
    import httpx2
    from mcp.client.session import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=repository, capture_output=True, text=True, check=True
    )
    files = listed.stdout.split()[:40]

    async def converse(url: str) -> list[float]:
        walls = []
        async with (
            httpx2.AsyncClient(timeout=60) as client,
            streamable_http_client(url, http_client=client) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            for path in [*files[:3], *files]:
                began = time.perf_counter()
                await session.call_tool("recall", {"subject": path})
                walls.append(1000 * (time.perf_counter() - began))
        return walls[3:]

    with serving(repository, 1) as (port, processes):
        began = read_cpu(processes())
        walls = anyio.run(converse, f"http://127.0.0.1:{port}/mcp")
        each = 1000 * (read_cpu(processes()) - began) / (len(walls) + 3)
        print(f"recall (n={len(walls)}): wall {describe(walls)}; {each:.1f} CPU ms of the server")


@contextmanager
def serving(folder: Path, workers: int) -> Iterator[tuple[int, Callable[[], list[int]]]]:
    guard = Path(sys.executable).parent / "guard"
    command = [guard, "serve", "--port", "0", "--rate", "0", "--workers", str(workers)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])

        def list_processes() -> list[int]:
            found = [process.pid]
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
            return found

        yield port, list_processes
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def ask(link: http.client.HTTPConnection, intent: str) -> Any:
    body = json.dumps({"intent": intent[:1000]})
    head = {"Content-Type": "application/json"}
    link.request("POST", "/api/v1/patterns/match", body, head)
    answer = link.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return json.loads(text)


def read_cpu(processes: Sequence[int]) -> float:
    total = 0.0
    for pid in processes:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def read_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS")) >> 10


def describe(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, math.ceil(0.99 * len(ordered)) - 1)]
    return f"median {statistics.median(ordered):.1f}, p99 {p99:.1f} ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
