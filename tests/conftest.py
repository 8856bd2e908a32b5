"""Guards for every test: a home of its own, no real git configuration, no network, no lost skip."""

from __future__ import annotations

import gc
import os
import socket
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.helpers_environment import make_environment
from tests.helpers_fork import stop_server
from tests.helpers_neo4j import neo4j_server
from tests.helpers_servers import lock
from tests.helpers_temporary import use_memory

use_memory()
# There is a process of tests for each core: threads of numeric libraries would only wait for one
# another there, and busily.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

# How many examples a property is tried on: `--hypothesis-profile long` takes twenty times as many.
# There is no deadline, which a busy machine would miss.
settings.register_profile("bounded", max_examples=15, deadline=None)
settings.register_profile("long", max_examples=300, deadline=None)
settings.load_profile("bounded")
# Asked before a test takes such variables away. What the machines of GitHub have, or scripts/setup
# installs there, is no reason to skip.
_HOSTED = "GITHUB_ACTIONS" in os.environ
_HAD_WHERE_HOSTED = (
    "chromium", "axe-core", "Redis", "Neo4j", "PostgreSQL", "docker", "node", "npm",
)  # fmt: skip
_LOCAL = ("127.", "::1", "localhost")
_WORLD = {
    "CI": "1",  # no hook of a test starts to learn in the background
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.invalid",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.invalid",
}
_empty_homes: list[str] = []  # most tests leave theirs so: another can have it


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that have slow tests, so that no process is left alone with one.

    Otherwise the order stays random; a module is kept together for the fixtures it shares.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let no garbage be collected while tests are, and little later: nearly all is there to stay.

    A collection goes through all tests and modules, 0.2 s each. Where trees of all modules are kept
    they are most of what the tests of the architecture cost.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(5_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def forked_runs() -> Iterator[None]:
    """End the processes that runs of `guard` and of applications are forked from."""
    yield
    stop_server()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the homes of all tests of a process."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def isolated_world(homes: Path) -> Iterator[None]:
    """Give the test an empty home and a fixed git identity, and take its real ones away.

    Whatever it sets in the environment goes with it: Dask sets the hash seed of its workers here,
    after which no run could be forked.
    """
    with _isolate(homes):
        yield


@pytest.fixture(scope="module")
def isolated_module(homes: Path) -> Iterator[None]:
    """Give the same world to what the tests of a module share, which is made before it."""
    with _isolate(homes):
        yield


@contextmanager
def _isolate(homes: Path) -> Iterator[None]:
    """Set all at once, and put back what differs: this is a third of what a short test costs."""
    found = os.environ.copy()
    home = _empty_homes.pop() if _empty_homes else _make_home(homes)
    for name in found:
        if name.startswith(("GIT_", "GUARD_", "PRE_COMMIT", "GITHUB_")) or name == "COLUMNS":
            del os.environ[name]
    os.environ.update(_WORLD)
    os.environ.update(HOME=home, XDG_CONFIG_HOME=f"{home}/.config", XDG_CACHE_HOME=f"{home}/.cache")
    try:
        yield
    finally:
        left = os.environ.copy()
        for name in left.keys() | found.keys():
            if name.startswith("PYTEST_") or left.get(name) == found.get(name):
                continue  # those of pytest tell which test it is at
            if name in found:
                os.environ[name] = found[name]
            else:
                del os.environ[name]
        if not os.listdir(home):  # noqa: PTH208
            _empty_homes.append(home)


def _make_home(homes: Path) -> str:
    # Not by pytest's mktemp: it reads the folder of all homes for the next number, each time.
    return tempfile.mkdtemp(dir=homes)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Fail a test that connects to anything but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host and not str(host).startswith(_LOCAL):
            pytest.fail(f"a test tried to reach {host}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where CI forbids skips, a skip is a failure unless what it needs cannot be had there."""
    if not os.environ.get("FORBID_SKIPS") or call.excinfo is None:
        return
    reason = str(call.excinfo.value)
    excused = "not to be had here" in reason
    if _HOSTED and any(word in reason for word in _HAD_WHERE_HOSTED):
        excused = False
    if call.excinfo.errisinstance(pytest.skip.Exception) and not excused:
        raise AssertionError(f"{item.nodeid} was skipped although skips are forbidden: {reason}")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """An empty git repository."""
    from tests.helpers import make_repo

    return make_repo(tmp_path / "repo")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def environment(run_folder: Path) -> Path:
    """A fresh environment of Python, with pip alone."""
    return make_environment(run_folder)


@pytest.fixture(scope="session")
def compiled(run_folder: Path, pytestconfig: pytest.Config) -> dict[str, str]:
    """Variables with which applications compile, and check the types of, what they import once.

    Compiled modules are those of all processes of a run. What mypy knows of libraries stays for the
    next run; two at once wait for one another's cache, so each process has its own. Nor does each
    run of an application's tests load schemathesis as a plugin.
    """
    assert pytestconfig.cache is not None
    types = pytestconfig.cache.mkdir(f"types-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    return {
        "PYTHONPYCACHEPREFIX": str(run_folder / "compiled"),
        "MYPY_CACHE_DIR": str(types),
        "PYTEST_ADDOPTS": "-p no:schemathesis",
    }


@pytest.fixture
def compiled_once(compiled: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the checks of applications share with those of other tests what they compiled."""
    for name, value in compiled.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def postgres_url(run_folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server with pgvector, one for the whole test run."""
    import psycopg

    from tests.helpers_postgres import postgres_server

    with postgres_server(run_folder) as url:
        with lock(run_folder / "vector.lock"), psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        yield url


@pytest.fixture(scope="session")
def neo4j_of_run(run_folder: Path) -> Iterator[str]:
    """The URL of a Neo4j server, one for the whole test run."""
    with neo4j_server(run_folder) as url:
        yield url


@pytest.fixture
def neo4j_url(neo4j_of_run: str, run_folder: Path) -> Iterator[str]:
    """The URL of a Neo4j server that no other test uses meanwhile: it holds one graph."""
    with lock(run_folder / "graph.lock"):
        yield neo4j_of_run
