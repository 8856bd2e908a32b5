"""How quickly a memory saves, searches, traces and writes beside others, with recall beside times.

    python bench/memory.py save [COUNT]          save patterns, in CPU seconds
    python bench/memory.py text [COUNT]          search by text, and what a full ranking finds too
    python bench/memory.py vectors [COUNT DIM]   search by vector, with and without a filter
    python bench/memory.py writers               20 processes that save 50 patterns each
    python bench/memory.py lineage [NODES]       trace a file; in Neo4j too, if GUARD_GRAPH is set
    python bench/memory.py sync [COUNT]          pass vectors on to Qdrant: rows a second, lag
    python bench/memory.py faults [KILLS]        kill writers, let the follower be away, compare

`GUARD_MEMORY` names a server instead of a file, or a file to keep. The corpus is made from a fixed
seed: words as rare and as frequent as in prose (Zipf), names of one to three words, code of a dozen
of them.
"""

from __future__ import annotations

import bisect
import itertools
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from devmatrix_guard.memory.base import Memory, VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode
from devmatrix_guard.model.knowledge.pattern import Evidence, FixPattern, Pair

_QUERIES = 200
BLOCK = 20_000
_STARTS = ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "tr"]
_ENDS = ["a", "e", "i", "o", "u", "ar", "en", "il", "or", "un"]
_SYLLABLES = [start + end for start in _STARTS for end in _ENDS]
_FORMS = ("{}({})", "{}.{}", "{} = {}", "if {}: {}")


class Corpus:
    """Words, names and patterns in the proportions of a real history."""

    def __init__(self, seed: int = 5, words: int = 40_000) -> None:
        self._random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < words:
            length = self._random.choice([1, 2, 2, 3, 3, 4])
            made["".join(self._random.choices(_SYLLABLES, k=length))] = None
        self._words = list(made)
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(words)))

    def word(self) -> str:
        """Return a word, the frequent ones more often."""
        return self._words[bisect.bisect(self._weights, self._random.random() * self._weights[-1])]

    def name(self) -> str:
        """Return a name as code has them."""
        return "_".join(self.word() for _ in range(self._random.choice([1, 1, 2, 2, 3])))

    def prose(self, words: int) -> str:
        """Return some words."""
        return " ".join(self.word() for _ in range(words))

    def code(self, lines: int) -> str:
        """Return lines of code."""
        return "\n".join(
            self._random.choice(_FORMS).format(self.name(), self.name()) for _ in range(lines)
        )

    def query(self) -> str:
        """Return what a person may search for: words, a name, and one of them misspelt."""
        word = self.word()
        return f"{self.prose(3)} {self.name()} {word[:-2]}{word[-1:]}"

    def known_items(self, memory: Memory, count: int, wanted: int) -> Iterator[tuple[str, str]]:
        """Yield ids of patterns of `measure_text`, and five words of each to find it by."""
        for _ in range(wanted):
            number = self._random.randrange(count)
            block, inner = divmod(number, BLOCK)
            key = f"{block * BLOCK:07}-{inner:08x}"
            pattern = memory.patterns.get(key)
            assert pattern is not None
            said = f"{pattern.title} {pattern.pairs[0].source.subject}".split()
            code = re.findall(r"\w+", pattern.before)
            yield key, " ".join(self._random.sample(said, 3) + self._random.sample(code, 2))

    def patterns(self, count: int, prefix: str = "p") -> Iterator[FixPattern]:
        """Yield patterns."""
        for number in range(count):
            source = Source(f"{number:040x}", "2026-01-01", self.prose(8))
            before, after = self.code(3), self.code(3)
            pair = Pair(source, f"app/{number % 900}.py", "f", before, after, 3, 3)
            yield FixPattern(
                f"{prefix}{number:08x}",
                self.prose(6),
                before,
                after,
                (self.name(),),
                (pair,),
                Evidence(confidence=0.5),
            )


def describe_times(seconds: Iterable[float]) -> str:
    """Return the median, the 99th percentile and the mean, in milliseconds."""
    ordered = sorted(1000 * value for value in seconds)
    return (
        f"p50 {ordered[len(ordered) // 2]:.2f}  p99 {ordered[int(len(ordered) * 0.99)]:.2f}  "
        f"mean {sum(ordered) / len(ordered):.2f} ms"
    )


