"""The generated shop, measured: its own tests, their coverage, static checks, contract, races.

    .venv/bin/python bench/shop.py [PART ...] [--runs 100] [--examples 20] [--spec SPEC]

Parts: tests, coverage, static, schemathesis, checkouts, states, mutants; all of them by default.
Prints a Markdown table; the exit code is 1 when any part misses what it must reach. Needs
scripts/app-environment; PostgreSQL is started on 127.0.0.1 unless GUARD_PG_DSN names a server.
`tests`, `coverage`, `static` and `mutants` take any spec, the others only the shop.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from shop_mutants import Mutant, mutants  # noqa: E402

from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from tests.helpers_postgres import postgres_server  # noqa: E402

APP = (ROOT / ".tools" / "app" / "bin").absolute()
SHOP = ROOT / "examples" / "shop" / "shop.yaml"
EVENTS = {"pay": "PAID", "ship": "SHIPPED", "deliver": "DELIVERED", "cancel": "CANCELLED"}
STATES = ("PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED")
ALLOWED = {
    ("PENDING", "pay"),
    ("PAID", "ship"),
    ("SHIPPED", "deliver"),
    ("PENDING", "cancel"),
    ("PAID", "cancel"),
}
_CALLERS, _STOCK = 50, 10


class Figure(NamedTuple):
    """One row of the table, and whether it is what it must be."""

    measure: str
    result: str
    good: bool


class Run(NamedTuple):
    """What a part needs: the application, and the options of the command line."""

    app: Path
    runs: int
    examples: int


def main() -> int:
    """Measure the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--runs", type=int, default=100, help="of the checkouts")
    parser.add_argument("--examples", type=int, default=20, help="of schemathesis, for each test")
    parser.add_argument("--spec", type=Path, default=SHOP)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    print("| measure | result | reached |\n| --- | --- | --- |", flush=True)
    good = True
    with tempfile.TemporaryDirectory(prefix="guard-shop-") as folder:
        for name in options.parts or PARTS:
            app = Path(folder) / name
            run_generate(options.spec, app)
            for figure in PARTS[name](Run(app, options.runs, options.examples)):
                reached = "yes" if figure.good else "**no**"
                print(f"| {figure.measure} | {figure.result} | {reached} |", flush=True)
                good = good and figure.good
    return 0 if good else 1


def _command(app: Path, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [APP / str(words[0]), *map(str, words[1:])],
        cwd=app,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def _counts(output: str) -> tuple[int, int]:
    """Return how many tests passed, and how many did not, from pytest's last line."""
    words = output.strip().rpartition("\n")[2]
    numbers = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|errors?)", words)}
    return numbers.get("passed", 0), sum(n for word, n in numbers.items() if word != "passed")


def measure_tests(run: Run) -> Iterator[Figure]:
    """Run the application's own tests in two random orders on SQLite, once on PostgreSQL."""
    for seed in ("1", "2"):
        done = _command(
            run.app, "python", "-m", "pytest", "-p", "no:cacheprovider", f"--randomly-seed={seed}"
        )
        passed, failed = _counts(done.stdout)
        result = f"{passed} of {passed + failed} pass"
        yield Figure(f"own tests, SQLite, random order {seed}", result, done.returncode == 0)
    with postgres_server() as url:
        done = _command(
            run.app, "python", "-m", "pytest", "-p", "no:cacheprovider", TEST_DATABASE_URL=url
        )
    passed, failed = _counts(done.stdout)
    result = f"{passed} of {passed + failed} pass"
    yield Figure("own tests, PostgreSQL, random order", result, done.returncode == 0)


def measure_coverage(run: Run) -> Iterator[Figure]:
    """Measure the lines and branches of src that the own tests run through, on SQLite."""
    done = _command(
        run.app, "coverage", "run", "--branch", "-m", "pytest", "-p", "no:cacheprovider"
    )
    report = _command(run.app, "coverage", "json", "-q", "-o", "-")
    totals = json.loads(report.stdout)["totals"]
    branches = f"{totals['covered_branches']} of {totals['num_branches']}"
    percent = 100 * totals["covered_branches"] / max(totals["num_branches"], 1)
    good = done.returncode == 0 and percent >= 90
    yield Figure("branches covered by its own tests", f"{branches}, {percent:.1f} %", good)
    both = totals["percent_covered"]
    yield Figure(
        "lines and branches together", f"{both:.1f} %", done.returncode == 0 and both >= 90
    )


