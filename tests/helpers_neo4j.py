"""A Neo4j server for tests: the community edition from Maven, started once for a test run.

The jars are those of `neo4j-harness`, which Maven keeps in its own repository. Java 17 or newer and
Maven must be there, else tests are skipped; `GUARD_TEST_NEO4J_URL` names a server that is there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers_servers import Started, find_free_port, own, share, spawn

VERSION = "5.26.0"
_GIVEN = os.environ.get("GUARD_TEST_NEO4J_URL")
_HOME = os.environ.get("HOME", "")  # before a test has one of its own: Maven's jars are there
_SECONDS = 280.0
# Maven takes 6 s of processor time to say it.
_KEPT = Path(__file__).parents[1] / ".pytest_cache" / "d" / f"neo4j-{VERSION}"
_SOURCE = Path(__file__).with_name("Neo4jServer.java")
_PROJECT = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>guard</groupId><artifactId>tests</artifactId><version>1</version><dependencies><dependency>
<groupId>org.neo4j.test</groupId><artifactId>neo4j-harness</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
_OPTIONS = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] + [
    option
    for package in ("java.nio", "java.lang", "sun.nio.ch")
    for option in ("--add-opens", f"java.base/{package}=ALL-UNNAMED")
]


@contextmanager
def neo4j_server(shared: Path | None = None) -> Iterator[str]:
    """Give the URL of a server on 127.0.0.1.

    Args:
        shared: the folder of a test run whose processes share one; without it, it is a new one.
    """
    if _GIVEN:
        yield _GIVEN
        return
    running = share(shared, "neo4j", _start) if shared else own(_start, _SECONDS)
    with running as url:
        yield url


def _start(stdin: int) -> Started:
    _require_java()
    jars = _find_jars()
    folder = Path(tempfile.mkdtemp(prefix="guard-neo4j-"))
    port = find_free_port()
    command = ["java", *_OPTIONS, "-cp", jars, _SOURCE, folder / "data", str(port)]
    with (folder / "log").open("wb") as log:
        server = spawn(command, stdin, folder, stdout=log, stderr=subprocess.STDOUT)
    _wait_until_ready(folder / "log", server)
    return Started(server, f"bolt://127.0.0.1:{port}")


def _require_java() -> None:
    absent = "a Neo4j server is not to be had here:"
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"{absent} there is no {program}")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < 17:
        pytest.skip(f"{absent} Java 17 or newer is needed")


def _find_jars() -> str:
    """Return the class path, as it was in the run before, or from what Maven has or fetches."""
    if _KEPT.exists() and all(Path(jar).exists() for jar in _KEPT.read_text().split(os.pathsep)):
        return _KEPT.read_text()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pom.xml").write_text(_PROJECT)
        goal = ["dependency:build-classpath", f"-Dmdep.outputFile={folder / 'jars'}"]
        done = subprocess.run(
            ["mvn", "-B", "-q", *goal],
            cwd=folder,
            env={**os.environ, "HOME": _HOME},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            pytest.skip("a Neo4j server is not to be had here: Maven cannot fetch it")
        jars = (folder / "jars").read_text().strip()
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    _KEPT.write_text(jars)
    return jars


def _wait_until_ready(log: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while "ready" not in log.read_text("utf-8", "replace"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(log.read_text("utf-8", "replace")[-2000:])
        time.sleep(0.1)