def measure(calls: Sequence[Callable[[], object]]) -> tuple[list[float], list[float]]:
    """Return the CPU and the wall seconds of each call; the first is for warming up."""
    calls[0]()
    cpu, wall = [], []
    for call in calls:
        began, began_wall = time.process_time(), time.perf_counter()
        call()
        cpu.append(time.process_time() - began)
        wall.append(time.perf_counter() - began_wall)
    return cpu, wall


def measure_saving(memory: Memory, count: int) -> None:
    corpus = Corpus()
    patterns = list(corpus.patterns(count))
    began, began_wall = time.process_time(), time.perf_counter()
    memory.patterns.save(patterns)
    cpu, wall = time.process_time() - began, time.perf_counter() - began_wall
    print(f"save {count} patterns: {cpu:.2f} CPU s, {wall:.2f} s")


def measure_text(memory: Memory, count: int) -> None:
    corpus = Corpus()
    for first in range(0, count, BLOCK):
        block = list(corpus.patterns(min(BLOCK, count - first), f"{first:07}-"))
        if memory.patterns.get(block[-1].id) is None:  # there already where a memory is kept
            memory.patterns.save(block)
    queries = [corpus.query() for _ in range(_QUERIES)]
    cpu, wall = measure([lambda q=q: memory.patterns.search(q) for q in queries])  # type: ignore[misc]
    print(f"text search, {count} patterns: CPU {describe_times(cpu)}; wall {describe_times(wall)}")
    asked = list(corpus.known_items(memory, count, 60))
    found = [rank_of(memory, *item) for item in asked]
    print(
        f"  a pattern by five of its own words: MRR {sum(found) / len(found):.3f}, n {len(asked)}"
    )
    from devmatrix_guard.memory.sql import search

    quick = [[hit.pattern.id for hit in memory.patterns.search(q)] for q in queries[:30]]
    search.BUDGET.update(dict.fromkeys(search.BUDGET, sys.maxsize - 1))
    full = [[hit.pattern.id for hit in memory.patterns.search(q)] for q in queries[:30]]
    shared = [len(set(a) & set(b)) / max(len(b), 1) for a, b in zip(quick, full, strict=True)]
    print(f"  of the ten of a full ranking it finds {sum(shared) / len(shared):.2f}")
    found = [rank_of(memory, *item) for item in asked]
    print(f"  and the pattern, by a full ranking: MRR {sum(found) / len(found):.3f}")


def rank_of(memory: Memory, key: str, query: str) -> float:
    """Return one divided by the place of a pattern among what is found; 0 where it is not."""
    keys = [hit.pattern.id for hit in memory.patterns.search(query)]
    return 1 / (keys.index(key) + 1) if key in keys else 0.0