def measure_static(run: Run) -> Iterator[Figure]:
    """Check the application as it was generated, with the linter, types and the formatter."""
    done = _command(run.app, "ruff", "check", "--no-cache", "--output-format=json", ".")
    count = len(json.loads(done.stdout))
    yield Figure("ruff errors", str(count), count == 0)
    done = _command(run.app, "mypy", "--cache-dir", os.devnull)
    count = done.stdout.count(": error:")
    yield Figure("mypy --strict errors", str(count), done.returncode == 0)
    done = _command(run.app, "ruff", "format", "--check", "--no-cache", ".")
    count = done.stdout.count("Would reformat")
    yield Figure("files that the formatter would change", str(count), done.returncode == 0)


def measure_schemathesis(run: Run) -> Iterator[Figure]:
    """Run every check and every phase of schemathesis on both databases."""
    yield _contract(run, "SQLite", f"sqlite:///{run.app}/contract.db")
    with postgres_server() as url:
        yield _contract(run, "PostgreSQL", url)


def _contract(run: Run, database: str, url: str) -> Figure:
    with _served(run.app, url) as port:
        done = _command(
            run.app,
            *("schemathesis", "run", f"http://127.0.0.1:{port}/openapi.json"),
            *("--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"),
            *("--max-examples", run.examples, "--continue-on-failure", "--no-color", "--seed", 1),
        )
    failures = sum(map(int, re.findall(r"(\d+) unique failures?", done.stdout)[-1:]))
    errors = sum(map(int, re.findall(r"(\d+) errors?\b", done.stdout)[-1:]))
    cases = "".join(re.findall(r"(\d+) (?:generated|test cases)", done.stdout)[-1:])
    good = done.returncode == 0
    result = f"{failures} failures, {errors} errors in {cases or '?'} cases"
    if not good:
        print(done.stdout[-4000:] + done.stderr[-1000:], file=sys.stderr)
    return Figure(f"schemathesis, all checks and stateful, {database}", result, good)


def measure_checkouts(run: Run) -> Iterator[Figure]:
    """Check out 50 carts at once where there is stock for 10, on PostgreSQL, again and again."""
    exact, others = 0, Counter[int]()
    pooled = ThreadPoolExecutor(_CALLERS)
    with postgres_server() as url, _served(run.app, url) as port, pooled as pool:
        for _ in range(run.runs):
            statuses, left = _race(_Client(port), pool)
            if statuses[201] == _STOCK and statuses[409] == _CALLERS - _STOCK and left == 0:
                exact += 1
            else:
                others.update(statuses)
    result = f"exactly {_STOCK} succeed in {exact} of {run.runs} runs"
    result += f"; otherwise {dict(others)}" if others else ""
    measure = f"{_CALLERS} checkouts at once, stock {_STOCK}, PostgreSQL"
    yield Figure(measure, result, exact == run.runs)


