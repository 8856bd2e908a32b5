"""A Neo4j server for tests: the community edition from Maven, started once for a test run.

The jars are those of `neo4j-harness`, which Maven keeps in its own repository. Java 17 or newer and
Maven must be there, else tests are skipped; `GUARD_TEST_NEO4J_URL` names a server that is there.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

VERSION = "5.26.0"
_GIVEN = os.environ.get("GUARD_TEST_NEO4J_URL")
_HOME = os.environ.get("HOME", "")  # before a test has one of its own: Maven's jars are there
_SECONDS = 240.0
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
def neo4j_server() -> Iterator[str]:
    """Run a server on 127.0.0.1 and give its URL."""
    if _GIVEN:
        yield _GIVEN
        return
    _require_java()
    with tempfile.TemporaryDirectory(prefix="guard-neo4j-") as folder:
        jars = _find_jars(Path(folder))
        port = _find_free_port()
        log = (Path(folder) / "log").open("wb")
        server = subprocess.Popen(
            ["java", *_OPTIONS, "-cp", jars, _SOURCE, Path(folder) / "data", str(port)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(Path(folder) / "log", server)
            yield f"bolt://127.0.0.1:{port}"
        finally:
            server.kill()  # nothing of it is kept
            server.communicate()
            log.close()


def _require_java() -> None:
    absent = "a Neo4j server is not to be had here:"
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"{absent} there is no {program}")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < 17:
        pytest.skip(f"{absent} Java 17 or newer is needed")


def _find_jars(folder: Path) -> str:
    """Return the class path, from what Maven has or fetches."""
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
    return (folder / "jars").read_text().strip()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(log: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while "ready" not in log.read_text("utf-8", "replace"):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(log.read_text("utf-8", "replace")[-2000:])
        time.sleep(0.1)