def measure_vectors(memory: Memory, count: int, dim: int) -> None:
    import numpy as np

    generator = np.random.default_rng(5)
    centres = generator.normal(size=(max(count // 200, 1), dim)).astype(np.float32)

    def make(number: int) -> np.ndarray:  # type: ignore[type-arg]
        near = centres[generator.integers(0, len(centres), number)]
        made = near + 0.9 * generator.normal(size=near.shape).astype(np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)  # type: ignore[no-any-return]

    everything = np.empty((count, dim), np.float32)
    began = time.process_time()
    for first in range(0, count, 20_000):
        block = make(min(20_000, count - first))
        everything[first : first + len(block)] = block
        items = (
            VectorItem(f"k{first + i:08}", row, {"group": (first + i) % 50})
            for i, row in enumerate(block.tolist())
        )
        memory.vectors.upsert("code_fragments", "m", items)
    print(f"write {count} x {dim}: {time.process_time() - began:.1f} CPU s")
    began = time.process_time()
    state = memory.vectors.optimise("code_fragments", "m")
    print(f"make the index: {time.process_time() - began:.1f} CPU s; {state}")
    queries = make(_QUERIES)
    groups = np.arange(count) % 50
    for name, where in (("no filter", None), ("a 2 % filter", {"group": 7})):
        chosen = np.arange(count) if where is None else np.flatnonzero(groups == 7)
        asked = [
            lambda q=q, w=where: memory.vectors.search("code_fragments", "m", q, where=w)  # type: ignore[misc]
            for q in queries.tolist()
        ]
        cpu, wall = measure(asked)
        recall = []
        for query in queries[:50]:
            scores = everything[chosen] @ query
            best = {f"k{chosen[i]:08}" for i in np.argsort(-scores)[:10]}
            hits = memory.vectors.search("code_fragments", "m", query.tolist(), where=where)
            recall.append(len(best & {hit.key for hit in hits}) / 10)
        print(
            f"vector search, {count} x {dim}, {name}: recall {sum(recall) / len(recall):.3f}; "
            f"CPU {describe_times(cpu)}; wall {describe_times(wall)}"
        )


def measure_lineage(memory: Memory, nodes: int) -> None:
    """Specs, IRs, endpoints, files, errors: every file has one spec and a dozen relatives."""
    keys = [f"r{number // 20}:app/{number}.py" for number in range(nodes // 2)]
    made = [LineageNode("file", key, {"path": key.partition(":")[2]}) for key in keys]
    irs = [LineageNode("ir", f"i{n}") for n in range(nodes // 40)]
    specs = [LineageNode("spec", f"s{n}") for n in range(nodes // 40)]
    patterns = [LineageNode("infra-pattern", f"p{n}@1") for n in range(200)]
    errors = [LineageNode("error", f"E:{n}") for n in range(nodes - 2 * len(irs) - len(made) - 200)]
    edges = [LineageEdge("produced", ("spec", f"s{n}"), ("ir", f"i{n}")) for n in range(len(irs))]
    for number, key in enumerate(keys):
        end = ("file", key)
        edges.append(LineageEdge("generated", ("ir", f"i{number // 20}"), end))
        edges.append(LineageEdge("used-in", ("infra-pattern", f"p{number % 200}@1"), end))
        edges.append(LineageEdge("had-error", end, ("error", f"E:{number % len(errors)}")))
    began = time.process_time()
    memory.lineage.add([*made, *irs, *specs, *patterns, *errors], edges)
    print(f"write {nodes} nodes, {len(edges)} edges: {time.process_time() - began:.1f} CPU s")
    chosen = random.Random(3).sample(keys, _QUERIES)
    cpu, wall = measure([lambda k=k: memory.lineage.trace(("file", k)) for k in chosen])  # type: ignore[misc]
    print(f"trace a file, {nodes} nodes: CPU {describe_times(cpu)}; wall {describe_times(wall)}")
    if os.environ.get("GUARD_GRAPH"):
        from devmatrix_guard.memory.followers.drain import rebuild
        from devmatrix_guard.memory.followers.neo4j import open_neo4j

        graph = open_neo4j(os.environ["GUARD_GRAPH"])
        began_wall = time.perf_counter()
        written = rebuild(memory.database, graph)
        print(
            f"write all to Neo4j: {written / (time.perf_counter() - began_wall):.0f} rows a second"
        )
        cpu, wall = measure([lambda k=k: graph.trace(("file", k)) for k in chosen])  # type: ignore[misc]
        print(f"trace a file in Neo4j: wall {describe_times(wall)}")
        graph.close()


def measure_sync(memory: Memory, count: int) -> None:
    import threading

    from devmatrix_guard.memory.followers.drain import drain, follow
    from devmatrix_guard.memory.followers.outbox import Outbox
    from devmatrix_guard.memory.followers.qdrant import open_qdrant

    follower = open_qdrant(os.environ.get("GUARD_VECTORS", ":memory:"))
    drain(memory.database, follower)
    randomly = random.Random(5)
    items = [
        VectorItem(f"k{n}", [randomly.random() + 0.01 for _ in range(64)]) for n in range(count)
    ]
    memory.vectors.upsert("code_fragments", "m", items)
    cpu, wall = time.process_time(), time.perf_counter()
    drain(memory.database, follower)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"sync {count} rows: {count / wall:.0f} rows a second, {count / cpu:.0f} a CPU second")
    stop = threading.Event()

    def run() -> None:
        with open_memory(memory.location, Path()) as mine:
            follow(mine.database, follower, tell=lambda _: None, should_stop=stop.is_set)

    thread = threading.Thread(target=run)
    thread.start()
    lags, outbox = [], Outbox(memory.database)
    for number in range(_QUERIES):
        memory.vectors.upsert("code_fragments", "m", [items[number % count]])
        began = time.perf_counter()
        while not outbox.is_up_to_date(follower.name):
            time.sleep(0.001)
        lags.append(time.perf_counter() - began)
    stop.set()
    memory.vectors.upsert("code_fragments", "m", items[:1])
    thread.join()
    print(f"sync lag of one row: wall {describe_times(lags)}")


_FAULTY_WRITER = """
import random, sys
from pathlib import Path
from devmatrix_guard.memory.base import VectorItem
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.lineage import LineageEdge, LineageNode

rng = random.Random(int(sys.argv[2]))
with open_memory(sys.argv[1], Path()) as memory:
    print("ready", flush=True)
    for number in range(100_000):
        keys = [f"k{rng.randrange(500)}" for _ in range(4)]
        with memory.transaction():
            if rng.random() < 0.3:
                memory.vectors.remove("fix_patterns", keys[:2])
            else:
                items = [VectorItem(key, [rng.random() + 0.1, rng.random()]) for key in keys]
                memory.vectors.upsert("fix_patterns", "m", items)
            memory.lineage.add([LineageNode("run", key, {"n": number}) for key in keys], [])
        print(number + 1, flush=True)
"""


def measure_faults(memory: Memory, kills: int) -> None:
    """Kill a writer again and again; the follower is told meanwhile, and compared at the end."""
    from devmatrix_guard.memory.followers.drain import drain
    from devmatrix_guard.memory.followers.outbox import Outbox
    from devmatrix_guard.memory.followers.qdrant import open_qdrant

    follower = open_qdrant(":memory:")
    drain(memory.database, follower)
    writes = 0
    for number in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", _FAULTY_WRITER, memory.location, str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        last = "0"
        while writer.poll() is None and int(last) < 200:
            last = writer.stdout.readline().strip().replace("ready", "0") or last
            if int(last) % 67 == 66:
                drain(memory.database, follower)
        writer.kill()
        writes += int((writer.communicate()[0].split() or [last])[-1])
    drain(memory.database, follower)
    outbox = Outbox(memory.database)
    truth, held = set(outbox.list_references("vector")), follower.list_references("vector")
    print(
        f"{writes} random transactions, {kills} kills: {len(truth)} vectors in the memory, "
        f"{len(truth - held)} lost, {len(held - truth)} too many in the follower"
    )


def measure_writers() -> None:
    with tempfile.TemporaryDirectory() as folder:
        code = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from memory import Corpus, open_memory
corpus = Corpus(int(sys.argv[1]), 5000)
patterns = list(corpus.patterns(50, "w" + sys.argv[1] + "-"))
worst = 0.0
with open_memory({os.environ.get("GUARD_MEMORY", "m.db")!r}, Path({folder!r})) as memory:
    for pattern in patterns:
        began = time.perf_counter()
        memory.patterns.save([pattern])
        worst = max(worst, time.perf_counter() - began)
print(worst)
"""
        crowd = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(number)], stdout=subprocess.PIPE, text=True
            )
            for number in range(20)
        ]
        waits = [float(process.communicate()[0]) for process in crowd]
        with open_memory(os.environ.get("GUARD_MEMORY", "m.db"), Path(folder)) as memory:
            saved = sum(1 for p in memory.patterns.list_all() if p.id.startswith("w"))
    print(f"20 writers x 50 patterns: {saved} of 1000 saved, worst wait {max(waits):.2f} s")


def main(arguments: Sequence[str]) -> int:
    what, numbers = (arguments or ["save"])[0], [int(n) for n in arguments[1:]]
    if what == "writers":
        measure_writers()
        return 0
    with (
        tempfile.TemporaryDirectory() as folder,
        open_memory(os.environ.get("GUARD_MEMORY", "m.db"), Path(folder)) as memory,
    ):
        if what == "vectors":
            measure_vectors(memory, *(numbers or [21_000, 384]))
        elif what == "lineage":
            measure_lineage(memory, *(numbers or [100_000]))
        elif what == "sync":
            measure_sync(memory, *(numbers or [5_000]))
        elif what == "faults":
            measure_faults(memory, *(numbers or [50]))
        else:
            {"save": measure_saving, "text": measure_text}[what](memory, *(numbers or [21_000]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
