"""Requests per second and CPU per request: the generated shop beside one written by hand.

    .venv/bin/python bench/load.py --python PYTHON [--requests 25] [--rounds 40]

Both serve the same tables of one PostgreSQL, with one worker and a pool of ten connections each:
`bench/load_peer.py` and the shop of `examples/`. PYTHON is an interpreter with the dependencies of
a generated application. In each round both get the same requests over one connection that is kept,
one after the other, and the other one first in the next round. Rounds are many and short, so that
whatever else the machine does meets both. The ratio is by hand to generated in the same round, so
that 1 is as good and more is better; its median is shown, and between which values half of the
rounds lie. CPU is user plus system time of the serving process, which the kernel counts in
nanoseconds. The load of the machine is printed,
since requests per second depend on it. Queries are counted by servers of their own, since to count
them takes time, too.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from tests.helpers_postgres import empty_schema, postgres_server  # noqa: E402

SERVE = """
import sys
import uvicorn
uvicorn.run(sys.argv[1], port=int(sys.argv[3]), log_level="warning", access_log=False)
"""
COUNT = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
count = 0
@event.listens_for(Engine, "before_cursor_execute")
def add(*_):
    global count
    count += 1
def tell(*_):
    open(sys.argv[2] + ".new", "w").write(str(count))
    os.replace(sys.argv[2] + ".new", sys.argv[2])
signal.signal(signal.SIGUSR1, tell)
"""
COUNTED = 10  # requests of each kind whose queries are counted
KINDS = ("get", "list", "create", "patch", "flow")


class Served(NamedTuple):
    """A server, and where it tells how many queries it has sent."""

    process: subprocess.Popen[bytes]
    port: int
    counter: Path

    def read_cpu(self) -> float:
        """Return the seconds of CPU that the process has used."""
        # The number of the clock of another process, as clock_getcpuclockid(3) makes it on Linux.
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def count_queries(self) -> int:
        """Return how many queries it has sent."""
        self.counter.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 20
        while not self.counter.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return int(self.counter.read_text("ascii"))