class _Client:
    """Calls the application; every call has a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._number = time.time_ns()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the JSON of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data) if data else None

    def make(self, path: str, body: Any) -> dict[str, Any]:
        """Return what a POST has made."""
        status, made = self.call("POST", path, body)
        assert status == 201, (status, made)
        return dict(made)

    def product(self, stock: int) -> str:
        """Return the id of a new product."""
        self._number += 1
        sku = f"P-{self._number}"
        body = {"sku": sku, "name": "thing", "price": "2.50", "stock": stock}
        return str(self.make("/products", body)["id"])

    def customer(self) -> str:
        """Return the id of a new customer."""
        self._number += 1
        body = {"email": f"c{self._number}@example.com", "full_name": "Somebody"}
        return str(self.make("/customers", body)["id"])

    def cart(self, customer: str, product: str) -> str:
        """Return the id of a new cart with one product in it."""
        cart = self.make("/carts", {"customer_id": customer})["id"]
        self.make(f"/carts/{cart}/items", {"product_id": product, "quantity": 1})
        return str(cart)

    def checkout(self, cart: str) -> tuple[int, Any]:
        """Check a cart out."""
        return self.call("POST", f"/carts/{cart}/checkout", {"payment_method": "CARD"})


def _race(client: _Client, pool: ThreadPoolExecutor) -> tuple[Counter[int], int]:
    product, customer = client.product(_STOCK), client.customer()
    carts = [client.cart(customer, product) for _ in range(_CALLERS)]
    statuses = Counter(status for status, _ in pool.map(client.checkout, carts))
    return statuses, client.call("GET", f"/products/{product}")[1]["stock"]


def measure_states(run: Run) -> Iterator[Figure]:
    """Fire every event in every state of an order over HTTP."""
    right = 0
    with _served(run.app, f"sqlite:///{run.app}/states.db") as port:
        client = _Client(port)
        for state in STATES:
            for event in EVENTS:
                right += _cell(client, state, event)
    cells = len(STATES) * len(EVENTS)
    yield Figure("order state and event", f"{right} of {cells} right", right == cells)


def _cell(client: _Client, state: str, event: str) -> bool:
    ways = {"PENDING": "", "PAID": "pay", "SHIPPED": "pay ship", "CANCELLED": "cancel"}
    cart = client.cart(client.customer(), client.product(1))
    order = client.checkout(cart)[1]
    for step in ways.get(state, "pay ship deliver").split():
        _fire(client, order, step)
    status, _ = _fire(client, order, event)
    after = client.call("GET", f"/orders/{order['id']}")[1]["status"]
    if (state, event) in ALLOWED:
        return status == 200 and after == EVENTS[event]
    return status == 409 and after == state


def _fire(client: _Client, order: dict[str, Any], event: str) -> tuple[int, Any]:
    payment = {"reference": "r", "amount": order["total"]} if event == "pay" else None
    return client.call("POST", f"/orders/{order['id']}/{event}", payment)


def measure_mutants(run: Run) -> Iterator[Figure]:
    """Change every require, floor and guard, and see whether a test of the application fails."""
    files = {
        path.relative_to(run.app).as_posix(): path.read_text("utf-8")
        for path in run.app.rglob("*.py")
    }
    made = mutants(files)
    copies = [run.app.with_name(f"mutants-{number}") for number in range(2)]
    for copy in copies:
        shutil.copytree(run.app, copy)
    with ThreadPoolExecutor(len(copies)) as pool:
        free = list(copies)

        def judge(mutant: Mutant) -> bool:
            copy = free.pop()
            try:
                return _is_killed(copy, mutant, files[mutant.path])
            finally:
                free.append(copy)

        killed = list(pool.map(judge, made))
    for mutant, dead in zip(made, killed, strict=True):
        if not dead:
            print(f"<!-- lives: {mutant.kind}, {mutant.path}: {mutant.what} -->", flush=True)
    for kind in ("require", "floor", "guard"):
        of_kind = [dead for mutant, dead in zip(made, killed, strict=True) if mutant.kind == kind]
        yield _share(f"mutants of a {kind} killed", of_kind)
    yield _share("mutants killed", killed)


def _share(measure: str, killed: list[bool]) -> Figure:
    share = 100 * sum(killed) / max(len(killed), 1)
    good = share >= 95 or not killed
    return Figure(measure, f"{sum(killed)} of {len(killed)}, {share:.1f} %", good)


def _is_killed(app: Path, mutant: Mutant, original: str) -> bool:
    """Tell whether a test fails, the nearest ones first."""
    (app / mutant.path).write_text(mutant.text, "utf-8")
    name = Path(mutant.path).stem
    tests = app / "tests"
    near = [tests / f"test_{name}s.py", tests / f"test_flow_{name}.py"]
    try:
        return any(
            _command(
                app,
                "python",
                "-m",
                "pytest",
                "-x",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:randomly",
                *chosen,
            ).returncode
            == 1
            for chosen in ([path for path in near if path.exists()], ["tests"])
            if chosen
        )
    finally:
        (app / mutant.path).write_text(original, "utf-8")


@contextmanager
def _served(app: Path, url: str) -> Iterator[int]:
    """Serve the application from an empty database, and give its port."""
    environ = {"DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
    _command(app, "alembic", "downgrade", "base", **environ)
    done = _command(app, "alembic", "upgrade", "head", **environ)
    assert done.returncode == 0, done.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [APP / "uvicorn", "src.main:app", "--port", str(port), "--log-level", "error"],
        cwd=app,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if _Client(port).call("GET", "/health/ready")[0] == 200:
                return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


PARTS: dict[str, Callable[[Run], Iterator[Figure]]] = {
    "tests": measure_tests,
    "coverage": measure_coverage,
    "static": measure_static,
    "schemathesis": measure_schemathesis,
    "checkouts": measure_checkouts,
    "states": measure_states,
    "mutants": measure_mutants,
}

if __name__ == "__main__":
    sys.exit(main())