class Spent(NamedTuple):
    """What one round of one kind took: seconds and seconds of CPU, each for one request."""

    wall: float
    cpu: float


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--python", default=sys.executable, type=os.path.abspath)
    parser.add_argument("--requests", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        app = Path(folder) / "shop"
        run_generate(ROOT / "examples" / "shop" / "shop.yaml", app)
        url = _prepare(app, empty_schema(server), given.python)
        queries = {}
        with _serve_both(app, url, given.python, COUNT + SERVE) as sides:
            for name, served in sides.items():
                queries[name] = {kind: _count_queries(served, kind, name) for kind in KINDS}
        with _serve_both(app, url, given.python, SERVE) as sides:
            _compare(sides, queries, given.requests, given.rounds)


def _prepare(app: Path, url: str, python: str) -> str:
    """Make the tables, and return the URL by which both reach them."""
    import psycopg

    plain, _, schema = url.partition("?options=-csearch_path%3D")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        connection.execute(f"ALTER ROLE CURRENT_USER SET search_path = {schema}")
    found = plain.replace("postgresql://", "postgresql+psycopg://")
    command = [python, "-m", "alembic", "upgrade", "head"]
    subprocess.run(command, cwd=app, env=_environment(found), check=True, capture_output=True)
    return found


def _environment(url: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return {**kept, "DATABASE_URL": url, "SECRET_KEY": "x" * 48, "LOG_LEVEL": "WARNING"}


@contextmanager
def _serve_both(app: Path, url: str, python: str, program: str) -> Iterator[dict[str, Served]]:
    with (
        _serve("src.main:app", app, url, python, program) as generated,
        _serve("load_peer:app", ROOT / "bench", url, python, program) as by_hand,
    ):
        yield {"generated": generated, "by hand": by_hand}


@contextmanager
def _serve(name: str, folder: Path, url: str, python: str, program: str) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as scratch:
        counter = Path(scratch) / "queries"
        command = [python, "-c", program, name, str(counter), str(port)]
        process = subprocess.Popen(command, cwd=folder, env=_environment(url))
        try:
            _await(port, process)
            yield Served(process, port, counter)
        finally:
            process.terminate()
            process.wait(30)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("a server does not start")


def _count_queries(served: Served, kind: str, name: str) -> float:
    """Return how many queries a request costs."""
    _run(served, kind, COUNTED, f"W-{name[:1].upper()}")
    before = served.count_queries()
    _run(served, kind, COUNTED, f"Q-{name[:1].upper()}")
    return (served.count_queries() - before - 1) / COUNTED  # one made what the others ask for


def _compare(
    sides: dict[str, Served], queries: dict[str, dict[str, float]], requests: int, rounds: int
) -> None:
    spent: dict[tuple[str, str], list[Spent]] = {}
    for number in range(rounds + 1):
        order = list(sides.items())[:: 1 if number % 2 else -1]
        for kind in KINDS:
            for name, served in order:
                found = _run(served, kind, requests, f"{number}-{name[:1].upper()}")
                if number:  # the first round warms up
                    spent.setdefault((kind, name), []).append(found)
    print("| | requests/s | | CPU/request | | | queries | |\n" + "| --- " * 8 + "|")
    print("| | generated | by hand | generated | by hand | ratio (half) | generated | by hand |")
    for kind in KINDS:
        counted = " | ".join(f"{queries[name][kind]:.1f}" for name in sides)
        print(f"{_write_row(kind, *(spent[kind, name] for name in sides))} | {counted} |")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n{rounds} rounds of {requests} requests; load of the machine {load}")


def _write_row(kind: str, generated: list[Spent], by_hand: list[Spent]) -> str:
    median = [
        tuple(statistics.median(column) for column in zip(*runs, strict=True))
        for runs in (generated, by_hand)
    ]
    (wall, cpu), (wall_2, cpu_2) = median
    ratios = [b.cpu / a.cpu for a, b in zip(generated, by_hand, strict=True)]
    least, middle, most = statistics.quantiles(ratios)
    ratio = f"{middle:.2f} ({least:.2f} to {most:.2f})"
    rates = f"{1 / wall:.0f} | {1 / wall_2:.0f}"
    costs = f"{cpu * 1000:.2f} ms | {cpu_2 * 1000:.2f} ms | {ratio}"
    return f"| {kind} | {rates} | {costs}"


def _run(served: Served, kind: str, requests: int, mark: str) -> Spent:
    """Send the requests of one kind, and return what one of them took."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    key = _make_product(connection, f"{mark}-{kind}".upper())
    calls: dict[str, Callable[[int], tuple[str, str, Any]]] = {
        "get": lambda _: ("GET", f"/products/{key}", None),
        "list": lambda _: ("GET", "/products?limit=20", None),
        "create": lambda n: ("POST", "/products", _make_body(f"{mark}-{n}")),
        "patch": lambda n: ("PATCH", f"/products/{key}", {"stock": n, "price": "9.50"}),
        "flow": lambda _: ("POST", f"/products/{key}/restock", {"quantity": 2}),
    }
    before = served.read_cpu()
    started = time.perf_counter()
    for number in range(requests):
        _call(connection, *calls[kind](number))
    wall = time.perf_counter() - started
    cpu = served.read_cpu() - before
    connection.close()
    return Spent(wall / requests, cpu / requests)


def _make_product(connection: http.client.HTTPConnection, sku: str) -> str:
    key: str = json.loads(_call(connection, "POST", "/products", _make_body(sku)))["id"]
    return key


def _make_body(sku: str) -> dict[str, Any]:
    return {"sku": sku, "name": "Lamp", "description": "It shines", "price": "12.50", "stock": 5}


def _call(connection: http.client.HTTPConnection, method: str, path: str, body: Any) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    connection.request(method, path, data, headers)
    answer = connection.getresponse()
    found = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path} answered {answer.status}: {found[:300]!r}")
    return found


if __name__ == "__main__":
    main()
